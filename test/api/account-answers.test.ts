import { A_UUID, forbidden, invalid, later, missing, NOW, whole } from './answers.ts';
import { type ApiFixture, openApiFixture, type Principal } from './api-fixture.ts';

let fixture: ApiFixture;
let me: Principal;
beforeEach(async () => {
  fixture = await openApiFixture();
  me = await fixture.principal('me@example.com');
});
afterEach(() => fixture.close());
const call = (method: string, path: string, body?: unknown) =>
  fixture.request(method, path, { token: me.token, ...(body === undefined ? {} : { body }) });

const NOBODY = '00000000-0000-4000-8000-000000000000';

describe('an account', () => {
  const account = () => ({
    allow_tracking: false,
    beta: false,
    country_of_residence: null,
    created_at: NOW,
    default_organization: null,
    default_team: null,
    delinquent_at: null,
    email: 'me@example.com',
    federated: false,
    id: me.actor.accountId,
    identity_provider: null,
    last_login: null,
    name: null as string | null,
    sms_number: null,
    suspended_at: null,
    two_factor_authentication: false,
    updated_at: NOW,
    verified: true,
  });

  test('is shown whole under each of its names, in any capitals', async () => {
    for (const path of ['/account', '/users/~', '/users/Me@Example.com', `/users/${me.actor.accountId}`]) {
      expect(whole(await call('GET', path))).toEqual({ status: 200, body: account() });
    }
  });

  test('is changed where it is named, and answered as it is then', async () => {
    fixture.clock.advance(1_000);
    const named = { ...account(), name: 'Tina', updated_at: later(1_000) };
    expect(whole(await call('PATCH', '/users/~', { name: 'Tina' }))).toEqual({ status: 200, body: named });
    fixture.clock.advance(1_000);
    expect(whole(await call('PATCH', '/account', {}))).toEqual({ status: 200, body: named });
    const cleared = { ...named, name: null, updated_at: later(2_000) };
    expect(whole(await call('PATCH', '/account', { name: null }))).toEqual({ status: 200, body: cleared });
  });

  test.each([
    { body: { name: 'x'.repeat(256) }, answer: invalid('Name must be at most 255 characters.') },
    { body: { name: 7 }, answer: invalid('Invalid value for `name`: expected string, received number.') },
  ])('keeps its name when $body is refused', async ({ body, answer }) => {
    expect(whole(await call('PATCH', '/account', body))).toEqual(answer);
    expect((await call('GET', '/account')).body).toEqual(account());
  });

  test.each(['other@example.com', NOBODY])('of %s is nobody else’s to see', async (identity) => {
    await fixture.principal('other@example.com');
    expect(whole(await call('GET', `/users/${identity}`))).toEqual(missing('account'));
    expect(whole(await call('PATCH', `/users/${identity}`, { name: 'x' }))).toEqual(missing('account'));
    expect(whole(await call('GET', `/users/${identity}/apps`))).toEqual(missing('account'));
    expect(whole(await call('GET', `/accounts/${identity}/actions/get-quota`))).toEqual(missing('account'));
  });

  test('has no quota where Eco hours are not limited', async () => {
    expect(whole(await call('GET', '/accounts/~/actions/get-quota'))).toEqual(missing('account quota'));
  });

  test('that is gone while its token still works is not found', async () => {
    const partition = `account#${me.actor.accountId}`;
    const [item] = await fixture.platform.store.list({ partition, prefix: 'account' });
    if (item === undefined) throw new Error('no account');
    await fixture.platform.store.transact([
      { kind: 'delete', key: { partition, sort: item.sort }, expect: item.version },
    ]);
    expect(whole(await call('GET', '/account'))).toEqual(missing('account'));
  });
});

test('keys are shown whole when they are added, looked at and removed', async () => {
  const base64 = 'AAAAC3NzaC1lZDI1NTE5AAAAIJ6yD2XvMeRwT0cFWn4JzVcKDTs5sZkmpSjX2eGYbKLo';
  const publicKey = `ssh-ed25519 ${base64} tina@laptop`;
  const added = await call('POST', '/account/keys', { public_key: `${publicKey}\n` });
  const key = {
    comment: 'tina@laptop',
    created_at: NOW,
    email: 'me@example.com',
    fingerprint: 'e2:ba:f5:28:c9:a2:2d:7b:42:1c:c1:7c:4c:3c:fd:24',
    id: A_UUID,
    public_key: publicKey,
    updated_at: NOW,
  };
  expect(whole(added)).toEqual({ status: 201, body: key });
  for (const [path, body] of [
    ['/account/keys', [added.body]],
    [`/account/keys/${added.body.id}`, added.body],
    [`/account/keys/${key.fingerprint}`, added.body],
  ]) {
    expect(whole(await call('GET', path as string))).toEqual({ status: 200, body });
  }
  expect(whole(await call('DELETE', `/account/keys/${key.fingerprint}`))).toEqual({ status: 200, body: added.body });
  expect(whole(await call('DELETE', `/account/keys/${key.fingerprint}`))).toEqual(missing('key'));
  expect(whole(await call('GET', `/account/keys/${added.body.id}`))).toEqual(missing('key'));
});

