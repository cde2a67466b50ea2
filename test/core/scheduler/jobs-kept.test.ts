import { setConfigVars } from '../../../core/config/set-config-vars.ts';
import { type App, appKey } from '../../../core/records/app.ts';
import type { Dyno } from '../../../core/records/dyno.ts';
import { dynoKey } from '../../../core/records/dyno.ts';
import { jobRecord, schedulerKey } from '../../../core/records/job.ts';
import { releaseKey } from '../../../core/records/release.ts';
import { readJobs } from '../../../core/scheduler/read-jobs.ts';
import { startedEvent } from '../../../core/scheduler/recurring-jobs.ts';
import { runJobNow } from '../../../core/scheduler/run-job-now.ts';
import { missedLine } from '../../../core/scheduler/scheduler-lines.ts';
import { readJobStates } from '../../../core/scheduler/sync-jobs.ts';
import { START_MS } from '../../api/api-fixture.ts';
import { stored } from '../../stored.ts';
import { runDueJobs } from './run-due-jobs.ts';
import { jobs, MINUTE, SchedulerFixture } from './scheduler-fixture.ts';

const every10 = { name: 'ten', schedule: '*/10 * * * *', command: 'bin/run' };

describe('jobs in the store', () => {
  let scheduler: SchedulerFixture;
  beforeEach(async () => {
    scheduler = await SchedulerFixture.open();
  });
  afterEach(() => {
    expect(scheduler.problems).toEqual([]);
    scheduler.close();
  });
  const store = () => scheduler.fixture.platform.store;
  const state = async () => (await readJobStates(scheduler.platform, scheduler.appId)).map(({ value }) => value);

  test('a job is kept with the code that declares it and the time of its next run', async () => {
    await scheduler.deploy([every10]);
    await scheduler.minutes(1);
    const app = (await stored<App>(store(), appKey(scheduler.appId)))?.value;
    const release = (await stored<{ slugId: string }>(store(), releaseKey(scheduler.appId, 3)))?.value;
    expect(app?.currentReleaseVersion).toBe(3);
    expect(await state()).toEqual([
      {
        appId: scheduler.appId,
        slugId: release?.slugId,
        job: jobs([every10])[0],
        nextRunAtMs: START_MS + 10 * MINUTE,
        backlog: [],
        createdAtMs: START_MS + MINUTE,
        updatedAtMs: START_MS + MINUTE,
      },
    ]);
    expect(await store().get(schedulerKey(scheduler.appId))).toBeUndefined();
  });

  test('a release of the same code writes no job anew', async () => {
    await scheduler.deploy([every10]);
    await scheduler.minutes(1);
    const before = await state();
    await setConfigVars(scheduler.fixture.platform, scheduler.me.actor, scheduler.appId, { A: '1' });
    await scheduler.minutes(1);
    expect(await state()).toEqual(before);
  });

  test('config vars before the first deploy bring no job and no problem', async () => {
    await setConfigVars(scheduler.fixture.platform, scheduler.me.actor, scheduler.appId, { A: '1' });
    await scheduler.tick();
    expect(await state()).toEqual([]);
    expect(await store().get(schedulerKey(scheduler.appId))).toBeUndefined();
  });

  test('a release of which the scheduler was not told is found when a job of the old one is due', async () => {
    await scheduler.deploy([every10]);
    await scheduler.minutes(1);
    await scheduler.deploy([{ ...every10, command: 'bin/new' }]);
    await store().transact([{ kind: 'delete', key: schedulerKey(scheduler.appId), expect: 'any' }]);
    await scheduler.minutes(9);
    expect(await scheduler.ledger('ten')).toEqual(['10 started']);
    expect(await scheduler.dynos()).toMatchObject([{ command: 'bin/new' }]);
    expect(scheduler.fixture.events.filter(({ entity }) => entity === 'dyno')).toMatchObject([
      { action: 'create', atMs: START_MS + 10 * MINUTE, data: { type: 'scheduler', state: 'starting' } },
    ]);
  });

  test('a job that a release ends just when it is due has missed that run, and the others go on', async () => {
    await scheduler.deploy([{ ...every10, name: 'old' }]);
    await scheduler.tick();
    scheduler.fixture.clock.advance(11 * MINUTE);
    await scheduler.deploy([{ ...every10, name: 'new' }]);
    await scheduler.tick();
    expect(await scheduler.ledger('old')).toEqual(['10 missed x1 to 10']);
    expect(scheduler.log()).toEqual([
      'heroku[scheduler]: Missed a run of job old, due at 2026-01-01T00:10:00Z (*/10 * * * * UTC): not run, because a new release changed the job',
    ]);
    await scheduler.minutes(9);
    expect(await scheduler.ledger('new')).toEqual(['20 started']);
  });

  test('a job whose times a release leaves alone has missed what it missed, and is told of once', async () => {
    await scheduler.deploy([every10]);
    await scheduler.tick();
    scheduler.fixture.clock.advance(25 * MINUTE);
    await scheduler.deploy([{ ...every10, command: 'bin/new' }]);
    await scheduler.tick();
    expect(await scheduler.ledger('ten')).toEqual(['10 missed x2 to 20']);
    expect(scheduler.log()).toHaveLength(1);
    expect(scheduler.log()[0]).toMatch(/: not run$/);
    expect(await state()).toMatchObject([{ createdAtMs: START_MS, updatedAtMs: START_MS + 25 * MINUTE }]);
  });

  test('an app whose jobs cannot be read is told of as a whole, and keeps its mark', async () => {
    await scheduler.deploy([every10]);
    await store().transact([{ kind: 'delete', key: releaseKey(scheduler.appId, 3), expect: 'any' }]);
    await scheduler.tick();
    expect(scheduler.problems.splice(0)).toEqual([
      expect.stringMatching(/^could not run the jobs that are due: .*release record is missing/),
    ]);
    expect(await store().get(schedulerKey(scheduler.appId))).toBeDefined();
  });

  test('a run is shown as running while its dyno runs', async () => {
    await scheduler.deploy([every10]);
    await scheduler.minutes(10);
    const [dyno] = await scheduler.dynos();
    if (dyno === undefined) throw new Error('nothing runs');
    const up: Dyno = { ...dyno, state: 'up', launchedAtMs: START_MS + 11 * MINUTE };
    await store().transact([{ kind: 'put', key: dynoKey(scheduler.appId, dyno.id), value: up, expect: 'any' }]);
    expect(await readJobs(scheduler.platform, scheduler.appId)).toMatchObject([
      { lastRun: { status: 'running', startedAtMs: START_MS + 11 * MINUTE, dyno: { id: dyno.id } } },
    ]);
  });

  test('a run by hand is told of as the dyno that it is', async () => {
    await scheduler.deploy([every10]);
    scheduler.fixture.events.length = 0;
    const run = await runJobNow(scheduler.platform, scheduler.me.actor, scheduler.appId, 'ten');
    const [dyno] = await scheduler.dynos();
    expect(run).toMatchObject({ ok: true, value: { cause: 'manual', dyno: { id: dyno?.id } } });
    expect(scheduler.fixture.events).toMatchObject([
      { entity: 'dyno', action: 'create', atMs: START_MS, data: { id: dyno?.id } },
    ]);
  });

  test('a tick looks until it has seen everything, and what stays due does not hide what is behind it', async () => {
    const looks: number[] = [];
    const asked: string[] = [];
    const due = Array.from({ length: 1_200 }, (_, number) => ({
      partition: `app#gone-${number}`,
      sort: 'job#x',
      version: 1,
      value: undefined,
    }));
    const platform = {
      ...scheduler.fixture.platform,
      problems: {
        report: () => {
          throw new Error('nothing is wrong');
        },
      },
      store: {
        due: async (queue: string, beforeMs: number, limit: number) => {
          expect([queue, beforeMs]).toEqual(['scheduler', START_MS]);
          looks.push(limit);
          return due.slice(0, limit);
        },
        get: async ({ partition }: { partition: string }) => {
          asked.push(partition);
          return undefined;
        },
      },
    } as never;
    await runDueJobs(platform);
    expect(looks).toEqual([500, 1_000, 1_500]);
    // Each app is requested once, however often it was found due.
    expect(asked.toSorted()).toEqual(due.map(({ partition }) => partition).toSorted());
  });
});

