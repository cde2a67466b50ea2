import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BlobStorageFull } from '../../../core/build/blob-error.ts';
import { openPushPlatform, type PushPlatform } from './push-platform.ts';

// Real processes on a machine that may be busy.
jest.setTimeout(60_000);

let platform: PushPlatform;
beforeAll(async () => {
  platform = await openPushPlatform();
});
afterAll(() => platform.close());

const NODE_APP = {
  'package.json': JSON.stringify({ name: 'shop', scripts: { start: 'node web.js' } }),
  'web.js': 'require("node:http").createServer().listen(process.env.PORT)',
  Procfile: 'web: node web.js\nworker: node worker.js\n',
};

let count = 0;
async function createApp(): Promise<{ id: string; name: string }> {
  count += 1;
  return platform.api('POST', '/apps', { name: `shop-${count}` });
}

/** The platform's lines in the pusher's output, without git's own progress. */
const remoteLines = (text: string) =>
  text
    .split(/\r?\n/)
    .filter((line) => line.startsWith('remote:'))
    .map((line) => line.replace(/^remote: ?/, '').trimEnd());

test('a push to main builds, releases and tells the pusher in the words of Heroku', async () => {
  const app = await createApp();
  const work = await platform.repository(NODE_APP);
  const pushed = await platform.git(work, ['push', platform.remote(app.name), 'main']);
  const commit = (await platform.git(work, ['rev-parse', 'HEAD'])).text.trim();
  expect(pushed.status).toBe(0);
  expect(remoteLines(pushed.text)).toEqual([
    `Updated 3 paths from ${commit.slice(0, 7)}`,
    'Compressing source files... done.',
    'Building source:',
    '',
    '-----> Building on the Heroku-24 stack',
    '-----> Determining which buildpack to use for this app',
    '-----> Node.js app detected',
    '-----> Creating runtime environment',
    '       NODE_ENV=production',
    '-----> Installing binaries',
    '       engines.node (package.json):  unspecified',
    '       engines.npm (package.json):   unspecified',
    `       Using the machine's Node.js ${process.versions.node}`,
    '-----> Installing dependencies',
    '       package.json declares no dependencies: nothing to install',
    '-----> Build succeeded!',
    '-----> Discovering process types',
    '       Procfile declares types -> web, worker',
    '',
    '-----> Compressing...',
    expect.stringMatching(/^ {7}Done: \d+\.\dK$/),
    '-----> Launching...',
    expect.stringMatching(/^ {7}Released v\d+$/),
    `       http://${app.name}.localhost:8080/ deployed to Heroku`,
    '',
    'Verifying deploy... done.',
  ]);
  const [build] = await platform.api<{ status: string; source_blob: { version: string } }[]>(
    'GET',
    `/apps/${app.name}/builds`,
  );
  expect(build).toMatchObject({
    status: 'succeeded',
    source_blob: { version: commit, version_description: 'First commit' },
  });
});

test('a build that fails rejects the push, and the same commit can be pushed again', async () => {
  const app = await createApp();
  const work = await platform.repository({ 'README.md': 'nothing to run' });
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const pushed = await platform.git(work, ['push', platform.remote(app.name), 'main']);
    expect(pushed.status).not.toBe(0);
    expect(pushed.text).toContain('(pre-receive hook declined)');
    expect(remoteLines(pushed.text).slice(-9)).toEqual([
      ' !     No default language could be detected for this app.',
      '                        HINT: This occurs when Heroku cannot detect the buildpack to use for this application automatically.',
      '                        See https://devcenter.heroku.com/articles/buildpacks',
      '',
      ' !     Push failed',
      'Verifying deploy....',
      '',
      `!\tPush rejected to ${app.name}.`,
      '',
    ]);
  }
  const listed = await platform.git(work, ['ls-remote', platform.remote(app.name)]);
  expect(listed.text).toBe('');
});

