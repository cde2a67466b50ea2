import { type ApiFixture, openApiFixture, type Principal } from './api-fixture.ts';
import { expectMatchesSchema } from './published-schema.ts';

describe('account resources', () => {
  let fixture: ApiFixture;
  let me: Principal;
  beforeEach(async () => {
    fixture = await openApiFixture();
    me = await fixture.principal('me@example.com');
  });
  afterEach(() => fixture.close());
  const call = (method: string, path: string, body?: unknown) =>
    fixture.request(method, path, { token: me.token, ...(body === undefined ? {} : { body }) });

  test.each([
    { path: '/account', definition: 'account' },
    { path: '/users/~', definition: 'account' },
    { path: '/account/features', definition: 'account-feature' },
    { path: '/account/features/dashboard-repositories-api', definition: 'account-feature' },
    { path: '/account/rate-limits', definition: 'rate-limit' },
    { path: '/oauth/authorizations', definition: 'oauth-authorization' },
    { path: '/regions', definition: 'region' },
    { path: '/regions/eu', definition: 'region' },
    { path: '/stacks', definition: 'stack' },
    { path: '/stacks/heroku-24', definition: 'stack' },
    { path: '/dyno-sizes', definition: 'dyno-size' },
    { path: '/dyno-sizes/standard-1x', definition: 'dyno-size' },
    { path: '/generations', definition: 'generation' },
    { path: '/generations/cedar', definition: 'generation' },
  ])('GET $path answers a $definition', async ({ path, definition }) => {
    const answer = await call('GET', path);
    expect(answer.status).toBe(200);
    expectMatchesSchema(definition, answer.body);
  });

  test('exactly one stack is the default', async () => {
    const { body } = await call('GET', '/stacks');
    expect(
      body.filter((stack: { default: boolean }) => stack.default).map((stack: { name: string }) => stack.name),
    ).toEqual(['heroku-24']);
  });

  test('the name can be set and cleared', async () => {
    expect((await call('PATCH', '/account', { name: 'Tina Edmonds' })).body.name).toBe('Tina Edmonds');
    expect((await call('GET', '/users/me@example.com')).body.name).toBe('Tina Edmonds');
    expect((await call('PATCH', '/users/~', { name: null })).body.name).toBeNull();
  });

  describe('keys', () => {
    const publicKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ6yD2XvMeRwT0cFWn4JzVcKDTs5sZkmpSjX2eGYbKLo tina@laptop';

    test('are added, listed and removed', async () => {
      const added = await call('POST', '/account/keys', { public_key: `${publicKey}\n` });
      expect(added).toMatchObject({
        status: 201,
        body: { comment: 'tina@laptop', email: 'me@example.com', public_key: publicKey },
      });
      // As `ssh-keygen -l -E md5` prints it.
      expect(added.body.fingerprint).toBe('e2:ba:f5:28:c9:a2:2d:7b:42:1c:c1:7c:4c:3c:fd:24');
      expectMatchesSchema('key', added.body);
      expect((await call('GET', '/account/keys')).body).toEqual([added.body]);
      expect((await call('GET', `/account/keys/${added.body.fingerprint}`)).body).toEqual(added.body);
      expect((await call('DELETE', `/account/keys/${added.body.id}`)).status).toBe(200);
      expect((await call('GET', '/account/keys')).body).toEqual([]);
      expect((await call('POST', '/account/keys', { public_key: publicKey })).status).toBe(201);
    });

    test('are unique over all accounts', async () => {
      await call('POST', '/account/keys', { public_key: publicKey });
      const other = await fixture.principal('other@example.com');
      const again = await fixture.request('POST', '/account/keys', {
        token: other.token,
        body: { public_key: publicKey },
      });
      const message = 'Fingerprint already exists. Please use unique SSH keys.';
      expect(again).toMatchObject({ status: 422, body: { id: 'invalid_params', message } });
    });
  });

  describe('authorizations', () => {
    test('show their token once, when they are made', async () => {
      const made = await call('POST', '/oauth/authorizations', { description: 'ci', expires_in: '3600' });
      expect(made).toMatchObject({
        status: 201,
        body: { description: 'ci', scope: ['global'], access_token: { expires_in: 3600 } },
      });
      expectMatchesSchema('oauth-authorization', made.body);
      const { token } = made.body.access_token;
      expect((await fixture.request('GET', '/account', { token })).status).toBe(200);
      const shown = await call('GET', `/oauth/authorizations/${made.body.id}`);
      expect(shown.text).not.toContain(token);
      const [prefix, suffix] = shown.body.access_token.token.split('*'.repeat(10));
      expect(token.startsWith(prefix) && token.endsWith(suffix)).toBe(true);
    });

    test('expire', async () => {
      const made = await call('POST', '/oauth/authorizations', { expires_in: 60 });
      const { token } = made.body.access_token;
      fixture.clock.advance(59_000);
      expect((await fixture.request('GET', '/account', { token })).status).toBe(200);
      fixture.clock.advance(1_000);
      expect((await fixture.request('GET', '/account', { token })).status).toBe(401);
      expect((await call('GET', '/oauth/authorizations')).body.map((one: { id: string }) => one.id)).not.toContain(
        made.body.id,
      );
    });

    test('get a new token, and the old one stops working', async () => {
      const made = await call('POST', '/oauth/authorizations', { expires_in: 60, scope: ['read'] });
      fixture.clock.advance(50_000);
      const renewed = await call('POST', `/oauth/authorizations/${made.body.id}/actions/regenerate-tokens`);
      expect(renewed.body).toMatchObject({ id: made.body.id, scope: ['read'], access_token: { expires_in: 60 } });
      const reads = (token: string) => fixture.request('GET', '/apps', { token });
      expect((await reads(made.body.access_token.token)).status).toBe(401);
      expect((await reads(renewed.body.access_token.token)).status).toBe(200);
    });

    test('are described and revoked', async () => {
      const made = await call('POST', '/oauth/authorizations', {});
      expect(
        (await call('PATCH', `/oauth/authorizations/${made.body.id}`, { description: 'new' })).body.description,
      ).toBe('new');
      expect((await call('DELETE', `/oauth/authorizations/${made.body.id}`)).status).toBe(200);
      expect((await fixture.request('GET', '/account', { token: made.body.access_token.token })).status).toBe(401);
      expect((await call('DELETE', `/oauth/authorizations/${made.body.id}`)).status).toBe(404);
    });

    test('are all but one gone after `heroku logout` in every terminal: I can still get in', async () => {
      fixture.clock.advance(1);
      const second = (await call('POST', '/oauth/authorizations', {})).body.access_token.token;
      const redacted = (token: string) => `${token.slice(0, 9)}**********${token.slice(-4)}`;
      const statusOf = async (token: string) => (await fixture.request('GET', '/account', { token })).status;
      /** The requests of the CLI, and its decision not to revoke the account's API key. */
      const logOut = async (token: string) => {
        expect((await fixture.request('DELETE', '/oauth/sessions/~', { token })).body.resource).toBe('session');
        const { body: all } = await fixture.request('GET', '/oauth/authorizations', { token });
        const { body: apiKey } = await fixture.request('GET', '/oauth/authorizations/~', { token });
        if (apiKey.access_token.token === redacted(token)) return;
        for (const { id, access_token } of all) {
          if (access_token.token === redacted(token))
            await fixture.request('DELETE', `/oauth/authorizations/${id}`, { token });
        }
      };
      await logOut(second);
      await logOut(me.token);
      expect([await statusOf(second), await statusOf(me.token)]).toEqual([401, 200]);
      const refused = await call('DELETE', '/oauth/authorizations/~');
      expect([refused.status, refused.body.message]).toEqual([422, expect.stringMatching(/^This is the last token /)]);
      expect(await call('DELETE', `/oauth/tokens/${me.token}`)).toMatchObject({ status: 422 });
      expect(await statusOf(me.token)).toBe(200);
    });

    test('are revoked by their token too', async () => {
      const made = await call('POST', '/oauth/authorizations', {});
      const revoked = await call('DELETE', `/oauth/tokens/${made.body.access_token.id}`);
      expect(revoked.status).toBe(200);
      expectMatchesSchema('oauth-token', revoked.body);
      expect((await fixture.request('GET', '/account', { token: made.body.access_token.token })).status).toBe(401);
    });

    test("nobody sees or revokes another account's", async () => {
      const other = await fixture.principal('other@example.com');
      const [authorization] = (await call('GET', '/oauth/authorizations')).body;
      const path = `/oauth/authorizations/${authorization.id}`;
      for (const method of ['GET', 'PATCH', 'DELETE']) {
        const body = method === 'PATCH' ? { body: {} } : {};
        expect((await fixture.request(method, path, { token: other.token, ...body })).status).toBe(404);
      }
      expect((await call('GET', '/account')).status).toBe(200);
    });
  });
});