const fine = { ...every10, timezone: 'UTC', overlap: 'skip', catchUp: 'none' };
const record = {
  appId: 'app-1',
  slugId: 'slug-1',
  job: fine,
  nextRunAtMs: 1,
  backlog: [0, 1],
  createdAtMs: 0,
  updatedAtMs: 0,
};
const readJob = (value: unknown) => jobRecord.read({ partition: 'p', sort: 's', version: 1, value });
test.each([
  ...['appId', 'slugId', 'job', 'nextRunAtMs', 'backlog'].map((field) => ({ field, value: undefined })),
  { field: 'backlog', value: ['x'] },
  { field: 'backlog', value: 'xx' },
  { field: 'nextRunAtMs', value: Number.NaN },
  ...Object.keys(fine).map((key) => ({ field: 'job', value: { ...fine, [key]: undefined } })),
])('the record of a job is corrupt: $field as $value', ({ field, value }) => {
  expect(() => readJob(record)).not.toThrow();
  expect(() => readJob({ ...record, [field]: value })).toThrow(`job record is corrupt: ${field}`);
});

test.each([
  { count: 1, run: 0, says: 'Missed a run of job ten, due at 1970-01-01T00:00:01Z (*/10 * * * * UTC): not run' },
  { count: 1, run: 1, says: 'Missed a run of job ten, due at 1970-01-01T00:00:01Z (*/10 * * * * UTC): run late' },
  {
    count: 3,
    run: 1,
    says: 'Missed 3 runs of job ten, due from 1970-01-01T00:00:01Z to 1970-01-01T00:00:09Z (*/10 * * * * UTC): the last 1 run late',
  },
])('$says', ({ count, run, says }) => {
  const [job] = jobs([every10]);
  if (job === undefined) throw new Error('no job');
  expect(missedLine(job, { firstMs: 1_000, lastMs: 9_000, count }, run)).toBe(says);
});

test('a command is told on one line', () => {
  expect(startedEvent('a\r\nb\n\nc\rd', 'me@example.com')).toBe(
    'Starting process with command `a b c d` by user me@example.com',
  );
});
