import { type Callers, makeCallers } from '../../api/callers.ts';
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

let fixture: DoorFixture;
let things: Things;
let appId: string;
let tokens: Callers['tokens'];
const bridges = new Map<PrincipalName, Caller>();

beforeAll(async () => {
  fixture = await openDoorFixture();
  const callers = await makeCallers(fixture);
  ({ appId, tokens } = callers);
  for (const name of PRINCIPAL_NAMES) {
    if (!tokens.has(name)) throw new Error(`there is no caller ${name}`);
    const token = tokens.get(name);
    const entry = await fixture.bridge(token ?? '');
    bridges.set(name, token === undefined ? { entry } : { entry, key: LOCAL_KEY });
  }

  const build = await deploy(fixture, callers.owner, 'shop', { processTypes: { web: 'a' } });
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
  const key = tokens.get(name);
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
  const { entry } = bridges.get('the owner: global') ?? direct('nobody');
  const seen: Record<string, Outcome> = {};
  for (const { operation } of DOOR_PERMISSIONS) {
    const key = tokens.get('the owner: global') ?? '';
    seen[operation] = (await OPERATIONS[operation]?.({ entry, key }, things, 'x')) ?? 0;
  }
  expect(seen).toEqual(Object.fromEntries(DOOR_PERMISSIONS.map(({ operation }) => [operation, 401])));
});
