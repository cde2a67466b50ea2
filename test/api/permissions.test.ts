import type { Route } from '../../api/route.ts';
import { routes } from '../../api/routes.ts';
import { type ApiFixture, openApiFixture } from './api-fixture.ts';
import { type Callers, makeCallers, OWNER_SCOPES } from './callers.ts';
import { ROUTE_PERMISSIONS, type RoutePermission, SCOPES } from './route-permissions.ts';

type OwnerScope = (typeof OWNER_SCOPES)[number];

/** Callers without a valid token. */
const UNKNOWN = ['nobody', 'a wrong token', 'an expired token', 'a revoked token'] as const;
/** Callers with an account but no access to the app. */
const STRANGERS = ['a stranger', 'a former collaborator'] as const;

/** A caller who gets past 401, 403 and the app's 404 was let in. */
const LET_IN = 'let in';
type Answers = Record<string, number | typeof LET_IN>;

function expected({ who, need }: RoutePermission): Answers {
  const answers: Answers = {};
  const all = (callers: readonly string[], answer: number | typeof LET_IN) => {
    for (const caller of callers) answers[caller] = answer;
  };
  all(UNKNOWN, who === 'everybody' ? LET_IN : 401);
  all(STRANGERS, who === 'everybody' || who === 'account' ? LET_IN : 403);
  all(['a collaborator'], who === 'owner' ? 403 : LET_IN);
  const enough: readonly OwnerScope[] = need === '-' ? OWNER_SCOPES : SCOPES[need];
  for (const scope of OWNER_SCOPES) all([`the owner: ${scope}`], enough.includes(scope) ? LET_IN : 403);
  const reading = need === '-' || need === 'read' || need === 'profile';
  all(['a collaborator: read'], who !== 'owner' && reading ? LET_IN : 403);
  return answers;
}

/** The real routes, with handlers that only report the call: their work is tested elsewhere. */
const probes = routes.map((route): Route => {
  const { body: _body, ...rest } = route;
  return { ...rest, handle: async () => ({ ok: true, value: { body: { reached: true } } }) };
});

let fixture: ApiFixture;
let tokens: Callers['tokens'];
beforeAll(async () => {
  fixture = await openApiFixture({ routes: probes });
  ({ tokens } = await makeCallers(fixture));
});
afterAll(() => fixture.close());

test('every route has a line in the table, and every line a route', () => {
  expect(routes.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(
    ROUTE_PERMISSIONS.map(({ route }) => route).sort(),
  );
});

test.each(ROUTE_PERMISSIONS)('$route is for: $who, $need', async (row) => {
  const url = row.path.replace(':app', 'shop').replace(/:\w+/g, '~');
  const seen: Answers = {};
  for (const [caller, token] of tokens) {
    const { status, body } = await fixture.request(row.method, url, token === undefined ? {} : { token });
    seen[caller] = body?.reached ? LET_IN : status;
  }
  expect(seen).toEqual(expected(row));
});

test("an app that is not there is not there, and another's is forbidden by name", async () => {
  const token = tokens.get('a stranger') ?? '';
  expect(await fixture.request('GET', '/apps/nowhere', { token })).toMatchObject({
    status: 404,
    body: { id: 'not_found', message: "Couldn't find that app.", resource: 'app' },
  });
  expect(await fixture.request('GET', '/apps/shop', { token })).toMatchObject({
    status: 403,
    body: { id: 'forbidden', message: 'You do not have access to the app shop.' },
  });
});
