import type { App } from '../../../core/records/app.ts';
import { configContext, configKey, releaseIdKey, releaseKey } from '../../../core/records/release.ts';
import type { Slug } from '../../../core/records/slug.ts';
import { deployDescription } from '../../../core/release/create-release.ts';
import { isEligibleForRollback } from '../../../core/release/find-release.ts';
import { newestUnfailedVersion, planRelease } from '../../../core/release/plan-release.ts';
import { tarball } from '../../artifacts.ts';
import { app, release } from '../dyno-manager/records.ts';

test.each([
  { version: undefined, says: 'Deploy' },
  { version: '', says: 'Deploy' },
  { version: ' \n', says: 'Deploy' },
  { version: '58D1FDD258d1fdd2', says: 'Deploy 58d1fdd2' },
  { version: '58d1fdd2', says: 'Deploy 58d1fdd2' },
  { version: '58d1fdd', says: 'Deploy 58d1fdd' },
  { version: '58d1fdd2g', says: 'Deploy 58d1fdd2g' },
  { version: 'v58d1fdd2', says: 'Deploy v58d1fdd2' },
  { version: 'DEADBEEF and more', says: 'Deploy DEADBEEF and more' },
  { version: ' v1.2\r\n\u2028\u2029\u0000\u007fforged ', says: 'Deploy v1.2 forged' },
  { version: 'x'.repeat(101), says: `Deploy ${'x'.repeat(100)}` },
])('a deploy of $version is told as $says', ({ version, says }) => {
  expect(deployDescription(version)).toBe(says);
});

test('the keys of an app’s releases are in the order of their versions', () => {
  expect([
    releaseKey('app-1', 12),
    releaseIdKey('app-1', 'release-12'),
    configKey('app-1', 12),
    configContext('app-1', 12),
  ]).toEqual([
    { partition: 'app#app-1', sort: 'release#0000000012' },
    { partition: 'app#app-1', sort: 'release-id#release-12' },
    { partition: 'app#app-1', sort: 'config#0000000012' },
    'config/app-1/12',
  ]);
});

test.each([
  { status: 'succeeded', code: true, eligible: true },
  { status: 'succeeded', code: false, eligible: false },
  { status: 'failed', code: true, eligible: false },
  { status: 'pending', code: true, eligible: false },
] as const)('a release that is $status, with code: $code, can be rolled back to: $eligible', (one) => {
  const { slugId, ...rest } = release(7, { status: one.status });
  expect(isEligibleForRollback(one.code ? { ...rest, slugId: slugId ?? 'slug-1' } : rest)).toBe(one.eligible);
});

const slug: Slug = {
  id: 'slug-2',
  appId: 'app-1',
  artifact: tarball('slugs/2'),
  sizeBytes: 5,
  checksum: '',
  buildpackDescription: 'Node.js',
  processTypes: { web: 'serve' },
  stackName: 'heroku-26',
  createdAtMs: 1,
  updatedAtMs: 1,
};
const phased: Slug = { ...slug, processTypes: { release: 'migrate', web: 'serve' } };

