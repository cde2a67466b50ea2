import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import shapes from './shapes/shapes.json';
import type { Shape, Shapes } from './shapes/shapes-of.ts';

/** Where our answers differ from the published schema on purpose. */
const DEVIATIONS: readonly { readonly of: string; readonly path: string; readonly reason: string }[] = [
  { of: 'app', path: '/web_url', reason: 'the pattern allows only *.herokuapp.com' },
  { of: 'app', path: '/git_url', reason: 'the pattern allows only git.heroku.com' },
  { of: 'app', path: '/process_tier', reason: 'the official CLI reads it; the schema does not know it' },
  { of: 'domain', path: '/hostname', reason: 'declared as a URI; a host name is what clients send and read' },
  { of: 'domain', path: '/validation_record', reason: 'what to create in DNS; the CLI shows it in acm_status_reason' },
  { of: 'account-feature', path: '/feedback_email', reason: 'nobody to write to' },
  { of: 'app-feature', path: '/feedback_email', reason: 'nobody to write to' },
  { of: 'oauth-token', path: '/grant', reason: 'null: authorizations of an account come from no grant' },
  { of: 'oauth-token', path: '/refresh_token', reason: 'null: tokens are regenerated, not refreshed' },
  { of: 'oauth-token', path: '/session', reason: 'null: there are no browser sessions' },
  { of: 'oauth-authorization', path: '/client', reason: 'null without an OAuth client, as Heroku answers it' },
];

const { definitions, routes }: Shapes = shapes;
/**
 * Compiled schemas are kept with the package, which outlives a test file, as this module does not
 * (`test/jest/runtime.cjs`): compiling them again for each file would cost `npm test` seconds.
 */
const keeper: typeof Ajv & { ofShapes?: { readonly text: string; readonly ajv: Ajv } } = Ajv;

function ajvOfShapes(): Ajv {
  const text = JSON.stringify(shapes);
  if (keeper.ofShapes?.text === text) return keeper.ofShapes.ajv;
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats(ajv);
  ajv.addSchema(shapes, 'heroku');
  keeper.ofShapes = { text, ajv };
  return ajv;
}

const ajv = ajvOfShapes();

export interface Problem {
  readonly path: string;
  readonly problem: string | undefined;
}

/**
 * Fails when `body` (one resource, or a list of them) breaks its definition, lacks one of its properties, or has an unknown
 * one, except for the deviations above.
 */
export function expectMatchesSchema(definition: string, body: unknown): void {
  // An empty list would pass without a check.
  expect(body).not.toEqual([]);
  for (const element of Array.isArray(body) ? body : [body]) {
    expect({ definition, problems: problemsOf(definition, element) }).toEqual({ definition, problems: [] });
  }
}

/** How a 2xx answer breaks its route's shape. A route that Heroku does not publish has no problems. */
export function problemsOfAnswer(method: string, path: string, body: unknown): readonly Problem[] {
  const route = ROUTES.find((each) => each.method === method && each.path.test(path));
  if (route === undefined) return [];
  const element = definitionIn(route.shape.items as Shape | undefined);
  if (element !== undefined) {
    if (!Array.isArray(body)) return [{ path: '', problem: 'must be array' }];
    return body.flatMap((each) => problemsOf(element, each));
  }
  const definition = definitionIn(route.shape);
  return definition === undefined ? brokenRules(`routes/${route.name}`, body) : problemsOf(definition, body);
}

const definitionIn = (shape: Shape | undefined) => /^#\/definitions\/(.*)$/.exec(String(shape?.$ref))?.[1];

const ROUTES = Object.entries(routes).map(([route, shape]) => {
  const [method = '', path = ''] = route.split(' ');
  const name = encodeURIComponent(route.replaceAll('~', '~0').replaceAll('/', '~1'));
  return { method, path: new RegExp(`^${path.replace(/:\w+/g, '[^/]+')}$`), name, shape };
});

function problemsOf(definition: string, element: unknown): readonly Problem[] {
  const properties = Object.keys(definitions[definition]?.properties ?? {});
  const broken = brokenRules(`definitions/${definition}`, element);
  const given = Object.keys(element ?? {});
  return [
    ...broken,
    ...properties.filter((key) => !given.includes(key)).map((key) => ({ path: `/${key}`, problem: 'is missing' })),
    // A map such as config vars has no fixed properties.
    ...given
      .filter((key) => properties.length > 0 && !properties.includes(key))
      .map((key) => ({ path: `/${key}`, problem: 'is unknown' })),
  ].filter(({ path }) => !DEVIATIONS.some(({ of, path: at }) => of === definition && at === path));
}

function brokenRules(shape: string, value: unknown): readonly Problem[] {
  const validate = ajv.getSchema(`heroku#/${shape}`);
  if (validate === undefined) throw new Error(`There is no shape ${shape}`);
  validate(value);
  return (validate.errors ?? []).map(({ instancePath, message }) => ({ path: instancePath, problem: message }));
}
