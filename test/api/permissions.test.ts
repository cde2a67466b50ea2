import type { Permission, Route } from '../../api/route.ts';
import { routes } from '../../api/routes.ts';
import { type ApiFixture, openApiFixture } from './api-fixture.ts';

/** Every route that takes the caller further than 401, 403 or 404 of the app has let the caller in. */
const LET_IN = 'let in';

/** What each kind of caller gets, by the permission that the route declares. */
const EXPECTED: Readonly<Record<Permission, Readonly<Record<Caller, number | typeof LET_IN>>>> = {
  public: {
    nobody: LET_IN,
    'a wrong token': LET_IN,
    'an expired token': LET_IN,
    'a stranger': LET_IN,
    'an identity token': LET_IN,
    'a collaborator': LET_IN,
    'the owner': LET_IN,
  },
  account: {
    nobody: 401,
    'a wrong token': 401,
    'an expired token': 401,
    'a stranger': LET_IN,
    'an identity token': 403,
    'a collaborator': LET_IN,
    'the owner': LET_IN,
  },
  app: {
    nobody: 401,
    'a wrong token': 401,
    'an expired token': 401,
    'a stranger': 403,
    'an identity token': 403,
    'a collaborator': LET_IN,
    'the owner': LET_IN,
  },
  'app-owner': {
    nobody: 401,
    'a wrong token': 401,
    'an expired token': 401,
    'a stranger': 403,
    'an identity token': 403,
    'a collaborator': 403,
    'the owner': LET_IN,
  },
};

const CALLERS = [
  'nobody',
  'a wrong token',
  'an expired token',
  'a stranger',
  'an identity token',
  'a collaborator',
  'the owner',
] as const;
type Caller = (typeof CALLERS)[number];

/** The real routes, with handlers that only say that they were reached: what they do is tested elsewhere. */
const probes = routes.map((route): Route => {
  const { body: _body, ...rest } = route;
  return { ...rest, handle: async () => ({ ok: true, value: { body: { reached: true } } }) };
});

describe('every route × every caller', () => {
  let fixture: ApiFixture;
  const tokens = new Map<Caller, string>();
  beforeAll(async () => {
    fixture = await openApiFixture({ routes: probes });
    const { createApp } = await import('../../core/app/create-app.ts');
    const { addCollaborator } = await import('../../core/app/collaborator.ts');
    const { mintAuthorization } = await import('../../core/account/authorization.ts');
    const owner = await fixture.principal('owner@example.com');
    const app = await createApp(fixture.platform, owner.actor, { name: 'shop' });
    if (!app.ok) throw new Error(app.error.message);
    await addCollaborator(fixture.platform, app.value, 'collaborator@example.com');
    const expiring = await mintAuthorization(fixture.platform, owner.actor, { expiresInSeconds: 1 });
    if (!expiring.ok) throw new Error(expiring.error.message);
    tokens.set('a wrong token', 'HRKU-00000000-0000-4000-8000-000000000000');
    tokens.set('an expired token', expiring.value.token);
    tokens.set('a stranger', (await fixture.principal('stranger@example.com')).token);
    tokens.set('an identity token', (await fixture.principal('owner@example.com', ['identity'])).token);
    tokens.set('a collaborator', (await fixture.principal('collaborator@example.com')).token);
    tokens.set('the owner', owner.token);
    fixture.clock.advance(1_000);
  });
  afterAll(() => fixture.close());

  test.each(routes.map(({ method, path, permission }) => ({ method, path, permission })))(
    '$method $path is for $permission',
    async ({ method, path, permission }) => {
      const url = path.replace(':app', 'shop').replace(/:\w+/g, '~');
      const seen: Record<string, unknown> = {};
      const expected: Record<string, unknown> = {};
      for (const caller of CALLERS) {
        const token = tokens.get(caller);
        const { status, body } = await fixture.request(method, url, token === undefined ? {} : { token });
        seen[caller] = body?.reached ? LET_IN : status;
        // The identity scope is made to read the account, and nothing else.
        const readsAccount = method === 'GET' && (path === '/account' || path === '/users/:account');
        expected[caller] = caller === 'an identity token' && readsAccount ? LET_IN : EXPECTED[permission][caller];
      }
      expect(seen).toEqual(expected);
    },
  );

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
});
