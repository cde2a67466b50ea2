import { addDomain } from '../../core/domain/add-domain.ts';
import { newCertificate } from '../../core/domain/certificate-state.ts';
import { fence } from '../../core/dyno-manager/observe/mark.ts';
import type { Write } from '../../core/ports/store.ts';
import { StoredFailures } from '../../core/reconcile/failure-log.ts';
import { appKey, managerKey } from '../../core/records/app.ts';
import type { CronJob } from '../../core/records/cron-job.ts';
import { certificatesMark, domainKey, domainRecord } from '../../core/records/domain.ts';
import { type Dyno, dynoKey } from '../../core/records/dyno.ts';
import { putJob, schedulerKey, schedulerMark } from '../../core/records/job.ts';
import { type Rollout, rolloutsKey } from '../../core/records/rollout.ts';
import { type ApiFixture, openApiFixture, type Principal, START_MS } from './api-fixture.ts';

let fixture: ApiFixture;
let me: Principal;
let appId: string;
beforeEach(async () => {
  fixture = await openApiFixture();
  me = await fixture.principal('me@example.com');
  appId = (await call('POST', '/apps', { name: 'shop' })).body.id;
});
afterEach(() => fixture.close());

const call = (method: string, path: string, body?: unknown) =>
  fixture.request(method, path, { token: me.token, ...(body === undefined ? {} : { body }) });
const change = (body: unknown) => call('PATCH', '/apps/shop/dyno-manager', body);

test('an app starts without settings of its own', async () => {
  const { status, body } = await call('GET', '/apps/shop/dyno-manager');
  expect(status).toBe(200);
  expect(body).toEqual({
    app: { id: appId, name: 'shop' },
    cycling: true,
    cycle_window: null,
    memory_threshold_percent: null,
    rollouts: [],
    dynos: [],
    reconcilers: [
      {
        name: 'dyno-manager',
        last_pass_at: null,
        next_pass_at: '2026-01-01T00:00:00Z',
        waiting_for: ['a pass over what has changed since the last one'],
        failures: null,
      },
      { name: 'recurring-jobs', last_pass_at: null, next_pass_at: null, waiting_for: [], failures: null },
      { name: 'certificates', last_pass_at: null, next_pass_at: null, waiting_for: [], failures: null },
      {
        name: 'events',
        last_pass_at: null,
        next_pass_at: '2026-01-01T00:00:00Z',
        waiting_for: ['events to be published'],
        failures: null,
      },
    ],
  });
});