test.each([
  { body: {}, message: 'Missing required field `public_key`.' },
  {
    body: { public_key: 'ssh-dss AAAA' },
    message: 'Invalid public key. Send one line of an OpenSSH public key file: `ssh-ed25519 AAAA... comment`.',
  },
  {
    body: { public_key: '-----BEGIN OPENSSH PRIVATE KEY-----' },
    message: 'This is a private key. Keep it secret, and send the public key, whose file name ends in .pub.',
  },
])('the key $body is refused', async ({ body, message }) => {
  expect(whole(await call('POST', '/account/keys', body))).toEqual(invalid(message));
});

describe('an authorization', () => {
  const REDACTED = /^HRKU-[0-9a-f]{4}\*{10}[0-9a-f]{4}$/;
  const authorization = (changes: object = {}) => ({
    access_token: { expires_in: null, id: A_UUID, token: expect.stringMatching(/^HRKU-[0-9a-f-]{36}$/) },
    client: null,
    created_at: NOW,
    description: 'Long-lived user authorization',
    grant: null,
    id: A_UUID,
    refresh_token: null,
    scope: ['global'],
    session: null,
    updated_at: NOW,
    user: { email: 'me@example.com', full_name: null, id: me.actor.accountId },
    ...changes,
  });

  test.each([
    { body: {}, made: {}, expiresIn: null },
    { body: { description: null, expires_in: null, scope: null }, made: {}, expiresIn: null },
    { body: { expires_in: 60 }, made: {}, expiresIn: 60 },
    {
      body: { description: 'ci', expires_in: '3600', scope: ['read', 'write', 'read'] },
      made: { description: 'ci', scope: ['read', 'write'] },
      expiresIn: 3_600,
    },
  ])('made of $body', async ({ body, made, expiresIn }) => {
    const answer = await call('POST', '/oauth/authorizations', body);
    const { access_token } = authorization();
    const created = authorization({ ...made, access_token: { ...access_token, expires_in: expiresIn } });
    expect(whole(answer)).toEqual({ status: 201, body: created });
    const path = `/oauth/authorizations/${answer.body.id}`;
    const shown = { ...answer.body.access_token, token: expect.stringMatching(REDACTED) };
    expect(whole(await call('GET', path))).toEqual({ status: 200, body: { ...answer.body, access_token: shown } });
    const { body: list } = await call('GET', '/oauth/authorizations');
    expect(list).toHaveLength(2);
    expect(list).toContainEqual({ ...answer.body, access_token: shown });
  });

  test('tells how long its token still lives, in whole seconds, and never less than none', async () => {
    const { id } = (await call('POST', '/oauth/authorizations', { expires_in: 60 })).body;
    const left = async () => (await call('GET', `/oauth/authorizations/${id}`)).body.access_token.expires_in;
    fixture.clock.advance(58_001);
    expect(await left()).toBe(2);
    fixture.clock.advance(999);
    expect(await left()).toBe(1);
    fixture.clock.advance(1_001);
    expect(await left()).toBe(0);
  });

  test('is described anew, gets a new token, and is revoked: each time it is answered whole', async () => {
    const made = await call('POST', '/oauth/authorizations', { description: 'ci', expires_in: 60 });
    const path = `/oauth/authorizations/${made.body.id}`;
    fixture.clock.advance(10_000);
    const redacted = { expires_in: 50, id: made.body.access_token.id, token: expect.stringMatching(REDACTED) };
    const same = { ...made.body, access_token: redacted, updated_at: later(10_000) };
    expect(whole(await call('PATCH', path, { description: null }))).toEqual({ status: 200, body: same });
    const described = { ...same, description: 'new' };
    expect(whole(await call('PATCH', path, { description: 'new' }))).toEqual({ status: 200, body: described });
    fixture.clock.advance(10_000);
    const renewed = await call('POST', `${path}/actions/regenerate-tokens`);
    const access_token = { ...authorization().access_token, expires_in: 60 };
    expect(whole(renewed)).toEqual({ status: 200, body: { ...described, access_token, updated_at: later(20_000) } });
    expect(renewed.body.access_token.id).not.toBe(made.body.access_token.id);
    const ended = { ...renewed.body, access_token: { ...renewed.body.access_token, token: redacted.token } };
    expect(whole(await call('DELETE', path))).toEqual({ status: 200, body: ended });
  });

  test.each([
    { method: 'GET', path: '' },
    { method: 'PATCH', path: '', body: {} },
    { method: 'DELETE', path: '' },
    { method: 'POST', path: '/actions/regenerate-tokens' },
  ])('$method $path: one that is not there is not found', async ({ method, path, body }) => {
    for (const id of [NOBODY, '~~']) {
      expect(whole(await call(method, `/oauth/authorizations/${id}${path}`, body))).toEqual(missing('authorization'));
    }
  });

  const SCOPES = 'Scope must be one or more of global, identity, read, write, read-protected, write-protected.';
  const SECONDS = 'expires_in must be between 1 and 315360000 seconds.';
  test.each([
    { body: { scope: ['root'] }, message: SCOPES },
    { body: { scope: [] }, message: SCOPES },
    { body: { expires_in: -1 }, message: SECONDS },
    { body: { expires_in: 0 }, message: SECONDS },
    { body: { expires_in: '0' }, message: SECONDS },
    { body: { expires_in: 315_360_001 }, message: SECONDS },
    { body: { expires_in: 'soon' }, message: 'Invalid value for `expires_in`: expected a number of seconds.' },
    { body: { expires_in: '1s' }, message: 'Invalid value for `expires_in`: expected a number of seconds.' },
    { body: { expires_in: '+1' }, message: 'Invalid value for `expires_in`: expected a number of seconds.' },
    { body: { expires_in: '12345678901' }, message: 'Invalid value for `expires_in`: expected a number of seconds.' },
    { body: { description: 'x'.repeat(256) }, message: 'Description must be at most 255 characters.' },
    { body: { description: 7 }, message: 'Invalid value for `description`: expected string, received number.' },
  ])('of $body is refused', async ({ body, message }) => {
    expect(whole(await call('POST', '/oauth/authorizations', body))).toEqual(invalid(message));
  });
});

