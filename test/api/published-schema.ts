import Ajv, { type ErrorObject, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import schema from './published-schema.json';

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

const ajv = new Ajv({ strict: false, allErrors: true });
addFormats(ajv);
ajv.addSchema(schema, 'heroku');
const validators = new Map<string, ValidateFunction>();

/**
 * Fails when `body` (one resource, or a list of them) breaks its definition, lacks one of its properties, or has one
 * that it does not know, except for the deviations above.
 */
export function expectMatchesSchema(definition: string, body: unknown): void {
  const definitions: Readonly<Record<string, { type?: unknown; properties?: object }>> = schema.definitions;
  const properties = Object.keys(definitions[definition]?.properties ?? {});
  let validate = validators.get(definition);
  if (validate === undefined) {
    validate = ajv.compile({ $ref: `heroku#/definitions/${definition}` });
    validators.set(definition, validate);
  }
  // Of an empty list nothing would be checked.
  expect(body).not.toEqual([]);
  for (const element of Array.isArray(body) ? body : [body]) {
    validate(element);
    const given = Object.keys(element as object);
    const problems = [
      ...(validate.errors ?? []).map((error) => ({ path: pathOf(error), problem: error.message })),
      ...properties.filter((key) => !given.includes(key)).map((key) => ({ path: `/${key}`, problem: 'is missing' })),
      // A map such as config vars has no fixed properties.
      ...given
        .filter((key) => properties.length > 0 && !properties.includes(key))
        .map((key) => ({ path: `/${key}`, problem: 'is unknown' })),
    ].filter(({ path }) => !DEVIATIONS.some(({ of, path: at }) => of === definition && at === path));
    expect({ definition, problems }).toEqual({ definition, problems: [] });
  }
}

function pathOf(error: ErrorObject): string {
  return error.instancePath;
}
