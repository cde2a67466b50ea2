import type { Platform } from '../../../core/platform.ts';
import type { Item } from '../../../core/ports/store.ts';
import type { CronJob } from '../../../core/records/cron-job.ts';
import type { Dyno } from '../../../core/records/dyno.ts';
import { dynosOfJob, planRun, trimLedger } from '../../../core/scheduler/plan-run.ts';
import { type DynoFields, fieldsOf } from '../../dyno-fields.ts';
import { app, dyno, release } from '../dyno-manager/records.ts';

const NOW = 9_000;
const job: CronJob = {
  name: 'clean',
  schedule: '@daily',
  timezone: 'UTC',
  command: 'bin/clean',
  overlap: 'skip',
  catchUp: 'none',
};
const due = { scheduledAtMs: 1_000, cause: 'catch-up' } as const;
const item = (value: Dyno, version = 4): Item<Dyno> => ({
  partition: 'app#app-1',
  sort: `dyno#${value.id}`,
  version,
  value,
});
const run = (id: string, changes: Partial<DynoFields> = {}): Item<Dyno> =>
  item(
    dyno(`scheduler.${id}`, {
      kind: 'one-off',
      state: 'up',
      job: { id: `run-${id}`, name: 'clean', scheduledAtMs: 0, cause: 'schedule' },
      ...changes,
    }),
  );

let ids = 0;
beforeEach(() => {
  ids = 0;
});
const platform = {
  clock: { nowMs: () => NOW },
  ids: { uuid: () => `id-${++ids}` },
  random: { next: () => 0 },
} as unknown as Platform;
const plan = (dynos: readonly Item<Dyno>[], changes: Partial<CronJob> = {}) =>
  planRun(platform, { app: app({ web: 1 }), release: release(7), dynos }, { ...job, ...changes }, due);

/** The dyno of the planned run. */
const begun: Dyno = {
  id: 'id-2',
  appId: 'app-1',
  name: 'scheduler.1000',
  type: 'scheduler',
  kind: 'one-off',
  number: 1_000,
  releaseVersion: 7,
  releaseId: 'release-7',
  size: 'Standard-1X',
  command: 'bin/clean',
  state: 'starting',
  attempt: 1,
  stateChangedAtMs: NOW,
  crashCount: 0,
  restartEpoch: 0,
  job: { id: 'id-1', name: 'clean', ...due },
  createdAtMs: NOW,
  updatedAtMs: NOW,
};
const line = {
  id: 'id-1',
  appId: 'app-1',
  job: 'clean',
  ...due,
  createdAtMs: NOW,
  outcome: { kind: 'started', dyno: { id: 'id-2', name: 'scheduler.1000', size: 'Standard-1X' } },
};
const events = (size = 'Standard-1X') => [
  expect.objectContaining({
    entity: 'dyno',
    action: 'create',
    atMs: NOW,
    data: expect.objectContaining({ id: 'id-2', name: 'scheduler.1000', size, state: 'starting' }),
  }),
];
const dynoWrite = (value: Dyno) => ({
  kind: 'put',
  key: { partition: 'app#app-1', sort: 'dyno#id-2' },
  value,
  expect: 'absent',
});
const lineWrite = (value: object) => ({
  kind: 'put',
  key: { partition: 'app#app-1', sort: 'job-run#clean#000000000001000#id-1' },
  value,
  expect: 'absent',
  expiresAtMs: NOW + 366 * 86_400_000,
});

test('a run is a dyno and a line in the ledger, written together', () => {
  expect(plan([])).toEqual({
    ok: true,
    value: { run: line, dyno: begun, writes: [dynoWrite(begun), lineWrite(line)], events: events() },
  });
});

test('a job says in which size its runs are, and how long they may last', () => {
  const sized = { ...begun, size: 'Standard-2X', timeToLiveSeconds: 60 };
  const told = { ...line, outcome: { kind: 'started', dyno: { ...line.outcome.dyno, size: 'Standard-2X' } } };
  expect(plan([], { size: 'Standard-2X', timeToLiveSeconds: 60 })).toEqual({
    ok: true,
    value: { run: told, dyno: sized, writes: [dynoWrite(sized), lineWrite(told)], events: events('Standard-2X') },
  });
});

test('of a job whose last run has not ended another one starts as the job says', () => {
  const busy = run('5000');
  expect(plan([busy])).toEqual({
    ok: false,
    error: { kind: 'busy', reason: 'its run as scheduler.5000 has not ended' },
  });
  expect(plan([busy], { overlap: 'allow' })).toMatchObject({ ok: true, value: { writes: [{}, {}] } });
  ids = 0;
  expect(plan([busy, run('6000', { stopRequested: true })], { overlap: 'replace' })).toEqual({
    ok: true,
    value: {
      run: line,
      dyno: begun,
      writes: [
        {
          kind: 'put',
          key: { partition: 'app#app-1', sort: 'dyno#id-scheduler.5000' },
          value: {
            ...busy.value,
            stopRequested: true,
            job: { ...fieldsOf(busy.value).job, replaced: true },
            updatedAtMs: NOW,
          },
          expect: 4,
        },
        dynoWrite(begun),
        lineWrite(line),
      ],
      events: events(),
    },
  });
});

test('a run that makes way takes no room, one that does not takes it', () => {
  const full = Array.from({ length: 5 }, (_, index) => run(`${5_000 + index}`, { size: 'Performance-M' }));
  const size = 'Performance-M';
  expect(plan(full, { size, overlap: 'replace' }).ok).toBe(true);
  expect(plan(full, { size, overlap: 'allow' })).toEqual({
    ok: false,
    error: {
      kind: 'failure',
      failure: { id: 'invalid_params', message: 'Cannot run more than 5 Performance-M size dynos.' },
    },
  });
});

test('the dynos of a job are those of its runs that have not ended', () => {
  const mine = run('1');
  const others = [
    run('2', { job: { id: 'x', name: 'other', scheduledAtMs: 0, cause: 'manual' } }),
    run('3', { outcome: 'failed' }),
    item(dyno('web.1')),
  ];
  expect(dynosOfJob([...others, mine], 'clean')).toEqual([mine]);
});

test.each([
  { lines: 0, deleted: 0 },
  { lines: 199, deleted: 0 },
  { lines: 200, deleted: 1 },
  { lines: 205, deleted: 6 },
  { lines: 209, deleted: 10 },
  { lines: 210, deleted: 10 },
])('in a ledger of $lines lines the oldest $deleted make room for one more', async ({ lines, deleted }) => {
  const asked: unknown[] = [];
  const kept = Array.from({ length: lines }, (_, index) => ({
    partition: 'p',
    sort: `s${index}`,
    version: 1,
    value: {},
  }));
  const store = {
    list: async (query: object) => {
      asked.push(query);
      return kept;
    },
  };
  expect(await trimLedger({ ...platform, store } as unknown as Platform, 'app-1', 'clean')).toEqual(
    Array.from({ length: deleted }, (_, index) => ({
      kind: 'delete',
      key: { partition: 'p', sort: `s${index}` },
      expect: 'any',
    })),
  );
  expect(asked).toEqual([{ partition: 'app#app-1', prefix: 'job-run#clean#', limit: 210 }]);
});
