import {
  authenticate,
  describeAuthorization,
  findAuthorization,
  listAuthorizations,
  mintAuthorization,
  regenerateToken,
  revokeAuthorization,
} from '../../../core/account/authorization.ts';
import { type ApiFixture, openApiFixture, type Principal, START_MS } from '../../api/api-fixture.ts';

let fixture: ApiFixture;
let me: Principal;
beforeEach(async () => {
  fixture = await openApiFixture();
  me = await fixture.principal('me@example.com');
});
afterEach(() => fixture.close());

const mint = async (request: Parameters<typeof mintAuthorization>[2]) => {
  const minted = await mintAuthorization(fixture.platform, me.actor, request);
  if (!minted.ok) throw new Error(minted.error.message);
  return minted.value;
};
const refusal = (message: string) => ({ ok: false, error: { id: 'invalid_params', message } });
const NOT_FOUND = {
  ok: false,
  error: { id: 'not_found', message: "Couldn't find that authorization.", resource: 'authorization' },
};
const UNKNOWN = '00000000-0000-4000-8000-000000000000';
const YEARS = 315_360_000;

test('an authorization has its token hashed and blotted out, and lives for ever unless somebody says how long', async () => {
  const { authorization, token } = await mint({});
  expect(token).toMatch(/^HRKU-[0-9a-f]{8}-[0-9a-f-]{27}$/);
  expect(authorization).toEqual({
    id: expect.any(String),
    accountId: me.actor.accountId,
    description: 'Long-lived user authorization',
    scope: ['global'],
    tokenId: expect.any(String),
    tokenSha256: fixture.platform.ids.sha256(token),
    tokenRedacted: `${token.slice(0, 9)}**********${token.slice(-4)}`,
    createdAtMs: START_MS,
    updatedAtMs: START_MS,
  });
  expect(await authenticate(fixture.platform, token)).toEqual({
    accountId: me.actor.accountId,
    email: 'me@example.com',
    scope: ['global'],
  });
  expect(await authenticate(fixture.platform, `${token}x`)).toBeUndefined();
});

test('every field that is asked for is kept, a scope that is named twice once', async () => {
  const description = 'd'.repeat(255);
  const request = { description, scope: ['read', 'identity', 'read'], expiresInSeconds: 60 };
  expect((await mint(request)).authorization).toMatchObject({
    description,
    scope: ['read', 'identity'],
    lifetimeSeconds: 60,
    expiresAtMs: START_MS + 60_000,
  });
});

test.each([
  { request: { scope: [] }, message: 'Scope must be one or more of ' },
  { request: { scope: ['read', 'root'] }, message: 'Scope must be one or more of ' },
  { request: { description: 'd'.repeat(256) }, message: 'Description must be at most 255 characters.' },
  { request: { expiresInSeconds: 0 }, message: 'expires_in must be between 1 and 315360000 seconds.' },
  { request: { expiresInSeconds: YEARS + 1 }, message: 'expires_in must be between 1 and 315360000 seconds.' },
  { request: { expiresInSeconds: Number.NaN }, message: 'expires_in must be between 1 and 315360000 seconds.' },
])('$request is refused', async ({ request, message }) => {
  const scopes = 'global, identity, read, write, read-protected, write-protected.';
  expect(await mintAuthorization(fixture.platform, me.actor, request)).toEqual(
    refusal('scope' in request ? `${message}${scopes}` : message),
  );
  expect(await listAuthorizations(fixture.platform, me.actor)).toHaveLength(1);
});

test.each([1, YEARS])('a token may live %i seconds, and not a moment longer', async (expiresInSeconds) => {
  const { authorization, token } = await mint({ expiresInSeconds });
  fixture.clock.advance(expiresInSeconds * 1_000 - 1);
  expect(await authenticate(fixture.platform, token)).toBeDefined();
  expect(await listAuthorizations(fixture.platform, me.actor)).toContainEqual(authorization);
  fixture.clock.advance(1);
  expect(await authenticate(fixture.platform, token)).toBeUndefined();
  expect(await listAuthorizations(fixture.platform, me.actor)).not.toContainEqual(authorization);
});

test('a description is changed, or left as it is, and says when', async () => {
  const { authorization } = await mint({ description: 'ci' });
  const { id } = authorization;
  fixture.clock.advance(5_000);
  const later = { ...authorization, updatedAtMs: START_MS + 5_000 };
  const describe = (text?: string) => describeAuthorization(fixture.platform, me.actor, id, text);
  expect(await describe()).toEqual({ ok: true, value: later });
  expect(await describe('d'.repeat(256))).toEqual(refusal('Description must be at most 255 characters.'));
  expect(await describe('new')).toEqual({ ok: true, value: { ...later, description: 'new' } });
  expect(await findAuthorization(fixture.platform, me.actor, id)).toEqual(await describe());
  expect(await describe('')).toMatchObject({ value: { description: '' } });
});