describe('a token', () => {
  test('is revoked by its id or by itself, and answered whole', async () => {
    for (const name of ['id', 'token'] as const) {
      const made = (await call('POST', '/oauth/authorizations', {})).body;
      expect(whole(await call('DELETE', `/oauth/tokens/${made.access_token[name]}`))).toEqual({
        status: 200,
        body: {
          access_token: {
            expires_in: null,
            id: made.access_token.id,
            token: expect.stringMatching(/^HRKU-[0-9a-f]{4}\*{10}[0-9a-f]{4}$/),
          },
          authorization: { id: made.id },
          client: null,
          created_at: NOW,
          grant: null,
          id: made.access_token.id,
          refresh_token: null,
          session: null,
          updated_at: NOW,
          user: { id: me.actor.accountId },
        },
      });
      expect(whole(await call('GET', `/oauth/authorizations/${made.id}`))).toEqual(missing('authorization'));
      expect(whole(await call('DELETE', `/oauth/tokens/${made.access_token[name]}`))).toEqual(missing('token'));
    }
  });

  const nothing = 'Send grant.code or refresh_token.token, or make a token with POST /oauth/authorizations.';
  test.each([
    { body: { grant: { code: 'x' } }, answer: missing('grant') },
    { body: { refresh_token: { token: 'x' } }, answer: missing('refresh token') },
    { body: { grant: null, refresh_token: null }, answer: invalid(nothing) },
    { body: { grant: { code: null }, refresh_token: { token: null } }, answer: invalid(nothing) },
    { body: { grant: {}, refresh_token: {} }, answer: invalid(nothing) },
    { body: {}, answer: invalid(nothing) },
    {
      body: { grant: { code: 1 } },
      answer: invalid('Invalid value for `grant.code`: expected string, received number.'),
    },
    {
      body: { refresh_token: { token: 1 } },
      answer: invalid('Invalid value for `refresh_token.token`: expected string, received number.'),
    },
  ])('is not exchanged for $body', async ({ body, answer }) => {
    expect(whole(await call('POST', '/oauth/tokens', body))).toEqual(answer);
  });

  test('whose scope is too narrow says so', async () => {
    const { token } = await fixture.principal('me@example.com', ['identity']);
    expect(whole(await fixture.request('GET', '/apps', { token }))).toEqual(
      forbidden('The scope of this token does not allow this.'),
    );
  });
});

test('what else an account is told', async () => {
  expect(whole(await call('DELETE', '/oauth/sessions/~'))).toEqual(missing('session'));
  expect(whole(await call('GET', '/account/rate-limits'))).toEqual({ status: 200, body: { remaining: 4_499 } });
  expect(whole(await call('GET', '/dynoform'))).toEqual({
    status: 200,
    body: { services_url: 'http://localhost:5000' },
  });
});
