import type { Route } from '../../api/route.ts';
import { routes } from '../../api/routes.ts';
import { mintAuthorization, revokeAuthorization } from '../../core/account/authorization.ts';
import { addCollaborator, removeCollaborator } from '../../core/app/collaborator.ts';
import { createApp } from '../../core/app/create-app.ts';
import { type ApiFixture, openApiFixture, type Principal } from './api-fixture.ts';
import { ROUTE_PERMISSIONS, type RoutePermission, SCOPES } from './route-permissions.ts';

const OWNER_SCOPES = ['global', 'identity', 'read', 'read-protected', 'write', 'write-protected'] as const;
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
/** By caller; `nobody` has none. */
const tokens = new Map<string, string | undefined>([['nobody', undefined]]);
beforeAll(async () => {
  fixture = await openApiFixture({ routes: probes });
  const { platform } = fixture;
  const owner = await fixture.principal('owner@example.com');
  const app = await createApp(platform, owner.actor, { name: 'shop' });
  if (!app.ok) throw new Error(app.error.message);
  const mint = async (expiresInSeconds?: number) => {
    const minted = await mintAuthorization(platform, owner.actor, expiresInSeconds ? { expiresInSeconds } : {});
    if (!minted.ok) throw new Error(minted.error.message);
    return minted.value;
  };
  const member = async (email: string, scope?: string): Promise<Principal> => {
    await addCollaborator(platform, app.value, email);
    return fixture.principal(email, scope === undefined ? undefined : [scope]);
  };
  const former = await member('former@example.com');
  await removeCollaborator(platform, owner.actor, app.value, 'former@example.com');
  const revoked = await mint();
  await revokeAuthorization(platform, owner.actor, revoked.authorization.id);
  tokens.set('a wrong token', 'HRKU-00000000-0000-4000-8000-000000000000');
  tokens.set('an expired token', (await mint(1)).token);
  tokens.set('a revoked token', revoked.token);
  tokens.set('a stranger', (await fixture.principal('stranger@example.com')).token);
  tokens.set('a former collaborator', former.token);
  tokens.set('a collaborator', (await member('collaborator@example.com')).token);
  tokens.set('a collaborator: read', (await member('reader@example.com', 'read')).token);
  for (const scope of OWNER_SCOPES) {
    tokens.set(`the owner: ${scope}`, (await fixture.principal('owner@example.com', [scope])).token);
  }
  fixture.clock.advance(1_000);
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
