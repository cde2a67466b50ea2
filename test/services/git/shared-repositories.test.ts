import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createGitHandler } from '../../../services/git/git-handler.ts';
import { createSharedRepositories, type RepositoryArchive } from '../../../services/git/shared-repositories.ts';
import { until } from '../logs/until.ts';
import { gitProcesses } from './git-processes.ts';
import { MemoryArchive } from './memory-archive.ts';
import { openPushPlatform, type PushPlatform, type Ran, type SpeakingGit } from './push-platform.ts';

// Real git processes on a machine that may be busy.
jest.setTimeout(120_000);

let platform: PushPlatform;
let archive: MemoryArchive;
let servers: Server[] = [];
const problems: string[] = [];

beforeAll(async () => {
  platform = await openPushPlatform();
});
beforeEach(() => {
  archive = new MemoryArchive();
});
afterEach(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  servers = [];
  expect(problems).toEqual([]);
});
afterAll(() => platform.close());

/** A git service with its own disk. */
async function service(): Promise<(appName: string) => string> {
  const handler = createGitHandler({
    directory: mkdtempSync(join(platform.directory, 'git-')),
    apiUrl: `http://127.0.0.1:${platform.port}`,
    archive,
    problems: { report: (problem, error) => problems.push(`${problem} ${String(error)}`) },
  });
  const server = createServer((request, response) => void handler(request, response));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return (appName) => platform.remote(appName).replace(`:${platform.port}/`, `:${port}/`);
}

let count = 0;
async function createApp(): Promise<{ id: string; name: string }> {
  count += 1;
  return platform.api('POST', '/apps', { name: `shared-${count}` });
}

const createWork = () => platform.repository({ 'web.js': '', Procfile: 'web: node web.js\n' });

async function git(work: string, ...args: string[]): Promise<Ran> {
  const ran = await platform.git(work, args);
  if (ran.status !== 0) throw new Error(`git ${args.join(' ')}: ${ran.text}`);
  return ran;
}

async function commit(work: string, text: string): Promise<string> {
  writeFileSync(join(work, 'web.js'), text);
  await git(work, 'commit', '--quiet', '--all', '--message', text);
  return (await git(work, 'rev-parse', 'HEAD')).text.trim();
}

async function remoteRefs(url: string): Promise<Record<string, string>> {
  const { text } = await git(platform.directory, 'ls-remote', url);
  return Object.fromEntries(
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split('\t').reverse() as [string, string]),
  );
}

/** These tests read other processes, which macOS does not show. */
const linuxIt = existsSync('/proc/self') ? it : it.skip;

test('a push begins when what is being fetched is all there: nothing moves refs under the hands of git', async () => {
  const answers: (() => void)[] = [];
  const slow: RepositoryArchive = {
    read: () => new Promise((resolve) => answers.push(() => resolve({ kind: 'absent' }))),
    replace: async () => undefined,
  };
  const shared = createSharedRepositories(slow, platform.directory);
  const order: string[] = [];
  const refreshed = shared.refresh('app', platform.directory).then(() => order.push('fetched'));
  await until(() => answers.length === 1);
  const begun = shared.begin('app', platform.directory).then(() => order.push('begun'));
  // Long enough for a push that does not wait.
  await new Promise((resolve) => setTimeout(resolve, 50));
  for (const answer of answers) answer();
  await Promise.all([refreshed, begun]);
  expect(order).toEqual(['fetched', 'begun']);
});

