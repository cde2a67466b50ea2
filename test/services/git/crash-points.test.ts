import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRefs } from '../../../services/git/bundle.ts';
import type { RefUpdate } from '../../../services/git/push-plan.ts';
import { openRepositories } from '../../../services/git/repositories.ts';
import { createSharedRepositories } from '../../../services/git/shared-repositories.ts';
import { MemoryArchive } from './memory-archive.ts';
import { runGit } from './run-git.ts';

const APP = 'shop';
const NONE = '0'.repeat(40);

let directory: string;
let archive: MemoryArchive;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'crash-'));
  archive = new MemoryArchive();
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const git = (cwd: string, ...args: string[]) => runGit(cwd, args);

let places = 0;
const place = (): string => {
  places += 1;
  const path = join(directory, String(places));
  mkdirSync(join(path, 'temporary'), { recursive: true });
  return path;
};

/** A freshly started service, with a new disk or with its previous one. */
async function start(disk = place()) {
  const shared = createSharedRepositories(archive, join(disk, 'temporary'));
  const repository = await (await openRepositories(disk)).open(APP);
  return { disk, shared, repository };
}
type Service = Awaited<ReturnType<typeof start>>;

const refsAfter = async ({ shared, repository }: Service) => {
  await shared.refresh(APP, repository);
  return Object.fromEntries(await readRefs(repository));
};

/** Writes the commit to the repository, where a push's objects are before its refs. */
function commitIn(repository: string, text: string): string {
  const tree = git(repository, 'hash-object', '-t', 'tree', '-w', '/dev/null');
  return git(repository, 'commit-tree', '-m', text, tree);
}

const STEPS = ['begun', 'published', 'moved its branch', 'ended'] as const;
type Step = (typeof STEPS)[number];

/** Runs a push up to this step. */
async function push({ shared, repository }: Service, update: RefUpdate, last: Step): Promise<void> {
  const turn = await shared.begin(APP, repository);
  expect(await turn.isCurrent()).toBe(true);
  if (last === 'begun') return;
  expect(await turn.publish({ repository }, [update])).toBe(true);
  if (last === 'published') return;
  git(repository, 'update-ref', update.ref, update.newId);
  if (last === 'moved its branch') return;
  await turn.end();
}

async function pushed(service: Service, text: string, oldId = NONE, last: Step = 'ended'): Promise<string> {
  const newId = commitIn(service.repository, text);
  await push(service, { oldId, newId, ref: 'refs/heads/main' }, last);
  return newId;
}

describe.each(STEPS)('a service that died when its push had %s', (last) => {
  const isStored = last !== 'begun';

  test('serves what is stored when it comes back, as all others do, and takes the next push', async () => {
    const service = await start();
    const one = await pushed(service, 'one');
    const two = await pushed(service, 'two', one, last);
    const now = isStored ? two : one;
    const again = await start(service.disk);
    expect(await refsAfter(again)).toEqual({ 'refs/heads/main': now });
    expect(await refsAfter(await start())).toEqual({ 'refs/heads/main': now });
    const three = await pushed(again, 'three', now);
    expect(await refsAfter(await start())).toEqual({ 'refs/heads/main': three });
  });
});

test('a push whose git died after it was stored is what its own service serves next', async () => {
  const service = await start();
  const one = await pushed(service, 'one');
  const two = commitIn(service.repository, 'two');
  const turn = await service.shared.begin(APP, service.repository);
  await turn.publish({ repository: service.repository }, [{ oldId: one, newId: two, ref: 'refs/heads/main' }]);
  await turn.end();
  expect(await refsAfter(service)).toEqual({ 'refs/heads/main': two });
  const three = await pushed(service, 'three', two);
  expect(await refsAfter(await start())).toEqual({ 'refs/heads/main': three });
});

test('while a push is decided its service serves what it has', async () => {
  const service = await start();
  const one = await pushed(service, 'one');
  const turn = await service.shared.begin(APP, service.repository);
  const two = commitIn(service.repository, 'two');
  await turn.publish({ repository: service.repository }, [{ oldId: one, newId: two, ref: 'refs/heads/main' }]);
  expect(await refsAfter(service)).toEqual({ 'refs/heads/main': one });
  git(service.repository, 'update-ref', 'refs/heads/main', two);
  await turn.end();
  expect(await refsAfter(service)).toEqual({ 'refs/heads/main': two });
});

test('a bundle that broke off on its way is asked for again', async () => {
  const one = await pushed(await start(), 'one');
  const other = await start();
  archive.breaks = true;
  await expect(refsAfter(other)).rejects.toThrow('broke off');
  expect(await refsAfter(other)).toEqual({ 'refs/heads/main': one });
});

test('a push that was made without knowing of another one is told so, before and when it is stored', async () => {
  const [first, second] = [await start(), await start()];
  const one = await pushed(first, 'one');
  const turn = await second.shared.begin(APP, second.repository);
  expect(await turn.isCurrent()).toBe(false);
  const newId = commitIn(second.repository, 'rival');
  expect(await turn.publish({ repository: second.repository }, [{ oldId: NONE, newId, ref: 'refs/heads/main' }])).toBe(
    false,
  );
  await turn.end();
  expect(await refsAfter(second)).toEqual({ 'refs/heads/main': one });
});

test('a repository whose archive is gone is not taken for the newest', async () => {
  const service = await start();
  await pushed(service, 'one');
  archive.bundles.clear();
  const turn = await service.shared.begin(APP, service.repository);
  expect(await turn.isCurrent()).toBe(false);
  await turn.end();
});
