import { openPushPlatform, type PushPlatform } from './push-platform.ts';

// Real processes on a machine that may be busy.
jest.setTimeout(60_000);

let platform: PushPlatform;
let work: string;
let name: string;
beforeAll(async () => {
  platform = await openPushPlatform();
});
afterAll(() => platform.close());
beforeEach(async () => {
  ({ name } = await platform.api<{ name: string }>('POST', '/apps', {}));
  work = await platform.repository({ Procfile: 'web: a' });
});

const git = (...args: readonly string[]) => platform.git(work, args);
const push = (...refs: readonly string[]) => git('push', platform.remote(name), ...refs);
const builds = async () => (await platform.api<readonly unknown[]>('GET', `/apps/${name}/builds`)).length;
const idOf = async (ref: string) => (await git('rev-parse', ref)).text.trim();
const remoteRefs = async () => (await git('ls-remote', platform.remote(name))).text;

test('I push an annotated tag to main: refused before anything is built, with the line that deploys it', async () => {
  await git('tag', '-a', 'v2.0', '-m', 'two');
  const pushed = await push('v2.0:refs/heads/main');
  expect(pushed.status).toBe(1);
  expect(pushed.text).toMatch(/remote: {2}!\s+git refuses this: .*non-commit object/);
  expect(pushed.text).toMatch(/git push heroku TAG\^\{\}:main/);
  expect(await builds()).toBe(0);
  expect((await push('v2.0^{}:refs/heads/main')).status).toBe(0);
  expect(await builds()).toBe(1);
  expect(await remoteRefs()).toContain(`${await idOf('HEAD')}\trefs/heads/main`);
});

test('a branch main/x is there: a push to main is refused before anything is built, until it is gone', async () => {
  expect((await push('HEAD:refs/heads/main/x')).status).toBe(0);
  const pushed = await push('HEAD:refs/heads/main');
  expect(pushed.status).toBe(1);
  expect(pushed.text).toMatch(/git refuses this: .*'refs\/heads\/main\/x' exists; cannot create 'refs\/heads\/main'/);
  expect(await builds()).toBe(0);
  expect((await push(':refs/heads/main/x')).status).toBe(0);
  expect((await push('HEAD:refs/heads/main')).status).toBe(0);
});

test('main and a name below it in one push: nothing is built', async () => {
  const pushed = await push('HEAD:refs/heads/main', 'HEAD:refs/heads/main/x');
  expect(pushed.status).toBe(1);
  expect([await builds(), await remoteRefs()]).toEqual([0, '']);
});

test('main beside other refs, new, moved and deleted, is deployed with all of them', async () => {
  await push('HEAD:refs/heads/old', 'HEAD:refs/tags/v1', 'HEAD:refs/heads/main');
  await git('commit', '--quiet', '--allow-empty', '--message', 'two');
  await git('tag', '-a', 'v2', '-m', 'two');
  expect((await push('-f', ':refs/heads/old', 'HEAD:refs/tags/v1', 'v2', 'HEAD:refs/heads/main')).status).toBe(0);
  const [head, tag] = [await idOf('HEAD'), await idOf('v2')];
  expect((await remoteRefs()).split('\n').filter((line) => line !== '' && !line.endsWith('HEAD'))).toEqual([
    ...[`${head}\trefs/heads/main`, `${head}\trefs/tags/v1`, `${tag}\trefs/tags/v2`, `${head}\trefs/tags/v2^{}`],
  ]);
  expect(await builds()).toBe(2);
});
