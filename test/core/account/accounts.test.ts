import { addKey, findKey, listKeys, removeKey } from '../../../core/account/account-key.ts';
import { createAccount, findAccount, findAccountByEmail } from '../../../core/account/create-account.ts';
import { renameAccount } from '../../../core/account/rename-account.ts';
import { type ApiFixture, openApiFixture, type Principal, START_MS } from '../../api/api-fixture.ts';

let fixture: ApiFixture;
let me: Principal;
beforeEach(async () => {
  fixture = await openApiFixture();
  me = await fixture.principal('me@example.com');
});
afterEach(() => fixture.close());

test.each([
  { email: ' Ann@Example.COM ', kept: 'ann@example.com' },
  { email: "a+b.c_d-e!#$%&'*/=?^`{|}~@example", kept: "a+b.c_d-e!#$%&'*/=?^`{|}~@example" },
  { email: 'a@b-c.d-e.f9', kept: 'a@b-c.d-e.f9' },
  { email: `${'a'.repeat(242)}@example.com`, kept: `${'a'.repeat(242)}@example.com` },
])('$email has an account, and the same one again', async ({ email, kept }) => {
  const created = await createAccount(fixture.platform, email);
  const account = {
    id: expect.any(String),
    email: kept,
    name: '',
    createdAtMs: START_MS,
    updatedAtMs: START_MS,
  };
  expect(created).toEqual({ ok: true, value: account });
  fixture.clock.advance(1_000);
  expect(await createAccount(fixture.platform, kept)).toEqual(created);
  const found = await findAccountByEmail(fixture.platform, kept.toUpperCase());
  expect(found).toEqual(account);
  expect(await findAccount(fixture.platform, found?.id ?? '')).toEqual(account);
});

test.each([
  '',
  'ann',
  '@example.com',
  'ann@',
  'a b@example.com',
  'ann@exa mple.com',
  'ann@example.com.',
  'ann@.example.com',
  'ann@example..com',
  'ann@example.com x',
  'ann@exa_mple.com',
  'ann@@example.com',
  `${'a'.repeat(243)}@example.com`,
])('%j is no address', async (email) => {
  expect(await createAccount(fixture.platform, email)).toEqual({
    ok: false,
    error: { id: 'invalid_params', message: 'Email is not a valid address.' },
  });
});

test('whoever makes an account that another makes in between gets that one', async () => {
  const { store } = fixture.platform;
  let other: unknown;
  const late = {
    ...fixture.platform,
    store: {
      get: store.get.bind(store),
      list: store.list.bind(store),
      due: store.due.bind(store),
      transact: async (writes: Parameters<typeof store.transact>[0]) => {
        other ??= await createAccount(fixture.platform, 'ann@example.com');
        return store.transact(writes);
      },
    },
  };
  const mine = await createAccount(late, 'ann@example.com');
  expect(mine).toMatchObject({ ok: true, value: { email: 'ann@example.com' } });
  expect(mine).toEqual(other);
});

test('an account is renamed, and says when', async () => {
  const before = await findAccount(fixture.platform, me.actor.accountId);
  fixture.clock.advance(1_000);
  const name = 'n'.repeat(255);
  const after = { ...before, name, updatedAtMs: START_MS + 1_000 };
  expect(await renameAccount(fixture.platform, me.actor, name)).toEqual({ ok: true, value: after });
  expect(await findAccount(fixture.platform, me.actor.accountId)).toEqual(after);
  expect(await renameAccount(fixture.platform, me.actor, `${name}n`)).toEqual({
    ok: false,
    error: { id: 'invalid_params', message: 'Name must be at most 255 characters.' },
  });
  expect(await renameAccount(fixture.platform, { accountId: 'nobody', email: 'x@y' }, 'x')).toEqual({
    ok: false,
    error: { id: 'not_found', message: "Couldn't find that account.", resource: 'account' },
  });
});

describe('keys', () => {
  const BASE64 = 'AAAAC3NzaC1lZDI1NTE5AAAAIJ6yD2XvMeRwT0cFWn4JzVcKDTs5sZkmpSjX2eGYbKLo';
  const add = (text: string) => addKey(fixture.platform, me.actor, text, (base64) => `md5 of ${base64}`);
  const NOT_FOUND = { ok: false, error: { id: 'not_found', message: "Couldn't find that key.", resource: 'key' } };

  test.each([
    { text: `ssh-ed25519  ${BASE64}   my laptop \n`, kept: `ssh-ed25519 ${BASE64} my laptop`, comment: 'my laptop' },
    { text: `ssh-ed25519 ${BASE64}`, kept: `ssh-ed25519 ${BASE64}`, comment: '' },
  ])('$kept is kept so', async ({ text, kept, comment }) => {
    const key = {
      id: expect.any(String),
      accountId: me.actor.accountId,
      email: 'me@example.com',
      comment,
      fingerprint: `md5 of ${BASE64}`,
      publicKey: kept,
      createdAtMs: START_MS,
      updatedAtMs: START_MS,
    };
    expect(await add(text)).toEqual({ ok: true, value: key });
    const [listed, ...more] = await listKeys(fixture.platform, me.actor);
    expect([listed, more]).toEqual([key, []]);
    for (const identity of [listed?.id ?? '', `md5 of ${BASE64}`]) {
      expect(await findKey(fixture.platform, me.actor, identity)).toEqual({ ok: true, value: key });
    }
    expect(await add(kept)).toEqual({
      ok: false,
      error: { id: 'invalid_params', message: 'Fingerprint already exists. Please use unique SSH keys.' },
    });
    expect(await findKey(fixture.platform, me.actor, BASE64)).toEqual(NOT_FOUND);
    expect(await removeKey(fixture.platform, me.actor, 'nothing')).toEqual(NOT_FOUND);
    expect(await removeKey(fixture.platform, me.actor, `md5 of ${BASE64}`)).toEqual({ ok: true, value: key });
    expect(await listKeys(fixture.platform, me.actor)).toEqual([]);
    expect(await add(kept)).toMatchObject({ ok: true });
  });

  test('what is no key is refused before anything is written', async () => {
    expect(await add('ssh-ed25519 x')).toMatchObject({ ok: false, error: { id: 'invalid_params' } });
    expect(await listKeys(fixture.platform, me.actor)).toEqual([]);
  });
});
