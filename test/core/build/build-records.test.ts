import { BlobStorageFull, BlobTooLarge } from '../../../core/build/blob-error.ts';
import { cancelBuild, completeBuild, failInterruptedBuilds, readBuild } from '../../../core/build/complete-build.ts';
import { setBuildpacks } from '../../../core/build/set-buildpacks.ts';
import { type BuildRequest, listBuilds, startBuild } from '../../../core/build/start-build.ts';
import { setConfigVars } from '../../../core/config/set-config-vars.ts';
import type { BuildOutcome } from '../../../core/ports/builder.ts';
import { type App, appKey } from '../../../core/records/app.ts';
import { BUILD_QUEUE, type Build, buildKey } from '../../../core/records/build.ts';
import { findRelease } from '../../../core/release/find-release.ts';
import { readSlug } from '../../../core/slug/read-slug.ts';
import { type ApiFixture, openApiFixture, type Principal, START_MS } from '../../api/api-fixture.ts';
import { logOf, outputOf } from '../../api/deploy.ts';
import { tarball } from '../../artifacts.ts';
import { stored } from '../../stored.ts';
import { jobs } from '../scheduler/scheduler-fixture.ts';

let fixture: ApiFixture;
let me: Principal;
let app: App;
beforeEach(async () => {
  fixture = await openApiFixture();
  me = await fixture.principal('me@example.com');
  const { body } = await fixture.request('POST', '/apps', { token: me.token, body: { name: 'shop' } });
  app = (await stored<App>(fixture.platform.store, appKey(body.id)))?.value as App;
  fixture.logLines.length = 0;
});
afterEach(() => fixture.close());

const URL = 'https://example.com/shop.tgz';
const start = (request: Partial<BuildRequest> = {}) =>
  startBuild(fixture.platform, me.actor, app, { source: { url: URL }, ...request });
async function started(request: Partial<BuildRequest> = {}): Promise<Build> {
  const build = await start(request);
  if (!build.ok) throw new Error(build.error.message);
  return build.value;
}
const read = async (id: string) => (await readBuild(fixture.platform, app.id, id))?.value;
const due = async (beforeMs: number) => (await fixture.platform.store.due(BUILD_QUEUE, beforeMs, 10)).length;
const slug: Extract<BuildOutcome, { status: 'succeeded' }>['slug'] = {
  artifact: tarball('slugs/1'),
  sizeBytes: 5,
  checksum: 'SHA256:00',
  processTypes: { web: 'serve' },
  buildpackDescription: 'Node.js',
  buildpacks: ['heroku/nodejs'],
};
const complete = (id: string, changes: Partial<typeof slug> = {}) =>
  completeBuild(fixture.platform, app.id, id, { status: 'succeeded', slug: { ...slug, ...changes } });
const MINUTES_15 = 15 * 60_000;

test('a build of which only the source was said, and what its builder is told', async () => {
  const build = await started();
  const { id, outputStreamId } = build;
  expect(build).toEqual({
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    appId: app.id,
    status: 'pending',
    source: { url: URL },
    buildpacks: [],
    stackName: 'heroku-24',
    userId: me.actor.accountId,
    userEmail: 'me@example.com',
    outputStreamId: expect.any(String),
    createdAtMs: START_MS,
    updatedAtMs: START_MS,
  });
  expect(fixture.buildOrders).toEqual([
    {
      appId: app.id,
      appName: 'shop',
      buildId: id,
      stack: 'heroku-24',
      source: { url: URL },
      buildpacks: [],
      config: {},
      outputStreamId,
      deadlineMs: START_MS + MINUTES_15,
    },
  ]);
  expect(await listBuilds(fixture.platform, app.id)).toEqual([build]);
  expect([await due(START_MS + MINUTES_15 - 1), await due(START_MS + MINUTES_15)]).toEqual([0, 1]);
  expect(logOf(fixture)).toEqual(['app[api]: Build started by user me@example.com']);
  expect(buildKey('app-1', 'build-1')).toEqual({ partition: 'app#app-1', sort: 'build#build-1' });
});

test('all that is said of a build is kept, a long description cut', async () => {
  await setConfigVars(fixture.platform, me.actor, app.id, { A: '1' });
  expect(await setBuildpacks(fixture.platform, app.id, ['heroku/nodejs'])).toEqual({
    ok: true,
    value: ['heroku/nodejs'],
  });
  const checksum = `sha256:${'aB'.repeat(32)}`;
  const version = 'v'.repeat(1_000);
  const build = await started({ checksum, version, versionDescription: 'd'.repeat(1_001) });
  expect(build).toMatchObject({
    sourceChecksum: checksum,
    sourceVersion: version,
    sourceVersionDescription: 'd'.repeat(1_000),
    buildpacks: ['heroku/nodejs'],
  });
  expect(fixture.buildOrders).toMatchObject([
    { checksum, sourceVersion: version, buildpacks: ['heroku/nodejs'], config: { A: '1' } },
  ]);
  expect(await started({ buildpacks: ['dynoform/static'] })).toMatchObject({ buildpacks: ['dynoform/static'] });
});