test.each([
  {
    name: 'another branch is stored and not built',
    prepare: [['branch', 'topic']],
    push: ['topic'],
    says: ['Pushed to non-main branch, skipping build.'],
    refs: ['refs/heads/topic'],
  },
  {
    name: 'a tag is stored and not built',
    prepare: [['tag', '-a', 'v1.0', '-m', 'one']],
    push: ['v1.0'],
    says: [
      'Pushed tag v1.0, nothing was deployed.',
      'To deploy it, push what it names to main: git push heroku v1.0^{}:refs/heads/main',
    ],
    refs: ['refs/tags/v1.0', 'refs/tags/v1.0^{}'],
  },
])('$name', async ({ prepare, push, says, refs }) => {
  const app = await createApp();
  const work = await platform.repository(NODE_APP);
  for (const args of prepare) await platform.git(work, args);
  const pushed = await platform.git(work, ['push', platform.remote(app.name), ...push]);
  expect(pushed.status).toBe(0);
  expect(remoteLines(pushed.text)).toEqual(says);
  expect(await platform.api('GET', `/apps/${app.name}/builds`)).toEqual([]);
  const listed = await platform.git(work, ['ls-remote', platform.remote(app.name)]);
  expect(
    listed.text
      .trim()
      .split('\n')
      .map((line) => line.split('\t')[1]),
  ).toEqual(refs);
});

test('a source that cannot be uploaded leaves nothing behind on the disk of the service', async () => {
  const app = await createApp();
  const work = await platform.repository(NODE_APP);
  const { blobs } = platform.platform;
  const { put } = blobs;
  blobs.put = async () => {
    throw new BlobStorageFull();
  };
  const pushed = await platform.git(work, ['push', platform.remote(app.name), 'main']);
  blobs.put = put;
  expect(pushed.status).not.toBe(0);
  expect(pushed.text).toContain('The disk of the platform is full.');
  expect(readdirSync(join(platform.directory, 'git', 'uploads'))).toEqual([]);
});

test('master builds too, and a clone then checks it out', async () => {
  const app = await createApp();
  const work = await platform.repository(NODE_APP);
  await platform.git(work, ['branch', '--move', 'master']);
  const pushed = await platform.git(work, ['push', platform.remote(app.name), 'master', '--quiet']);
  expect(pushed.status).toBe(0);
  const cloned = await platform.git(platform.directory, ['clone', '--quiet', platform.remote(app.name), 'cloned']);
  expect(cloned).toEqual({ status: 0, text: '' });
  expect(readdirSync(join(platform.directory, 'cloned')).sort()).toEqual([
    '.git',
    'Procfile',
    'package.json',
    'web.js',
  ]);
});

test('main cannot be deleted, another branch can', async () => {
  const app = await createApp();
  const work = await platform.repository(NODE_APP);
  await platform.git(work, ['push', platform.remote(app.name), 'main', 'main:topic']);
  const main = await platform.git(work, ['push', platform.remote(app.name), ':main']);
  expect(main.status).not.toBe(0);
  expect(main.text).toContain('The branch main is deployed and cannot be deleted.');
  const topic = await platform.git(work, ['push', platform.remote(app.name), ':topic']);
  expect(topic.status).toBe(0);
});

test.each([
  { name: 'the repository a renamed app had', rename: true },
  { name: 'the pushed history', rename: false },
])('a second push finds $name', async ({ rename }) => {
  const app = await createApp();
  const work = await platform.repository(NODE_APP);
  await platform.git(work, ['push', platform.remote(app.name), 'main']);
  const name = rename ? `renamed-${app.name}` : app.name;
  if (rename) await platform.api('PATCH', `/apps/${app.name}`, { name });
  const again = await platform.git(work, ['push', platform.remote(name), 'main']);
  expect(again.text).toContain('Everything up-to-date');
  writeFileSync(join(work, 'more.txt'), 'more');
  await platform.git(work, ['add', '--all']);
  await platform.git(work, ['commit', '--quiet', '--message', 'More']);
  const pushed = await platform.git(work, ['push', platform.remote(name), 'main']);
  expect(pushed.text).toContain('-----> Using buildpack: heroku/nodejs');
  expect(pushed.status).toBe(0);
});
