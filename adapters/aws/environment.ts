import * as z from 'zod';

const ARCHITECTURES = ['amd64', 'arm64'] as const;

const text = z.string().min(1);
const wholeHours = z
  .string()
  .regex(/^(unlimited|\d{1,6})$/, 'must be whole hours, or unlimited')
  .transform((value) => (value === 'unlimited' ? undefined : Number(value)));
const url = z.url({ protocol: /^https?$/ }).refine((value) => !value.endsWith('/'), 'must not end with a slash');

/** One variable that holds JSON. */
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

/** What the deploy tells functions and services; `docs/aws.md` lists them. */
const VARIABLES = {
  stage: ['DYNOFORM_STAGE', text],
  table: ['DYNOFORM_TABLE', text],
  eventBus: ['DYNOFORM_EVENT_BUS', text],
  blobsBucket: ['DYNOFORM_BLOBS_BUCKET', text],
  configBucket: ['DYNOFORM_CONFIG_BUCKET', text],
  keyArn: ['DYNOFORM_KEY_ARN', text],
  signingSecretArn: ['DYNOFORM_SIGNING_SECRET_ARN', text],
  ownerSecretArn: ['DYNOFORM_OWNER_SECRET_ARN', text],
  nudgeQueueUrl: ['DYNOFORM_NUDGE_QUEUE_URL', url],
  delayQueueUrl: ['DYNOFORM_DELAY_QUEUE_URL', url],
  buildQueueUrl: ['DYNOFORM_BUILD_QUEUE_URL', url],
  certificateQueueUrl: ['DYNOFORM_CERTIFICATE_QUEUE_URL', url],
  cluster: ['DYNOFORM_CLUSTER', text],
  executionRoleArn: ['DYNOFORM_EXECUTION_ROLE_ARN', text],
  capacity: [
    'DYNOFORM_CAPACITY',
    json(
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
  ],
  repositoryUri: ['DYNOFORM_REPOSITORY_URI', text],
  cacheRepositoryUri: ['DYNOFORM_CACHE_REPOSITORY_URI', text],
  buildProjects: [
    'DYNOFORM_BUILD_PROJECTS',
    json(z.partialRecord(z.enum(ARCHITECTURES), z.partialRecord(z.enum(['buildpacks', 'dockerfile']), text))),
  ],
  listenerArn: ['DYNOFORM_LISTENER_ARN', text],
  apiUrl: ['DYNOFORM_API_URL', url],
  servicesUrl: ['DYNOFORM_SERVICES_URL', url],
  appsDomain: ['DYNOFORM_APPS_DOMAIN', text],
  logAddress: ['DYNOFORM_LOG_ADDRESS', text],
  attachAddress: ['DYNOFORM_ATTACH_ADDRESS', text],
  /** Of each account's Eco dynos, a month. */
  ecoHours: ['DYNOFORM_ECO_HOURS', wholeHours],
} as const satisfies Record<string, readonly [string, z.ZodType]>;

export type AwsEnvironment = { readonly [K in keyof typeof VARIABLES]: z.output<(typeof VARIABLES)[K][1]> };

/** The named ones; throws an error that tells of all that are missing or malformed, and shows none of them. */
export function readEnvironment<K extends keyof AwsEnvironment>(
  variables: Readonly<Record<string, string | undefined>>,
  names: readonly K[],
): Pick<AwsEnvironment, K> {
  const problems: string[] = [];
  const entries = names.map((name) => {
    const [variable, schema] = VARIABLES[name];
    const value = variables[variable];
    const read = (schema as z.ZodType).safeParse(value);
    if (value === undefined || value === '') problems.push(`${variable} is missing`);
    else if (!read.success) problems.push(...read.error.issues.map((issue) => problemOf(variable, issue)));
    return [name, read.data];
  });
  if (problems.length > 0) throw new Error(`the environment is incomplete: ${problems.join('; ')}`);
  return Object.fromEntries(entries) as Pick<AwsEnvironment, K>;
}

function problemOf(variable: string, { path, message }: z.core.$ZodIssue): string {
  return `${[variable, ...path].join('.')}: ${message}`;
}