const CHECKSUM = 'source_blob.checksum must be SHA256: and 64 hexadecimal digits.';
test.each([
  { request: { checksum: '' }, message: CHECKSUM },
  { request: { checksum: `SHA256:${'a'.repeat(63)}` }, message: CHECKSUM },
  { request: { checksum: `SHA256:${'a'.repeat(65)}` }, message: CHECKSUM },
  { request: { checksum: `SHA256:${'g'.repeat(64)}` }, message: CHECKSUM },
  { request: { checksum: `xSHA256:${'a'.repeat(64)}` }, message: CHECKSUM },
  {
    request: { version: 'v'.repeat(1_001) },
    message: 'source_blob.version must not be longer than 1000 characters.',
  },
])('refused: $message', async ({ request, message }) => {
  expect(await start(request)).toEqual({ ok: false, error: { id: 'invalid_params', message } });
  expect(await listBuilds(fixture.platform, app.id)).toEqual([]);
});

test('ten builds wait, and one that has ended makes room for another', async () => {
  const [first] = [await started(), ...(await Promise.all(Array.from({ length: 9 }, () => started())))];
  expect(await start()).toEqual({
    ok: false,
    error: { id: 'conflict', message: '10 builds of this app are waiting. Try again when one has ended.' },
  });
  await completeBuild(fixture.platform, app.id, first?.id ?? '', { status: 'failed', message: 'no' });
  expect((await start()).ok).toBe(true);
});

test('a build that its builder does not take says so', async () => {
  fixture.platform.builder.start = async () => {
    throw new Error('no room');
  };
  await expect(start()).rejects.toThrow('no room');
  expect(await listBuilds(fixture.platform, app.id)).toMatchObject([
    { status: 'failed', failure: 'The build could not be started.' },
  ]);
});

test('what a build that succeeds leaves: its record, its slug, and a release of it', async () => {
  const build = await started({ version: '58d1fdd258d1fdd2', versionDescription: 'fix it' });
  fixture.events.length = 0;
  fixture.clock.advance(1_000);
  const cron = jobs([{ schedule: '@daily', command: 'tidy' }]);
  await complete(build.id, { cron });
  const done = await read(build.id);
  expect(done).toEqual({
    ...build,
    status: 'succeeded',
    slugId: expect.any(String),
    releaseId: expect.any(String),
    updatedAtMs: START_MS + 1_000,
  });
  expect(await readSlug(fixture.platform, app.id, done?.slugId ?? '')).toEqual({
    id: done?.slugId,
    appId: app.id,
    artifact: tarball('slugs/1'),
    sizeBytes: 5,
    checksum: 'SHA256:00',
    commit: '58d1fdd258d1fdd2',
    commitDescription: 'fix it',
    buildpackDescription: 'Node.js',
    processTypes: { web: 'serve' },
    cron,
    stackName: 'heroku-24',
    createdAtMs: START_MS + 1_000,
    updatedAtMs: START_MS + 1_000,
  });
  expect(await findRelease(fixture.platform, app.id, done?.releaseId ?? '')).toMatchObject({
    ok: true,
    value: {
      version: 3,
      description: 'Deploy 58d1fdd2',
      slugId: done?.slugId,
      userId: me.actor.accountId,
      userEmail: 'me@example.com',
    },
  });
  expect(fixture.events.map(({ entity, action, data }) => [entity, action, data])).toEqual([
    ['api:release', 'create', { id: done?.releaseId, version: 3, description: 'Deploy 58d1fdd2', status: 'succeeded' }],
    ['api:build', 'update', { id: build.id, status: 'succeeded', release: { id: done?.releaseId } }],
  ]);
  expect(await due(Number.MAX_SAFE_INTEGER)).toBe(0);
});

test('a slug without a commit and without jobs says nothing of either', async () => {
  const build = await started();
  await complete(build.id, { cron: [] });
  const kept = await readSlug(fixture.platform, app.id, (await read(build.id))?.slugId ?? '');
  for (const field of ['commit', 'commitDescription', 'cron']) expect(kept).not.toHaveProperty(field);
  expect(kept.artifact.blobKey).toBe('slugs/1');
});

