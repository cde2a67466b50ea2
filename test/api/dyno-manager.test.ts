import { type Dyno, dynoKey } from '../../core/records/dyno.ts';
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
  { name: 'nothing', body: {}, says: /cycling, cycle_window or memory_threshold_percent/ },
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