describe('git services that share an archive', () => {
  it('let pushes to one app follow each other, each on what the one before has stored', async () => {
    const url = await service();
    const { name } = await createApp();
    const [one, two] = [await createWork(), await createWork()];
    let second: SpeakingGit | undefined;
    archive.onReplace = async () => {
      second = platform.speakingGit(two, ['push', url(name), 'main:refs/heads/two']);
      await until(() => second?.said().includes('Waiting for another push') === true);
    };
    await git(one, 'push', url(name), 'main:refs/heads/one');
    expect({ status: await second?.status, said: second?.said() }).toEqual({
      status: 0,
      said: expect.not.stringContaining('!'),
    });
    expect(Object.keys(await remoteRefs(url(name))).sort()).toEqual(['refs/heads/one', 'refs/heads/two']);
  });

  it('each serves what was pushed to the other, deletions too', async () => {
    const [first, second] = [await service(), await service()];
    const { name } = await createApp();
    const work = await createWork();
    const one = (await git(work, 'rev-parse', 'HEAD')).text.trim();
    await git(work, 'push', first(name), 'main', 'main:refs/heads/other', 'main:refs/tags/v1');
    expect(await remoteRefs(second(name))).toEqual({
      HEAD: one,
      'refs/heads/main': one,
      'refs/heads/other': one,
      'refs/tags/v1': one,
    });
    const two = await commit(work, 'two');
    await git(work, 'push', second(name), 'main', ':refs/heads/other');
    expect(await remoteRefs(first(name))).toEqual({ HEAD: two, 'refs/heads/main': two, 'refs/tags/v1': one });
    const clone = mkdtempSync(join(platform.directory, 'clone-'));
    await git(clone, 'clone', '--quiet', first(name), 'shop');
    expect(readFileSync(join(clone, 'shop', 'web.js'), 'utf8')).toBe('two');
  });

  it('outlive their disks', async () => {
    const { name, id } = await createApp();
    const work = await createWork();
    await git(work, 'push', (await service())(name), 'main');
    const two = await commit(work, 'two');
    await git(work, 'push', (await service())(name), 'main');
    expect((await remoteRefs((await service())(name)))['refs/heads/main']).toBe(two);
    expect(archive.bundles.get(id)?.version).toBe('2');
  });

  it('read a bundle only when it is not the one they wrote', async () => {
    const remote = await service();
    const { name } = await createApp();
    const work = await createWork();
    await git(work, 'push', remote(name), 'main');
    await commit(work, 'two');
    await git(work, 'push', remote(name), 'main');
    await remoteRefs(remote(name));
    expect(archive.reads).toBe(0);
  });

  it('lose neither of two pushes at the same time: one is refused, and comes again with both', async () => {
    const [first, second] = [await service(), await service()];
    const { name } = await createApp();
    const work = await createWork();
    await git(work, 'push', first(name), 'main');
    const rival = mkdtempSync(join(platform.directory, 'rival-'));
    await git(rival, 'clone', '--quiet', second(name), '.');
    const theirs = await commit(rival, 'theirs');
    archive.onReplace = async () => {
      await git(rival, 'push', second(name), 'main');
    };
    writeFileSync(join(work, 'ours.js'), '');
    await git(work, 'add', '--all');
    await git(work, 'commit', '--quiet', '--message', 'ours');
    const refused = await platform.git(work, ['push', first(name), 'main']);
    expect(refused.status).not.toBe(0);
    expect(refused.text).toContain(`The repository of ${name} was changed by another push meanwhile.`);
    expect((await remoteRefs(first(name)))['refs/heads/main']).toBe(theirs);
    await git(work, 'pull', '--quiet', '--rebase', first(name), 'main');
    await git(work, 'push', first(name), 'main');
    const { text } = await git(work, 'log', '--format=%s');
    expect(text.split('\n').filter(Boolean)).toEqual(['ours', 'theirs', 'First commit']);
    expect(await remoteRefs(second(name))).toEqual(await remoteRefs(first(name)));
  });

  it('keep a branch that is not deployed, and an app whose last branch was deleted', async () => {
    const [first, second] = [await service(), await service()];
    const { name } = await createApp();
    const work = await createWork();
    await git(work, 'push', first(name), 'main:refs/heads/draft');
    expect(Object.keys(await remoteRefs(second(name)))).toEqual(['refs/heads/draft']);
    await git(work, 'push', second(name), ':refs/heads/draft');
    expect(await remoteRefs(first(name))).toEqual({});
  });

  it('serve a clone while a push of theirs is built', async () => {
    const remote = await service();
    const { name } = await createApp();
    const work = await createWork();
    const one = (await git(work, 'rev-parse', 'HEAD')).text.trim();
    await git(work, 'push', remote(name), 'main');
    await commit(work, 'two');
    let seen: Record<string, string> = {};
    archive.onReplace = async () => {
      seen = await remoteRefs(remote(name));
    };
    await git(work, 'push', remote(name), 'main');
    expect(seen['refs/heads/main']).toBe(one);
  });

  it('have a clone check out what is deployed, whoever was pushed to', async () => {
    const [first, second] = [await service(), await service()];
    const { name } = await createApp();
    const work = await createWork();
    const checkedOut = async (url: string) => {
      const clone = mkdtempSync(join(platform.directory, 'clone-'));
      await git(clone, 'clone', '--quiet', url, '.');
      return readFileSync(join(clone, 'web.js'), 'utf8');
    };
    await commit(work, 'on master');
    await git(work, 'push', first(name), 'main:master');
    expect(await checkedOut(second(name))).toBe('on master');
    await commit(work, 'on main');
    await git(work, 'push', first(name), 'main');
    expect(await checkedOut(first(name))).toBe('on main');
    expect(await checkedOut(second(name))).toBe('on main');
  });

  it('accept no push that could not be stored, and say so', async () => {
    const remote = await service();
    const { name } = await createApp();
    const work = await createWork();
    archive.onReplace = async () => {
      throw new Error('the archive is out of reach');
    };
    const refused = await platform.git(work, ['push', remote(name), 'main']);
    expect(refused.status).not.toBe(0);
    expect(refused.text).toContain('The platform had a problem. Try again.');
    expect(problems.splice(0)).toEqual([expect.stringContaining('the archive is out of reach')]);
    expect(await remoteRefs(remote(name))).toEqual({});
    await git(work, 'push', remote(name), 'main');
  });

  linuxIt('serve what was stored though git was killed before it moved its own branch', async () => {
    const [first, second] = [await service(), await service()];
    const { name, id } = await createApp();
    const work = await createWork();
    await git(work, 'push', first(name), 'main');
    const two = await commit(work, 'two');
    archive.onStored = () => {
      archive.onStored = () => {};
      for (const processId of gitProcesses(id)) process.kill(processId, 'SIGKILL');
    };
    const broken = await platform.git(work, ['push', first(name), 'main']);
    expect(broken.status).not.toBe(0);
    // The service may not yet have noticed the end of its git.
    await until(async () => (await remoteRefs(first(name)))['refs/heads/main'] === two);
    expect(await remoteRefs(second(name))).toEqual(await remoteRefs(first(name)));
    const three = await commit(work, 'three');
    await git(work, 'push', first(name), 'main');
    expect((await remoteRefs(second(name)))['refs/heads/main']).toBe(three);
    problems.length = 0;
  });
});