describe('the status of what works on an app', () => {
  const statusOf = async (name: string) => {
    const { reconcilers } = (await call('GET', '/apps/shop/dyno-manager')).body;
    return reconcilers.find((each: { name: string }) => each.name === name);
  };
  const write = (...writes: readonly Write[]) => fixture.platform.store.transact(writes);

  test('the dyno manager: its last pass, its next one, and what it waits for', async () => {
    const left = { lookAtMs: START_MS + 30_000, passedAtMs: START_MS, waiting: ['web.1 to start', 'web.2 to start'] };
    await write({ kind: 'delete', key: managerKey(appId), expect: 'any' });
    expect(await statusOf('dyno-manager')).toMatchObject({ last_pass_at: null, next_pass_at: null, waiting_for: [] });
    const { version = 0 } = (await fixture.platform.store.get(appKey(appId))) ?? {};
    await write(...fence(appId, { expect: 'absent', dirty: true }, version, left));
    expect(await statusOf('dyno-manager')).toEqual({
      name: 'dyno-manager',
      last_pass_at: '2026-01-01T00:00:00Z',
      next_pass_at: '2026-01-01T00:00:30Z',
      waiting_for: ['web.1 to start', 'web.2 to start'],
      failures: null,
    });
  });

  test('failures in a row, and until when the app is left alone', async () => {
    const failures = new StoredFailures(fixture.platform);
    for (let failure = 0; failure < 4; failure += 1) await failures.failed('dyno-manager', appId, undefined);
    expect((await statusOf('dyno-manager')).failures).toEqual({
      in_a_row: 4,
      last_at: '2026-01-01T00:00:00Z',
      quarantined_until: null,
    });
    await failures.failed('dyno-manager', appId, 30_000);
    expect((await statusOf('dyno-manager')).failures).toMatchObject({
      in_a_row: 5,
      quarantined_until: '2026-01-01T00:00:30Z',
    });
    expect((await statusOf('certificates')).failures).toBeNull();
  });

  test('certificates: domains that are not routed, and what their owner has to do', async () => {
    await addDomain(fixture.platform, appId, 'www.example.com');
    expect(await statusOf('certificates')).toMatchObject({
      last_pass_at: null,
      next_pass_at: '2026-01-01T00:00:00Z',
      waiting_for: ['www.example.com to be routed'],
    });
    const item = await domainRecord.get(fixture.platform.store, appId, 'www.example.com');
    const certificate = newCertificate('certificate-1', 0, START_MS);
    const routed = { ...item?.value, status: 'succeeded' };
    const put = (value: object) =>
      write({ kind: 'put', key: domainKey(appId, 'www.example.com'), value, expect: 'any' });
    await put({ ...routed, certificate });
    expect((await statusOf('certificates')).waiting_for).toEqual(['the certificate of www.example.com (pending)']);
    await put({ ...routed, certificate: { ...certificate, status: 'failing', reason: 'Create the DNS record' } });
    expect((await statusOf('certificates')).waiting_for).toEqual([
      'the certificate of www.example.com (failing): Create the DNS record',
    ]);
    await put({ ...routed, certificate: { ...certificate, status: 'cert issued', reason: 'Needed for its renewal' } });
    await write(certificatesMark(appId, START_MS + 60_000, 'any', START_MS));
    expect(await statusOf('certificates')).toMatchObject({
      last_pass_at: '2026-01-01T00:00:00Z',
      next_pass_at: '2026-01-01T00:01:00Z',
      waiting_for: [],
    });
    await put(routed);
    expect((await statusOf('certificates')).waiting_for).toEqual([]);
  });

  test('recurring jobs: the next run, and those that are to be caught up with', async () => {
    await write(schedulerMark(appId, START_MS));
    expect(await statusOf('recurring-jobs')).toMatchObject({
      last_pass_at: null,
      next_pass_at: '2026-01-01T00:00:00Z',
      waiting_for: ['the jobs of the current release to be read'],
    });
    await write({ kind: 'delete', key: schedulerKey(appId), expect: 'any' });
    const job = (name: string, nextRunAtMs: number, updatedAtMs: number, backlog: readonly number[] = []): Write => {
      const plain = { name, schedule: '* * * * *', timezone: 'UTC', command: 'run', overlap: 'skip', catchUp: 'all' };
      const state = {
        appId,
        slugId: 'slug-1',
        job: plain as CronJob,
        nextRunAtMs,
        backlog,
        createdAtMs: 0,
        updatedAtMs,
      };
      return putJob(state, nextRunAtMs, 'absent');
    };
    await write(job('late', START_MS + 120_000, START_MS - 60_000), job('soon', START_MS + 60_000, START_MS - 90_000));
    expect(await statusOf('recurring-jobs')).toEqual({
      name: 'recurring-jobs',
      last_pass_at: '2025-12-31T23:59:00Z',
      next_pass_at: '2026-01-01T00:01:00Z',
      waiting_for: [],
      failures: null,
    });
    await write(job('behind', START_MS + 60_000, START_MS - 90_000, [START_MS - 120_000, START_MS - 60_000]));
    expect(await statusOf('recurring-jobs')).toMatchObject({
      next_pass_at: '2026-01-01T00:00:00Z',
      waiting_for: ['job behind to catch up with 2 missed runs'],
    });
  });
});

test('settings are changed one by one, kept, taken back, and the dyno manager looks at each change', async () => {
  fixture.nudged.length = 0;
  const window = { start: '22:30', end: '05:00', time_zone: 'Europe/Berlin' };
  expect((await change({ cycle_window: window })).body).toMatchObject({ cycling: true, cycle_window: window });
  expect((await change({ memory_threshold_percent: 90 })).body).toMatchObject({ cycle_window: window });
  expect((await change({ cycling: false })).body).toMatchObject({ cycling: false, memory_threshold_percent: 90 });
  const { body } = await change({ cycle_window: null, memory_threshold_percent: null, cycling: true });
  expect(body).toMatchObject({ cycling: true, cycle_window: null, memory_threshold_percent: null });
  expect((await call('GET', '/apps/shop/dyno-manager')).body).toEqual(body);
  expect(fixture.nudged).toEqual([appId, appId, appId, appId]);
});

