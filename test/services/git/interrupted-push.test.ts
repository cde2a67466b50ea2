import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Release } from '../../../client/shapes.ts';
import { completeReleasePhase } from '../../../core/release/complete-release-phase.ts';
import { gitProcesses } from './git-processes.ts';
import { openPushPlatform, type PushPlatform } from './push-platform.ts';

// Real processes on a machine that may be busy.
jest.setTimeout(60_000);

let platform: PushPlatform;
beforeEach(async () => {
  platform = await openPushPlatform();
});
afterEach(() => platform.close());

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = Date.now() + 15_000;
  while (!(await condition())) {
    if (Date.now() > endMs) throw new Error(`never: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A buildpack that builds as long as the test wants, and shows that it has started. */
function slowBuildpack(): { readonly path: string; started(): boolean; letGo(): void } {
  const path = join(platform.directory, 'slow-buildpack');
  mkdirSync(join(path, 'bin'), { recursive: true });
  const scripts = {
    detect: 'echo Slow',
    compile: `touch ${path}/started; while [ ! -f ${path}/go ]; do sleep 0.02; done`,
  };
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(join(path, 'bin', name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(path, 'bin', name), 0o755);
  }
  return {
    path,
    started: () => existsSync(join(path, 'started')),
    letGo: () => writeFileSync(join(path, 'go'), ''),
  };
}

async function createApp(buildpack?: string): Promise<{ readonly id: string; readonly name: string }> {
  const app = await platform.api<{ id: string; name: string }>('POST', '/apps', { name: 'shop' });
  if (buildpack !== undefined) {
    await platform.api('PUT', '/apps/shop/buildpack-installations', { updates: [{ buildpack }] });
  }
  return app;
}

const branch = async (work: string) =>
  (await platform.git(work, ['ls-remote', platform.remote('shop'), 'main'])).text.slice(0, 40);
const head = async (work: string) => (await platform.git(work, ['rev-parse', 'HEAD'])).text.trim();

test('Ctrl-C while it builds: the build goes on, and the branch moves to what was deployed', async () => {
  const slow = slowBuildpack();
  await createApp(slow.path);
  const work = await platform.repository({ Procfile: 'web: a' });
  const push = spawn('git', ['push', platform.remote('shop'), 'main'], { cwd: work, stdio: 'ignore', detached: true });
  await until(slow.started);
  process.kill(-(push.pid ?? 0), 'SIGKILL');
  slow.letGo();
  await until(async () => (await branch(work)) === (await head(work)));
  const releases = await platform.api<Release[]>('GET', '/apps/shop/releases');
  expect(releases.at(-1)).toMatchObject({ status: 'succeeded' });
});

test('a push beside another one waits its turn, and is refused when the branch has moved', async () => {
  const slow = slowBuildpack();
  await createApp(slow.path);
  const [first, second] = await Promise.all([
    platform.repository({ Procfile: 'web: a' }),
    platform.repository({ Procfile: 'web: b' }),
  ]);
  const one = platform.git(first, ['push', platform.remote('shop'), 'main']);
  await until(slow.started);
  const two = platform.speakingGit(second, ['push', platform.remote('shop'), 'main']);
  await until(() => two.said().includes('Waiting for another push to shop to finish...'));
  slow.letGo();
  expect((await one).status).toBe(0);
  expect(await two.status).not.toBe(0);
  expect(two.said()).toContain('refs/heads/main was changed by another push meanwhile.');
  expect(await branch(first)).toBe(await head(first));
  expect(await platform.api('GET', '/apps/shop/builds')).toHaveLength(1);
});

/** These tests read other processes, which macOS does not show. */
const linuxTest = existsSync('/proc/self') ? test : test.skip;

linuxTest('kill -9 of git in the middle of a push leaves a repository that works', async () => {
  const slow = slowBuildpack();
  const app = await createApp(slow.path);
  const work = await platform.repository({ Procfile: 'web: a' });
  const pushed = platform.git(work, ['push', platform.remote('shop'), 'main']);
  await until(slow.started);
  const ids = gitProcesses(app.id);
  expect(ids).not.toEqual([]);
  for (const id of ids) process.kill(id, 'SIGKILL');
  expect((await pushed).status).not.toBe(0);
  slow.letGo();
  expect(await branch(work)).toBe('');
  // A lock that git held at that moment.
  const repository = join(platform.directory, 'git', `${app.id}.git`);
  const lock = join(repository, 'refs', 'heads', 'main.lock');
  writeFileSync(lock, '');
  utimesSync(lock, new Date(Date.now() - 60_000), new Date(Date.now() - 60_000));
  const again = await platform.git(work, ['push', platform.remote('shop'), 'main']);
  expect(again.status).toBe(0);
  expect(await branch(work)).toBe(await head(work));
  expect(readdirSync(join(repository, 'objects')).filter((entry) => entry.includes('incoming')).length).toBeLessThan(2);
});

linuxTest('the token is in no argument, environment or file of what a push runs', async () => {
  const slow = slowBuildpack();
  await createApp(slow.path);
  const work = await platform.repository({ Procfile: 'web: a' });
  // Through the environment, so that the client's own arguments, which may contain it, do not count.
  const pushed = platform.git(work, ['push', `http://127.0.0.1:${platform.port}/shop.git`, 'main'], {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'http.extraHeader',
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${Buffer.from(`x:${platform.token}`).toString('base64')}`,
  });
  await until(slow.started);
  const found = readdirSync('/proc').filter((name) => {
    try {
      const own = /^\d+$/.test(name) && Number(name) !== process.pid;
      return (
        own &&
        ['cmdline', 'environ'].some((file) => readFileSync(`/proc/${name}/${file}`, 'utf8').includes(platform.token))
      );
    } catch {
      return false;
    }
  });
  slow.letGo();
  expect((await pushed).status).toBe(0);
  expect(found).toEqual([]);
  expect(platform.requests.filter((line) => line.split(' {')[0]?.includes(platform.token))).toEqual([]);
});

test.each([
  { outcome: 'succeeded' as const, last: ['Waiting for release.... done.'] },
  {
    outcome: 'failed' as const,
    last: [
      'Waiting for release.... failed.',
      ' !   Release command failed: v3 was not released; the app stays on its current release.',
    ],
  },
])('a release phase that $outcome: its output follows, the push succeeds', async ({ outcome, last }) => {
  const app = await createApp();
  const work = await platform.repository({ Procfile: 'web: a\nrelease: b\n' });
  const pushed = platform.git(work, ['push', platform.remote('shop'), 'main']);
  let release: Release | undefined;
  await until(async () => {
    const releases = await platform.api<Release[]>('GET', '/apps/shop/releases');
    release = releases.find(({ status }) => status === 'pending');
    return release !== undefined;
  });
  const { outputStreamId } = await readPending(app.id, release?.version ?? 0);
  // The command starts late: until then its stream does not exist.
  await new Promise((resolve) => setTimeout(resolve, 150));
  platform.platform.outputs.append(outputStreamId, 'migrating\n');
  await completeReleasePhase(platform.platform, app.id, release?.version ?? 0, outcome);
  const { status, text } = await pushed;
  expect(status).toBe(0);
  const lines = text.split(/\r?\n/).filter((line) => line.startsWith('remote:'));
  expect(lines.map((line) => line.replace(/^remote: ?/, '').trimEnd()).slice(-4 - last.length)).toEqual([
    'Verifying deploy... done.',
    'Running release command....',
    '',
    'migrating',
    ...last,
  ]);
});

async function readPending(appId: string, version: number): Promise<{ readonly outputStreamId: string }> {
  const { readRelease } = await import('../../../core/release/find-release.ts');
  const release = await readRelease(platform.platform, appId, version);
  if (release?.outputStreamId === undefined) throw new Error('the release has no output stream');
  return { outputStreamId: release.outputStreamId };
}
