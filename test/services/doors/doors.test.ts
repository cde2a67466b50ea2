import { mintAuthorization, revokeAuthorization } from '../../../core/account/authorization.ts';
import { addCollaborator, removeCollaborator } from '../../../core/app/collaborator.ts';
import { createApp } from '../../../core/app/create-app.ts';
import { deploy } from '../../api/deploy.ts';
import { runGit } from '../git/run-git.ts';
import { type DoorFixture, LOCAL_KEY, openDoorFixture } from './door-fixture.ts';
import {
  DOOR_PERMISSIONS,
  type DoorPermission,
  PRINCIPAL_NAMES,
  PRINCIPALS,
  type PrincipalName,
} from './door-permissions.ts';
import { type Caller, OPERATIONS, type Outcome, type Things } from './operations.ts';

// Real git processes on a machine that may be busy.
jest.setTimeout(120_000);

const SCOPES = ['global', 'identity', 'read', 'read-protected', 'write', 'write-protected'] as const;

let fixture: DoorFixture;
let things: Things;
let appId: string;
const tokens: Partial<Record<PrincipalName, string>> = {};
const bridges = new Map<PrincipalName, Caller>();

beforeAll(async () => {
  fixture = await openDoorFixture();
  const { platform } = fixture;
  const owner = await fixture.principal('owner@example.com');
  const app = await createApp(platform, owner.actor, { name: 'shop' });
  if (!app.ok) throw new Error(app.error.message);
  const mint = async (expiresInSeconds?: number) => {
    const minted = await mintAuthorization(platform, owner.actor, expiresInSeconds ? { expiresInSeconds } : {});
    if (!minted.ok) throw new Error(minted.error.message);
    return minted.value;
  };
  const member = async (email: string, scope: readonly string[] = ['global']) => {
    await addCollaborator(platform, app.value, email);
    return (await fixture.principal(email, scope)).token;
  };
  tokens['a former collaborator'] = await member('former@example.com');
  await removeCollaborator(platform, owner.actor, app.value, 'former@example.com');
  const revoked = await mint();
  await revokeAuthorization(platform, owner.actor, revoked.authorization.id);
  tokens['a wrong token'] = 'HRKU-00000000-0000-4000-8000-000000000000';
  tokens['a revoked token'] = revoked.token;
  tokens['an expired token'] = (await mint(1)).token;
  tokens['a stranger'] = (await fixture.principal('stranger@example.com')).token;
  tokens['a collaborator'] = await member('collaborator@example.com');
  tokens['a collaborator: read'] = await member('reader@example.com', ['read']);
  for (const scope of SCOPES) {
    tokens[`the owner: ${scope}`] = (await fixture.principal('owner@example.com', [scope])).token;
  }
  fixture.clock.advance(1_000);
  for (const name of PRINCIPAL_NAMES) {
    const entry = await fixture.bridge(tokens[name] ?? '');
    bridges.set(name, tokens[name] === undefined ? { entry } : { entry, key: LOCAL_KEY });
  }

  appId = app.value.id;
  const build = await deploy(fixture, owner, 'shop', { processTypes: { web: 'a' } });
  things = { buildId: build.id, slugId: build.slug.id, commit: seedRepository() };
});
afterAll(() => fixture.closeAll());

/** A repository as pushes have left it. */
function seedRepository(): string {
  const repository = `${fixture.directory}/git/${appId}.git`;
  runGit('/', ['init', '--quiet', '--bare', repository]);
  const tree = runGit(repository, ['mktree']);
  const commit = runGit(repository, ['commit-tree', '-m', 'one', tree]);
  for (const ref of ['heads/main', 'heads/feature', 'tags/v1'])
    runGit(repository, ['update-ref', `refs/${ref}`, commit]);
  return commit;
}

function expected({ who, need }: DoorPermission): Record<string, Outcome> {
  const answer = (name: PrincipalName): Outcome => {
    const known = PRINCIPALS[name];
    return known[who] === 'in' ? known[need] : known[who];
  };
  return Object.fromEntries(PRINCIPAL_NAMES.map((name) => [name, answer(name)]));
}

async function walk(
  { operation }: DoorPermission,
  caller: (name: PrincipalName) => Caller,
  prefix: string,
): Promise<Record<string, Outcome>> {
  const seen: Record<string, Outcome> = {};
  for (const name of PRINCIPAL_NAMES) {
    const own = `${prefix}-${name.replace(/\W+/g, '-')}`;
    seen[name] = (await OPERATIONS[operation]?.(caller(name), things, own)) ?? 0;
  }
  return seen;
}

const direct = (name: PrincipalName): Caller => {
  const key = tokens[name];
  return { entry: fixture.direct, ...(key === undefined ? {} : { key }) };
};

test('every operation has a line in the table, and every line an operation', () => {
  expect(Object.keys(OPERATIONS).sort()).toEqual(DOOR_PERMISSIONS.map(({ operation }) => operation).sort());
});

test.each(DOOR_PERMISSIONS)('$operation is for: $who, $need', async (row) => {
  expect(await walk(row, direct, 'direct')).toEqual(expected(row));
});

test.each(DOOR_PERMISSIONS)('$operation through a bridge is for: $who, $need of its token', async (row) => {
  expect(await walk(row, (name) => bridges.get(name) ?? direct(name), 'bridge')).toEqual(expected(row));
});

test('what a refused push named is not in the repository', () => {
  const refs = runGit(`${fixture.directory}/git`, ['-C', `${appId}.git`, 'for-each-ref', '--format=%(refname:short)']);
  const branches = refs.split('\n').filter((name) => /^(direct|bridge)-/.test(name));
  const pushers = ['a-collaborator', 'the-owner-global', 'the-owner-write', 'the-owner-write-protected'];
  expect(branches).toEqual(['bridge', 'direct'].flatMap((way) => pushers.map((name) => `${way}-${name}`)));
});

test('a bridge takes the platform’s own token from nobody, and its own key only', async () => {
  const { entry } = bridges.get('the owner: global') ?? direct('no token');
  const seen: Record<string, Outcome> = {};
  for (const { operation } of DOOR_PERMISSIONS) {
    const key = tokens['the owner: global'] ?? '';
    seen[operation] = (await OPERATIONS[operation]?.({ entry, key }, things, 'x')) ?? 0;
  }
  expect(seen).toEqual(Object.fromEntries(DOOR_PERMISSIONS.map(({ operation }) => [operation, 401])));
});
