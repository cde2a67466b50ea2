import * as z from 'zod';
import {
  type FORMS,
  inEnvironment,
  type ReadBy,
  type Reader,
  readBy,
  SERVICE_ROLES,
  type ServiceRole,
  VARIABLES,
  type Variable,
  type VariableName,
} from './variables.ts';

const ARCHITECTURES = ['amd64', 'arm64'] as const;

const text = z.string().min(1);
const list = z.string().transform((value) =>
  value
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== ''),
);
const isRole = (name: string): name is ServiceRole => SERVICE_ROLES.some((role) => role === name);
const hours = z
  .string()
  .regex(/^(unlimited|\d{1,6})$/, 'must be whole hours, or unlimited')
  .transform((value) => (value === 'unlimited' ? undefined : Number(value)));
const url = z.url({ protocol: /^https?$/ }).refine((value) => !value.endsWith('/'), 'must not end with a slash');

/** A variable that holds JSON. */
const json = <T extends z.ZodType>(schema: T) =>
  z
    .string()
    .transform((value, context): unknown => {
      try {
        return JSON.parse(value);
      } catch {
        context.addIssue('must be JSON');
        return z.NEVER;
      }
    })
    .pipe(schema);

const SCHEMAS = {
  text,
  url,
  list,
  roles: list.refine(
    (names): names is ServiceRole[] => names.length > 0 && names.every(isRole),
    `must be one or more of ${SERVICE_ROLES.join()}`,
  ),
  count: z
    .string()
    .regex(/^[1-9]\d{0,5}$/, 'must be a whole number')
    .transform(Number),
  hours,
  capacity: json(
    z.object({
      providers: z.partialRecord(z.enum(ARCHITECTURES), text),
      fargate: z.exactOptional(
        z.object({
          subnets: z.array(text).min(1),
          securityGroups: z.array(text).min(1),
          publicAddresses: z.boolean(),
          logRouterImage: text,
        }),
      ),
    }),
  ),
  projects: json(z.partialRecord(z.enum(ARCHITECTURES), z.partialRecord(z.enum(['buildpacks', 'dockerfile']), text))),
} as const satisfies Readonly<Record<keyof typeof FORMS, z.ZodType>>;

/** `EVENT_BUS` is `eventBus`. */
type Camel<S extends string> = S extends `${infer Head}_${infer Tail}`
  ? `${Lowercase<Head>}${Capitalize<Camel<Tail>>}`
  : Lowercase<S>;

/** Values of these variables. */
export type Values<N extends VariableName> = {
  readonly [K in N as Camel<K>]: z.output<(typeof SCHEMAS)[(typeof VARIABLES)[K]['form']]>;
};
/** The variables of this reader; of several readers, those that all of them read. */
export type Environment<R extends Reader> = Values<ReadBy<R>>;

export const readEnvironment = <R extends Reader>(variables: Variables, reader: R): Environment<R> =>
  readVariables(variables, readBy(reader) as readonly ReadBy<R>[]);

type Variables = Readonly<Record<string, string | undefined>>;

/** Throws one error that lists every missing or malformed variable, never a value. */
export function readVariables<N extends VariableName>(variables: Variables, names: readonly N[]): Values<N> {
  const problems: string[] = [];
  const entries = names.map((name) => {
    const variable = inEnvironment(name);
    const { form, absent }: Variable = VARIABLES[name];
    const value = variables[variable] ?? absent;
    const read = SCHEMAS[form].safeParse(value);
    if (value === undefined || (value === '' && absent === undefined)) problems.push(`${variable} is missing`);
    else if (!read.success) problems.push(...read.error.issues.map((issue) => problemOf(variable, issue)));
    return [camel(name), read.data];
  });
  if (problems.length > 0) throw new Error(`the environment is incomplete: ${problems.join('; ')}`);
  return Object.fromEntries(entries) as Values<N>;
}

const camel = (name: VariableName): string =>
  name.toLowerCase().replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());

function problemOf(variable: string, { path, message }: z.core.$ZodIssue): string {
  return `${[variable, ...path].join('.')}: ${message}`;
}
