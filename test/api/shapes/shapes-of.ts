import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** Path of Heroku's published schema of the Platform API, which is not part of this project. */
export const PUBLISHED_SCHEMA = resolve(process.env.PUBLISHED_SCHEMA ?? '../shared/platform-api-schema.json');

/** The keywords of a shape. */
const RULES = ['type', 'format', 'pattern', 'enum', 'required', 'minimum', 'maxLength', 'minItems', 'maxItems'];
const MAPS = ['properties', 'patternProperties'];
const NESTED = ['items', 'additionalProperties'];
const CHOICES = ['anyOf', 'oneOf', 'allOf'];
/**
 * Left out of the shapes: the schema's texts, and keywords that are no rule of JSON Schema for an answer.
 * ../published-schema.ts demands of all resources that they have no other properties (`strictProperties`).
 */
const LEFT =
  'title description example default links definitions identity deprecated stability readOnly strictProperties $schema';

export interface Shape {
  readonly [word: string]: unknown;
}
/** By method and path as in `api/routes.ts`, without routes that Heroku does not publish; a route may take one of several bodies. */
export interface Requests {
  readonly bodies: Readonly<Record<string, readonly Shape[]>>;
  /** The attributes that each list can be sorted by. */
  readonly ranges: Readonly<Record<string, readonly string[]>>;
  /** All of Heroku's, answered here or not: `GET /apps/*`. */
  readonly links: readonly string[];
}
export interface Shapes {
  readonly definitions: Readonly<Record<string, Shape>>;
  /** By method and path as in `api/routes.ts`, without routes that Heroku does not publish. */
  readonly routes: Readonly<Record<string, Shape>>;
}
interface Link {
  readonly method: string;
  readonly href: string;
  readonly targetSchema?: Shape;
  readonly schema?: Shape;
  readonly rel?: string;
  readonly ranges?: readonly string[];
}
export interface PublishedSchema {
  readonly definitions: Readonly<Record<string, Shape & { readonly links?: readonly Link[] }>>;
}

export function shapesOf(schema: PublishedSchema, answered: readonly { method: string; path: string }[]): Shapes {
  const links = Object.entries(schema.definitions).flatMap(([of, { links = [] }]) =>
    links.map((link) => ({ of, ...link })),
  );
  const definitions = new Map<string, Shape>();
  const shapesOfRoutes = new Map<string, Shape>();

  const define = (name: string) => definitions.set(name, rulesOf(schema, partOf(schema, `#/definitions/${name}`)));
  /** A whole definition is written once, under its name; a part of one (`#/definitions/app/definitions/name`) in place. */
  const answerOf = (target: Shape): Shape => {
    if (target.items !== undefined) return { type: ['array'], items: answerOf(target.items as Shape) };
    const name = /^#\/definitions\/([^/]+)$/.exec(String(target.$ref))?.[1];
    if (name === undefined) return rulesOf(schema, target);
    define(name);
    return { $ref: `#/definitions/${name}` };
  };

  for (const { method, path } of answered) {
    const link = links.find((each) => each.method === method && nameless(each.href) === nameless(path));
    if (link?.targetSchema === undefined) continue;
    define(link.of);
    shapesOfRoutes.set(`${method} ${path}`, answerOf(link.targetSchema));
  }
  return { definitions: sorted(definitions), routes: sorted(shapesOfRoutes) };
}

export function requestsOf(schema: PublishedSchema, answered: readonly { method: string; path: string }[]): Requests {
  const links = Object.values(schema.definitions).flatMap(({ links = [] }) => links);
  const bodies = new Map<string, readonly Shape[]>();
  const ranges = new Map<string, readonly string[]>();
  for (const { method, path } of answered) {
    const found = links.filter((each) => each.method === method && nameless(each.href) === nameless(path));
    // No schema and an empty one say the same: no field is required.
    const shapes = found.map((link) => rulesOf(schema, link.schema ?? {}));
    const lists = found.find(({ rel }) => rel === 'instances');
    if (method === 'GET' && lists !== undefined) ranges.set(`${method} ${path}`, lists.ranges ?? []);
    if (method !== 'GET' && found.length > 0) bodies.set(`${method} ${path}`, shapes);
  }
  const names = new Set(links.map(({ method, href }) => `${method} ${nameless(href)}`));
  return { bodies: sorted(bodies), ranges: sorted(ranges), links: [...names].sort() };
}

/** `/apps/:app` and `/apps/{(%23%2Fdefinitions%2Fapp%2Fdefinitions%2Fidentity)}` are one path. */
const nameless = (path: string) => path.replace(/\{[^}]*\}|:\w+/g, '*');

function sorted<T>(named: ReadonlyMap<string, T>): Record<string, T> {
  return Object.fromEntries([...named].sort(([one], [other]) => (one < other ? -1 : 1)));
}

function rulesOf(schema: PublishedSchema, shape: Shape): Shape {
  if (typeof shape.$ref === 'string') return rulesOf(schema, partOf(schema, shape.$ref));
  return Object.fromEntries(
    Object.entries(shape).flatMap(([word, value]) => {
      if (RULES.includes(word)) return [[word, value]];
      if (MAPS.includes(word)) {
        const parts = Object.entries(value as Record<string, Shape>);
        return [[word, Object.fromEntries(parts.map(([name, part]) => [name, rulesOf(schema, part)]))]];
      }
      if (NESTED.includes(word)) return [[word, typeof value === 'boolean' ? value : rulesOf(schema, value as Shape)]];
      if (CHOICES.includes(word)) return [[word, (value as Shape[]).map((choice) => rulesOf(schema, choice))]];
      if (LEFT.split(' ').includes(word)) return [];
      throw new Error(`Is "${word}" a rule of an answer? ${JSON.stringify(shape)}`);
    }),
  );
}

function partOf(schema: PublishedSchema, reference: string): Shape {
  const steps = decodeURIComponent(reference).replace(/^#\//, '').split('/');
  const part = steps.reduce<unknown>((at, step) => (at as Shape | undefined)?.[step], schema);
  if (part === undefined) throw new Error(`The schema has no ${reference}`);
  return part as Shape;
}

/** Undefined where it is absent. */
export function readPublishedSchema(): PublishedSchema | undefined {
  if (!existsSync(PUBLISHED_SCHEMA)) return undefined;
  return JSON.parse(readFileSync(PUBLISHED_SCHEMA, 'utf8')) as PublishedSchema;
}