describe('a build that ends badly', () => {
  const waiting = async () => {
    const item = await stored<App>(fixture.platform.store, appKey(app.id));
    const value = { ...item?.value, pendingReleaseVersions: Array.from({ length: 50 }, (_, index) => 100 + index) };
    await fixture.platform.store.transact([{ kind: 'put', key: appKey(app.id), value, expect: 'any' }]);
  };
  test.each([
    {
      name: 'by process types that nobody can run',
      changes: { processTypes: { web: '' } },
      says: 'Process type web has no command.',
    },
    {
      name: 'by jobs that nobody can run',
      changes: { cron: [{}] as never },
      says: 'app.json: cron[0]: schedule is missing: it must be a text such as "*/10 * * * *" or "@daily".',
    },
    {
      name: 'by a release that cannot be',
      changes: {},
      act: waiting,
      says: '50 releases are waiting for a release command. Try again when it has ended.',
    },
  ])('$name says why, in its record and in its output', async ({ changes, act, says }) => {
    const build = await started();
    fixture.logLines.length = 0;
    fixture.events.length = 0;
    fixture.clock.advance(1_000);
    await act?.();
    await complete(build.id, changes);
    const failed = { ...build, status: 'failed', failure: says, updatedAtMs: START_MS + 1_000 };
    expect(await read(build.id)).toEqual(failed);
    expect(await outputOf(fixture, build.outputStreamId)).toBe(`\n !     ${says}\n\n !     Push failed\n`);
    expect(logOf(fixture)).toEqual([
      expect.stringMatching(
        /^app\[api\]: Build failed -- check your build output: http:\/\/localhost:5000\/streams\/[^/ ]+$/,
      ),
    ]);
    const token = logOf(fixture)[0]?.split('/').at(-1) ?? '';
    const { signer } = fixture.platform;
    expect(signer.verify('output', token, fixture.clock.nowMs() + 86_399_999)).toBe(build.outputStreamId);
    expect(fixture.events).toMatchObject([
      { entity: 'api:build', action: 'update', data: { id: build.id, status: 'failed' } },
    ]);
    expect(await due(Number.MAX_SAFE_INTEGER)).toBe(0);
  });

  test('by its user', async () => {
    const build = await started();
    const canceled = await cancelBuild(fixture.platform, app.id, build.id);
    expect(canceled).toEqual({ ok: true, value: { ...build, status: 'failed', failure: 'The build was canceled.' } });
    expect(await outputOf(fixture, build.outputStreamId)).toBe('\n !     Build canceled.\n\n !     Push failed\n');
    expect(await cancelBuild(fixture.platform, app.id, build.id)).toEqual({
      ok: false,
      error: { id: 'conflict', message: 'This build has ended already.' },
    });
    for (const id of ['nonsense', '00000000-0000-4000-8000-000000000000']) {
      expect(await cancelBuild(fixture.platform, app.id, id)).toEqual({
        ok: false,
        error: { id: 'not_found', message: "Couldn't find that build.", resource: 'build' },
      });
    }
  });

  test('by a restart of the platform, which one that cannot be read does not keep from starting', async () => {
    const [damaged, cut] = [await started(), await started()];
    const key = buildKey(app.id, damaged.id);
    const value = { ...damaged, status: 'paused' };
    const put = { kind: 'put', key, value, expect: 'any', due: { queue: BUILD_QUEUE, atMs: 0 } } as const;
    await fixture.platform.store.transact([put]);
    expect(await failInterruptedBuilds(fixture.platform)).toBe(1);
    expect(await read(cut.id)).toMatchObject({ status: 'failed' });
    expect((await fixture.platform.store.get(key))?.value).toEqual(value);
    expect(await due(Number.MAX_SAFE_INTEGER)).toBe(1);
  });

  test('by a restart of the platform, however many there are besides one that cannot be read', async () => {
    const build = await started();
    const { store } = fixture.platform;
    const puts = Array.from({ length: 210 }, (_, index) => {
      const id = `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
      const value = { ...build, id, ...(index === 0 ? { status: 'paused' } : {}) };
      return {
        kind: 'put',
        key: buildKey(app.id, id),
        value,
        expect: 'any',
        due: { queue: BUILD_QUEUE, atMs: index },
      } as const;
    });
    for (const put of puts) await store.transact([put]);
    expect(await failInterruptedBuilds(fixture.platform)).toBe(210);
    expect(await store.due(BUILD_QUEUE, Number.MAX_SAFE_INTEGER, 10)).toHaveLength(1);
  });

  test('by a restart of the platform, while one that has ended is only closed', async () => {
    const [cut, done] = [await started(), await started()];
    const key = buildKey(app.id, done.id);
    // Its outcome was recorded before the platform died.
    const value: Build = { ...done, status: 'succeeded' };
    await fixture.platform.store.transact([
      { kind: 'put', key, value, expect: 'any', due: { queue: BUILD_QUEUE, atMs: START_MS } },
    ]);
    expect(await failInterruptedBuilds(fixture.platform)).toBe(1);
    const says = 'The build was interrupted by a restart of the platform.';
    expect(await read(cut.id)).toMatchObject({ status: 'failed', failure: says });
    expect(await outputOf(fixture, cut.outputStreamId)).toBe(`\n !     ${says}\n\n !     Push failed\n`);
    expect(await read(done.id)).toEqual(value);
    expect(await due(Number.MAX_SAFE_INTEGER)).toBe(0);
  });
});

test('what does not fit is told with its limit', () => {
  const tooLarge = new BlobTooLarge(9);
  expect([tooLarge.name, tooLarge.message, tooLarge.maxBytes]).toEqual([
    'BlobTooLarge',
    'the content has more than 9 bytes',
    9,
  ]);
  expect(new BlobStorageFull('full').name).toBe('BlobStorageFull');
});