const window = { start: '02:00', end: '05:00', time_zone: 'UTC' };
test.each([
  { name: 'a word for cycling', body: { cycling: 'no' }, says: /cycling/ },
  { name: 'a window without an end', body: { cycle_window: { start: '02:00' } }, says: /cycle_window\.end/ },
  { name: 'no time of day', body: { cycle_window: { ...window, start: '2am' } }, says: /cycle_window\.start/ },
  { name: 'the 25th hour', body: { cycle_window: { ...window, end: '25:00' } }, says: /cycle_window\.end/ },
  { name: 'a short window', body: { cycle_window: { ...window, end: '02:29' } }, says: /cycle_window\.end/ },
  { name: 'no window at all', body: { cycle_window: { ...window, end: '02:00' } }, says: /cycle_window\.end/ },
  {
    name: 'a place that has no time',
    body: { cycle_window: { ...window, time_zone: 'Moon/Sea' } },
    says: /cycle_window\.time_zone/,
  },
  { name: 'a low threshold', body: { memory_threshold_percent: 49 }, says: /memory_threshold_percent/ },
  { name: 'a high threshold', body: { memory_threshold_percent: 201 }, says: /memory_threshold_percent/ },
  { name: 'half a percent', body: { memory_threshold_percent: 80.5 }, says: /memory_threshold_percent/ },
])('$name is refused, and the field is named', async ({ body, says }) => {
  const { status, body: answer } = await change(body);
  expect(status).toBe(422);
  expect(answer).toMatchObject({ id: 'invalid_params', message: expect.stringMatching(says) });
  expect((await call('GET', '/apps/shop/dyno-manager')).body).toMatchObject({ cycling: true, cycle_window: null });
});

test('why each dyno was started, when it is cycled, and how far a rollout is', async () => {
  const dyno: Dyno = {
    id: 'dyno-1',
    appId,
    name: 'web.1',
    type: 'web',
    kind: 'formation',
    number: 1,
    releaseVersion: 3,
    releaseId: 'release-3',
    size: 'Standard-1X',
    command: 'npm start',
    state: 'crashed',
    attempt: 1,
    crashCount: 2,
    startedBecause: 'crash',
    restartEpoch: 0,
    intentAtMs: START_MS,
    cycleAtMs: START_MS + 3_600_000,
    nextStartAtMs: START_MS + 60_000,
    stateChangedAtMs: START_MS,
    createdAtMs: START_MS,
    updatedAtMs: START_MS,
  };
  const generation = { releaseId: 'release-3', command: 'npm start', size: 'Standard-1X', epoch: 0 };
  const rollout: Rollout = {
    mode: 'preboot',
    target: { ...generation, releaseVersion: 4 },
    from: { ...generation, releaseVersion: 3 },
    startedAtMs: START_MS,
    proven: 0,
    progressAtMs: START_MS,
    abandonedAtMs: START_MS + 900_000,
  };
  await fixture.platform.store.transact([
    { kind: 'put', key: dynoKey(appId, dyno.id), value: dyno, expect: 'absent' },
    { kind: 'put', key: rolloutsKey(appId), value: { web: rollout }, expect: 'absent' },
  ]);
  const up: Dyno = { ...dyno, id: 'dyno-2', name: 'web.2', number: 2, state: 'up', crashCount: 0 };
  const { startedBecause: _, cycleAtMs: __, ...oneOff } = { ...up, id: 'dyno-3', name: 'run.1234', type: 'run' };
  await fixture.platform.store.transact([
    { kind: 'put', key: dynoKey(appId, up.id), value: up, expect: 'absent' },
    { kind: 'put', key: dynoKey(appId, oneOff.id), value: { ...oneOff, kind: 'one-off' }, expect: 'absent' },
  ]);
  const { body } = await call('GET', '/apps/shop/dyno-manager');
  expect(body.rollouts).toEqual([
    {
      type: 'web',
      mode: 'preboot',
      status: 'abandoned',
      release: { version: 4 },
      serving_release: { version: 3 },
      started_at: '2026-01-01T00:00:00Z',
      abandoned_at: '2026-01-01T00:15:00Z',
    },
  ]);
  const crashed = {
    id: 'dyno-1',
    name: 'web.1',
    state: 'crashed',
    release: { version: 3 },
    started_because: 'crash',
    crashes_in_a_row: 2,
    next_start_at: '2026-01-01T00:01:00Z',
    cycle_at: '2026-01-01T01:00:00Z',
  };
  const running = { ...crashed, id: 'dyno-2', name: 'web.2', state: 'up', crashes_in_a_row: 0, next_start_at: null };
  const alone = { ...running, id: 'dyno-3', name: 'run.1234', started_because: null, cycle_at: null };
  expect(body.dynos).toHaveLength(3);
  expect(body.dynos).toEqual(expect.arrayContaining([crashed, running, alone]));
  // An app that does not cycle its dynos still stops a one-off after a day.
  await fixture.platform.store.transact([
    {
      kind: 'put',
      key: dynoKey(appId, 'dyno-3'),
      value: { ...oneOff, kind: 'one-off', cycleAtMs: START_MS + 3_600_000 },
      expect: 'any',
    },
  ]);
  const { dynos } = (await change({ cycling: false })).body;
  const cycles = Object.fromEntries(dynos.map((each: Record<string, string>) => [each.name, each.cycle_at]));
  expect(cycles).toEqual({ 'web.1': null, 'web.2': null, 'run.1234': '2026-01-01T01:00:00Z' });
});
