import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Blobs } from '../../../../core/ports/blobs.ts';
import { openBuildFixture, until } from './build-fixture.ts';

// Real processes on a machine that may be busy.
jest.setTimeout(60_000);

type Fixture = Awaited<ReturnType<typeof openBuildFixture>>;
let fixture: Fixture;
afterEach(() => fixture.close());

const FAILED = '\n !     Push failed\n';
const BEGINS = '-----> Building on the Heroku-24 stack\n';

test.each(['', '../x', 'a/b', 'x'.repeat(65)])('%j names neither a build nor an app', async (id) => {
  fixture = await openBuildFixture();
  const order = { outputStreamId: 'stream', stack: 'heroku-24', source: { blobKey: 'x' }, buildpacks: [], config: {} };
  const start = (buildId: string, appId: string) =>
    fixture.builder.start({ ...order, buildId, appId, appName: 'shop', deadlineMs: Date.now() });
  await expect(start(id, 'app')).rejects.toThrow(`Not a build id: ${JSON.stringify(id)}`);
  await expect(start('build', id)).rejects.toThrow(`Not an app id: ${JSON.stringify(id)}`);
});

test('a build whose time is over before it begins is told so, by the minutes that it had', async () => {
  let nowMs = 0;
  fixture = await openBuildFixture({ now: () => nowMs });
  const buildpack = fixture.buildpack({ 'bin/compile': 'touch "$1/../begun"; sleep 60' });
  const { buildId, ended } = await fixture.start({ a: '' }, { buildpacks: [buildpack], deadlineMs: 200 });
  nowMs = 200;
  const { outcome, output } = await ended;
  expect(outcome).toEqual({ status: 'failed', message: 'Timed out compiling app (0 minutes)' });
  const see = ' !     See https://devcenter.heroku.com/articles/slug-compiler#time-limit\n';
  expect(output.endsWith(` !     Timed out compiling app (0 minutes)\n${see}${FAILED}`)).toBe(true);
  expect(buildId).toMatch(/^[0-9a-f-]{36}$/);
});

test('a platform that stops ends its builds and says so', async () => {
  fixture = await openBuildFixture();
  const buildpack = fixture.buildpack({ 'bin/compile': 'sleep 60' });
  const { ended } = await fixture.start({ a: '' }, { buildpacks: [buildpack] });
  await fixture.builder.close();
  const { outcome, output } = await ended;
  const message = 'The build was interrupted: the platform is stopping.';
  expect(outcome).toEqual({ status: 'failed', message });
  expect(output.endsWith(` !     ${message}\n${FAILED}`)).toBe(true);
  expect(fixture.reported).toEqual([]);
});

test('what breaks for a reason of the platform is told to the operator, and no more than that to the pusher', async () => {
  const broken = {
    get: async () => {
      throw new Error('the disk is gone');
    },
  } as unknown as Blobs;
  fixture = await openBuildFixture({ blobs: broken });
  const { outcome, output } = await fixture.build({ a: '' });
  const message = 'The build failed because of a platform error. Try again.';
  expect(outcome).toEqual({ status: 'failed', message });
  expect(output).toBe(`${BEGINS} !     ${message}\n${FAILED}`);
  expect(fixture.reported).toEqual([
    expect.stringMatching(/^build [0-9a-f-]{36} failed with a platform error Error: the disk is gone$/),
  ]);
});

test('who cannot take an outcome keeps it from nobody else', async () => {
  fixture = await openBuildFixture();
  const heard: string[] = [];
  fixture.builder.onOutcome(async () => {
    throw new Error('a bug');
  });
  fixture.builder.onOutcome(async (appId, _buildId, { status }) => {
    heard.push(`${appId} ${status}`);
  });
  await fixture.build(Buffer.from('no archive'), { appId: 'app-7' });
  await until(() => heard.length > 0);
  expect(heard).toEqual(['app-7 failed']);
  expect(fixture.reported).toEqual([
    expect.stringMatching(/^could not record the outcome of build [0-9a-f-]{36} Error: a bug$/),
  ]);
});

test('what a killed platform left of its builds goes at the next start, and an app’s cache when it is asked for', async () => {
  fixture = await openBuildFixture();
  await fixture.builder.cleanInterrupted();
  for (const path of ['builds/one', 'builds/two', 'build-cache/app-1', 'build-cache/app-2'])
    mkdirSync(join(fixture.directory, path), { recursive: true });
  writeFileSync(join(fixture.directory, 'builds/one/left'), '');
  await fixture.builder.cleanInterrupted();
  await fixture.builder.purgeBuildCache('app-1');
  expect(readdirSync(join(fixture.directory, 'builds'))).toEqual([]);
  expect(readdirSync(join(fixture.directory, 'build-cache'))).toEqual(['app-2']);
});

test('a source in no known language is refused in the words of Heroku', async () => {
  fixture = await openBuildFixture();
  const { outcome, output } = await fixture.build({ 'notes.txt': 'a' });
  const message = 'No default language could be detected for this app.';
  expect(outcome).toEqual({ status: 'failed', message });
  expect(output).toBe(
    [
      `${BEGINS}-----> Determining which buildpack to use for this app`,
      ` !     ${message}`,
      '                        HINT: This occurs when Heroku cannot detect the buildpack to use for this application automatically.',
      `                        See https://devcenter.heroku.com/articles/buildpacks\n${FAILED}`,
    ].join('\n'),
  );
});
