import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PlatformClient } from '../../../client/platform-client.ts';
import type { PlatformRefusal } from '../../../client/send.ts';
import type { Build, Release } from '../../../client/shapes.ts';
import { applyBundle, readRefs, writeBundle } from '../../../services/git/bundle.ts';
import { archiveCommit, commitIsCurrent, commitSubject } from '../../../services/git/commit.ts';
import { deployCommit } from '../../../services/git/deploy.ts';
import { pointHead } from '../../../services/git/head.ts';
import { runGit } from './run-git.ts';

const MEBIBYTE = 1024 * 1024;

let directory: string;
let repository: string;
let uploads: string;
let server: Server;
let url: string;
/** Uploads, and each stream's content. */
let put: { path: string; bytes: number }[];
let putStatus: number;

const git = (args: readonly string[], input: string | Buffer = '') => runGit(repository, args, { input });
const blob = (content: string | Buffer) => git(['hash-object', '-w', '--stdin'], content);
const commit = (entries: readonly string[], message = 'One') =>
  git(['commit-tree', '-m', message, git(['mktree', '--missing'], entries.map((entry) => `${entry}\n`).join(''))]);

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'deploy-words-'));
  repository = join(directory, 'repository');
  uploads = join(directory, 'uploads');
  mkdirSync(uploads);
  execFileSync('git', ['init', '--quiet', '--bare', repository]);
  server = createServer((request, response) => {
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    request.on('end', () => {
      if (request.method === 'PUT') {
        put.push({ path: request.url ?? '', bytes });
        response.writeHead(putStatus).end();
      } else response.end(`output of ${request.url}\n`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  [put, putStatus] = [[], 200];
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(directory, { recursive: true, force: true });
});

interface Asked {
  readonly id: string;
  readonly build?: Partial<Build>;
  readonly releases?: readonly Partial<Release>[];
}

/** Deploys with this build and release; returns the answer, the text for the pusher, and the requests to the platform. */
async function deployed({ id, build = {}, releases = [] }: Asked) {
  const asked: unknown[] = [];
  const left = [...releases];
  const answer = (what: string, ...rest: unknown[]) => asked.push([what, ...rest]);
  const built = () => ({ id: 'b', status: 'succeeded', output_stream_url: `${url}/build`, release: null, ...build });
  const client = {
    createSource: async (app: string) => {
      answer('source', app);
      return { source_blob: { get_url: 'get', put_url: `${url}/put` } };
    },
    createBuild: async (app: string, source: unknown) => {
      answer('build', app, source);
      return { ...built(), status: 'pending' };
    },
    build: async (app: string, buildId: string) => {
      answer('look', app, buildId);
      return built();
    },
    release: async (app: string, releaseId: string) => {
      answer('release', app, releaseId);
      return { version: 7, status: 'succeeded', output_stream_url: null, ...left.shift() };
    },
  } as unknown as PlatformClient;
  let said = '';
  const isDeployed = await deployCommit({
    ...{ client, appName: 'shop', source: { repository }, commit: id, temporaryDirectory: uploads },
    say: async (text) => {
      said += text.toString();
    },
  });
  return { isDeployed, said, asked };
}

const BEGINS = (id: string, files: number) =>
  `Updated ${files} paths from ${id.slice(0, 7)}\nCompressing source files... done.\nBuilding source:\n\n`;
const OUTPUT = 'output of /build\n';
const REJECTED = '\n!\tPush rejected to shop.\n\n';

test('a build without a release phase: what the platform is asked, and what the pusher reads', async () => {
  const id = commit([`100644 blob ${blob('a')}\ta`], `The subject\n\nAnd more.`);
  expect(await deployed({ id })).toEqual({
    isDeployed: true,
    said: `${BEGINS(id, 1)}${OUTPUT}Verifying deploy... done.\n`,
    asked: [
      ['source', 'shop'],
      ['build', 'shop', { url: 'get', version: id, version_description: 'The subject' }],
      ['look', 'shop', 'b'],
    ],
  });
  expect(put).toEqual([{ path: '/put', bytes: expect.any(Number) }]);
  expect(readdirSync(uploads)).toEqual([]);
});

test.each(['failed', 'canceled'])('a build that is %s refuses the push', async (status) => {
  const id = commit([`100644 blob ${blob('a')}\ta`]);
  const { isDeployed, said } = await deployed({ id, build: { status, release: { id: 'r' } } });
  expect([isDeployed, said]).toEqual([false, `${BEGINS(id, 1)}${OUTPUT}Verifying deploy....\n${REJECTED}`]);
});

test('submodules are not fetched, and the pusher is told', async () => {
  const id = commit([`100644 blob ${blob('a')}\ta`, `160000 commit ${'1'.repeat(40)}\tvendored`]);
  expect((await deployed({ id })).said).toBe(
    `${BEGINS(id, 1)} !     Warning: submodules are not fetched: their directories are empty in this build.\n${OUTPUT}Verifying deploy... done.\n`,
  );
});

const PHASE = { output_stream_url: '' };

test.each([
  { name: 'none', releases: [{}], says: '' },
  {
    name: 'one that succeeds',
    releases: [{ ...PHASE, status: 'pending' }, { ...PHASE }],
    says: 'Running release command....\n\noutput of /phase\nWaiting for release.... done.\n',
  },
  {
    name: 'one that fails',
    releases: [
      { ...PHASE, status: 'pending' },
      { ...PHASE, status: 'failed' },
    ],
    says: 'Running release command....\n\noutput of /phase\nWaiting for release.... failed.\n !   Release command failed: v7 was not released; the app stays on its current release.\n',
  },
])('a release phase, $name: the push succeeds', async ({ releases, says }) => {
  const id = commit([`100644 blob ${blob('a')}\ta`]);
  const given = releases.map((each) =>
    'output_stream_url' in each ? { ...each, output_stream_url: `${url}/phase` } : each,
  );
  const { isDeployed, said, asked } = await deployed({ id, build: { release: { id: 'r' } }, releases: given });
  expect([isDeployed, said]).toEqual([true, `${BEGINS(id, 1)}${OUTPUT}Verifying deploy... done.\n${says}`]);
  expect(asked.slice(3)).toEqual(releases.map(() => ['release', 'shop', 'r']));
});

test('what is no commit is not built', async () => {
  const id = blob('a');
  const { isDeployed, said, asked } = await deployed({ id });
  expect([isDeployed, said]).toEqual([false, ` !     ${id} is not a commit.\n${REJECTED}`]);
  expect(asked).toEqual([['source', 'shop']]);
  expect((await deployed({ id: 'f'.repeat(40) })).said).toBe(` !     ${'f'.repeat(40)} is not a commit.\n${REJECTED}`);
});

test('a checkout of one byte more than 1 GB is refused before anything is sent', async () => {
  const large = blob(Buffer.alloc(4 * MEBIBYTE));
  const entries = Array.from({ length: 256 }, (_, index) => `100644 blob ${large}\t${index}`);
  const { isDeployed, said } = await deployed({ id: commit([...entries, `100644 blob ${blob('a')}\ta`]) });
  const words = ' !     Your checkout has 1025 MB, the limit is 1 GB (1024 MB).\n';
  expect([isDeployed, said, put]).toEqual([false, words + REJECTED, []]);
});

test.each([
  { status: 200, taken: true },
  { status: 299, taken: true },
  { status: 300, taken: false },
])('a source that is put and answered $status is taken: $taken', async ({ status, taken }) => {
  putStatus = status;
  const id = commit([`100644 blob ${blob('a')}\ta`]);
  const answer = await deployed({ id }).then(
    ({ isDeployed }) => isDeployed,
    ({ explanation }: PlatformRefusal) => explanation,
  );
  expect(answer).toBe(taken || 'The platform answered 300.');
});

test('a source that is not taken leaves nothing behind', async () => {
  putStatus = 507;
  const id = commit([`100644 blob ${blob('a')}\ta`]);
  await expect(deployed({ id })).rejects.toThrow('The platform answered 507.');
  expect(readdirSync(uploads)).toEqual([]);
});

describe('a commit', () => {
  test('has a subject of at most 1,000 characters; what is none has no subject', async () => {
    const subject = (message: string) => commitSubject({ repository }, commit([], message));
    expect(await subject('s'.repeat(1_001))).toBe('s'.repeat(1_000));
    expect(await subject('  One\ntwo\n\nthree')).toBe('One two');
    expect(await commitSubject({ repository }, 'f'.repeat(40))).toBeUndefined();
  });

  test('is where its pusher saw it, or is not', async () => {
    const id = commit([], 'where');
    git(['update-ref', 'refs/heads/here', id]);
    const isCurrent = (ref: string, oldId: string) => commitIsCurrent({ repository }, `refs/heads/${ref}`, oldId);
    expect(await isCurrent('here', id)).toBe(true);
    expect(await isCurrent('here', '0'.repeat(40))).toBe(false);
    expect(await isCurrent('here', '1'.repeat(40))).toBe(false);
    expect(await isCurrent('gone', '0'.repeat(40))).toBe(true);
    expect(await isCurrent('gone', id)).toBe(false);
    expect(await isCurrent('gone', `${'1'.repeat(39)}0`)).toBe(false);
    expect(await isCurrent('gone', `0${'1'.repeat(39)}`)).toBe(false);
  });

  test('that is not there has no tarball', async () => {
    await expect(archiveCommit({ repository }, 'f'.repeat(40), join(directory, 'none.tgz'))).rejects.toThrow(
      'git archive ended with 128',
    );
  });
});

describe('a bundle', () => {
  const bare = (name: string) => {
    const path = join(directory, name);
    execFileSync('git', ['init', '--quiet', '--bare', path]);
    return path;
  };

  test('has these refs, whatever the repository has, and makes another one the same', async () => {
    const [one, two] = [commit([], 'bundle one'), commit([`100644 blob ${blob('b')}\tb`], 'bundle two')];
    const refs = new Map([
      ['refs/heads/one', one],
      ['refs/tags/two', two],
      ['refs/tags/same', two],
    ]);
    const path = join(directory, 'a.bundle');
    await writeBundle({ repository }, refs, path);
    const other = bare('other');
    await applyBundle(other, path);
    expect(await readRefs(other)).toEqual(refs);
    await writeBundle({ repository }, new Map([['refs/heads/two', two]]), path);
    await applyBundle(other, path);
    expect([...(await readRefs(other))]).toEqual([['refs/heads/two', two]]);
    const empty = join(directory, 'empty.bundle');
    await writeBundle({ repository }, new Map(), empty);
    expect(statSync(empty).size).toBe(0);
    await applyBundle(other, empty);
    expect((await readRefs(other)).size).toBe(0);
  });

  test('of what is not there is none', async () => {
    const refs = new Map([['refs/heads/x', 'f'.repeat(40)]]);
    await expect(writeBundle({ repository }, refs, join(directory, 'b.bundle'))).rejects.toThrow(
      'git pack-objects ended with 128',
    );
  });
});

test.each([
  { packed: false, was: 'main', branches: ['master'], is: 'master' },
  { packed: true, was: 'main', branches: ['master'], is: 'master' },
  { packed: false, was: 'master', branches: ['master', 'main'], is: 'main' },
  { packed: true, was: 'master', branches: ['master', 'main'], is: 'main' },
  { packed: true, was: 'topic', branches: ['topic'], is: 'topic' },
])(
  'of branches $branches HEAD, which named $was, names $is (packed: $packed)',
  async ({ packed, was, branches, is }) => {
    const path = mkdtempSync(join(directory, 'head-'));
    execFileSync('git', ['init', '--quiet', '--bare', `--initial-branch=${was}`, path]);
    const id = commit([], 'head');
    writeFileSync(join(path, 'objects', 'info', 'alternates'), `${repository}/objects\n`);
    for (const branch of branches) execFileSync('git', ['update-ref', `refs/heads/${branch}`, id], { cwd: path });
    if (packed) execFileSync('git', ['pack-refs', '--all'], { cwd: path });
    await pointHead(path);
    expect(execFileSync('git', ['symbolic-ref', 'HEAD'], { cwd: path, encoding: 'utf8' })).toBe(`refs/heads/${is}\n`);
  },
);