describe('a new release', () => {
  const NOW = 9_000;
  const me = { accountId: 'me', email: 'me@example.com' };
  let count = 0;
  beforeEach(() => {
    count = 0;
  });
  const platform = {
    clock: { nowMs: () => NOW },
    ids: { uuid: () => `id-${++count}`, sequence: () => 1, sha256: () => '', secret: () => '' },
  };
  const plan = (of: App, content: { slug?: Slug } = {}) =>
    planRelease(platform, of, me, { description: 'Deploy', configVersion: 5, ...content });
  const made = {
    id: 'id-1',
    appId: 'app-1',
    version: 8,
    description: 'Deploy',
    configVersion: 5,
    userId: 'me',
    userEmail: 'me@example.com',
    createdAtMs: NOW,
    updatedAtMs: NOW,
  };
  const writes = (value: object) => [
    { kind: 'put', key: { partition: 'app#app-1', sort: 'release#0000000008' }, value, expect: 'absent' },
    { kind: 'put', key: { partition: 'app#app-1', sort: 'release-id#id-1' }, value: { version: 8 }, expect: 'absent' },
  ];
  const DEPLOY = 'Deploy by user me@example.com';
  const events = ({ status }: { status: string }) => [
    {
      entity: 'api:release',
      action: 'create',
      atMs: NOW,
      app: { id: 'app-1', name: 'shop' },
      data: { id: 'id-1', version: 8, description: 'Deploy', status },
    },
  ];
  const CREATED = 'Release v8 created by user me@example.com';

  test('of config vars alone is current at once, and keeps the formation and what the slug was', () => {
    const before = app({ web: 2 }, { slugSizeBytes: 4, stackName: 'heroku-22' });
    const value = { ...made, status: 'succeeded', processTypes: {} };
    expect(plan(before)).toEqual({
      ok: true,
      value: {
        app: { ...before, nextReleaseVersion: 9, configVersion: 5, currentReleaseVersion: 8, releasedAtMs: NOW },
        release: value,
        writes: writes(value),
        events: events(value),
        lines: [DEPLOY, CREATED],
      },
    });
  });

  test('of code is current at once, with its formation, its stack and its size', () => {
    const before = app({ web: 2 });
    const [web] = before.formation;
    const value = { ...made, status: 'succeeded', slugId: 'slug-2', processTypes: { web: 'serve' } };
    expect(plan(before, { slug })).toEqual({
      ok: true,
      value: {
        app: {
          ...before,
          nextReleaseVersion: 9,
          configVersion: 5,
          currentReleaseVersion: 8,
          releasedAtMs: NOW,
          formation: [{ ...web, command: 'serve', updatedAtMs: NOW }],
          stackName: 'heroku-26',
          slugSizeBytes: 5,
          buildpackDescription: 'Node.js',
        },
        release: value,
        writes: writes(value),
        events: events(value),
        lines: [DEPLOY, CREATED],
      },
    });
  });

  test.each([
    { types: { web: 'w', worker: 'k' }, line: ['Scaled to web@1:Standard-1X by user me@example.com'] },
    { types: { worker: 'k' }, line: [] },
  ])('the first one of $types scales what is to run', ({ types, line }) => {
    const planned = plan(app({}), { slug: { ...slug, processTypes: types } });
    expect(planned.ok && planned.value.lines).toEqual([DEPLOY, CREATED, ...line]);
    expect(planned.ok && planned.value.app.formation.map(({ id, type }) => `${id} ${type}`)).toEqual(
      Object.keys(types).map((type, index) => `id-${index + 2} ${type}`),
    );
  });

  test('with a release command waits for it, and for whatever waits before it', () => {
    const before = app({ web: 1 });
    const value = {
      ...made,
      status: 'pending',
      slugId: 'slug-2',
      processTypes: phased.processTypes,
      outputStreamId: 'id-2',
    };
    const after = { ...before, nextReleaseVersion: 9, configVersion: 5 };
    const first = {
      release: value,
      writes: writes(value),
      events: events(value),
      lines: [DEPLOY, 'Running release v8 commands by user me@example.com'],
    };
    expect(plan(before, { slug: phased })).toEqual({
      ok: true,
      value: { ...first, app: { ...after, pendingReleaseVersions: [8] } },
    });
    count = 0;
    const waiting = { pendingReleaseVersions: [6, 7] };
    expect(plan({ ...before, ...waiting }, { slug: phased })).toEqual({
      ok: true,
      value: { ...first, app: { ...after, pendingReleaseVersions: [6, 7, 8] }, lines: [DEPLOY] },
    });
    count = 0;
    const config = { ...made, status: 'pending', processTypes: {} };
    expect(plan({ ...before, ...waiting })).toEqual({
      ok: true,
      value: {
        app: { ...after, pendingReleaseVersions: [6, 7, 8] },
        release: config,
        writes: writes(config),
        events: events(config),
        lines: [DEPLOY],
      },
    });
  });

  test('is the fiftieth that waits, and there is no fifty-first', () => {
    const waiting = (length: number) =>
      app({}, { pendingReleaseVersions: Array.from({ length }, (_, index) => index) });
    expect(plan(waiting(49), { slug }).ok).toBe(true);
    expect(plan(waiting(50), { slug })).toEqual({
      ok: false,
      error: {
        id: 'conflict',
        message: '50 releases are waiting for a release command. Try again when it has ended.',
      },
    });
  });
});

test.each([
  { pending: [], newest: 7 },
  { pending: [8], newest: 8 },
  { pending: [8, 9], newest: 9 },
])('with $pending pending, new config vars go with v$newest', ({ pending, newest }) => {
  expect(newestUnfailedVersion(app({}, { pendingReleaseVersions: pending }))).toBe(newest);
});