test('a new token lives as long as the old one was to, and is another one', async () => {
  const { authorization, token } = await mint({ expiresInSeconds: 60, scope: ['read'] });
  fixture.clock.advance(50_000);
  const renewed = await regenerateToken(fixture.platform, me.actor, authorization.id);
  if (!renewed.ok) throw new Error(renewed.error.message);
  expect(renewed.value.authorization).toEqual({
    ...authorization,
    updatedAtMs: START_MS + 50_000,
    expiresAtMs: START_MS + 110_000,
    tokenId: expect.any(String),
    tokenSha256: fixture.platform.ids.sha256(renewed.value.token),
    tokenRedacted: `${renewed.value.token.slice(0, 9)}**********${renewed.value.token.slice(-4)}`,
  });
  expect(renewed.value.authorization.tokenId).not.toBe(authorization.tokenId);
  expect(await authenticate(fixture.platform, token)).toBeUndefined();
  expect(await authenticate(fixture.platform, renewed.value.token)).toMatchObject({ scope: ['read'] });
  const revoked = await revokeAuthorization(fixture.platform, me.actor, authorization.id);
  expect(revoked).toEqual({ ok: true, value: renewed.value.authorization });
  expect(await authenticate(fixture.platform, renewed.value.token)).toBeUndefined();
  expect(await findAuthorization(fixture.platform, me.actor, authorization.id)).toEqual(NOT_FOUND);
});

test.each([UNKNOWN, 'nonsense', '~~'])('%s is no authorization', async (id) => {
  const { platform } = fixture;
  expect(await findAuthorization(platform, me.actor, id)).toEqual(NOT_FOUND);
  expect(await describeAuthorization(platform, me.actor, id, 'x')).toEqual(NOT_FOUND);
  expect(await regenerateToken(platform, me.actor, id)).toEqual(NOT_FOUND);
  expect(await revokeAuthorization(platform, me.actor, id)).toEqual(NOT_FOUND);
});

const revoke = (id: string) => revokeAuthorization(fixture.platform, me.actor, id);
const LAST_KEY = refusal(
  'This is the last token that can do everything in your account. Make another with `heroku authorizations:create`, then revoke this one.',
);

describe('the last key', () => {
  let first: string;
  beforeEach(async () => {
    [first = ''] = (await listAuthorizations(fixture.platform, me.actor)).map(({ id }) => id);
  });

  test.each([
    { name: 'none', others: [] },
    { name: 'one that may only read', others: [{ scope: ['read'] }] },
    { name: 'one that expires', others: [{ expiresInSeconds: YEARS }] },
  ])('cannot be destroyed where the other is $name', async ({ others }) => {
    for (const other of others) await mint(other);
    expect(await revoke(first)).toEqual(LAST_KEY);
    expect(await authenticate(fixture.platform, me.token)).toBeDefined();
  });

  test('can be, once there is another, which then is the last', async () => {
    const { authorization } = await mint({});
    expect(await revoke(first)).toMatchObject({ ok: true });
    expect(await authenticate(fixture.platform, me.token)).toBeUndefined();
    expect(await revoke(authorization.id)).toEqual(LAST_KEY);
  });

  test('others are revoked beside it', async () => {
    for (const request of [{ scope: ['read'] }, { expiresInSeconds: 60 }]) {
      const { authorization } = await mint(request);
      expect(await revoke(authorization.id)).toEqual({ ok: true, value: authorization });
    }
  });

  test('of two that are revoked at the same moment, one stays', async () => {
    const { authorization } = await mint({});
    const both = await Promise.all([revoke(first), revoke(authorization.id)]);
    expect(both.filter(({ ok }) => ok)).toHaveLength(1);
    expect(both).toContainEqual(LAST_KEY);
    expect(await listAuthorizations(fixture.platform, me.actor)).toHaveLength(1);
  });

  test('is the oldest that can do everything for ever, and is also called ~', async () => {
    fixture.clock.advance(1_000);
    const { authorization: later } = await mint({});
    await mint({ scope: ['read'] });
    const find = () => findAuthorization(fixture.platform, me.actor, '~');
    expect(await find()).toMatchObject({ value: { id: first } });
    expect(await describeAuthorization(fixture.platform, me.actor, '~', 'laptop')).toMatchObject({
      value: { id: first, description: 'laptop' },
    });
    expect(await regenerateToken(fixture.platform, me.actor, '~')).toMatchObject({
      value: { authorization: { id: first } },
    });
    expect(await revoke('~')).toMatchObject({ value: { id: first } });
    expect(await find()).toMatchObject({ value: { id: later.id } });
    expect(await revoke('~')).toEqual(LAST_KEY);
  });

  test('is nobody’s where no token can do everything for ever', async () => {
    const reader = await fixture.principal('reader@example.com', ['read']);
    expect(await findAuthorization(fixture.platform, reader.actor, '~')).toEqual(NOT_FOUND);
  });
});
