import { deleteApp } from '../../../core/app/delete-app.ts';
import { restartDyno } from '../../../core/dyno/restart-dynos.ts';
import { type App, appKey } from '../../../core/records/app.ts';
import { type JobState, jobKey, SCHEDULER_QUEUE } from '../../../core/records/job.ts';
import { endedRunWrite } from '../../../core/records/job-run.ts';
import { type Release, releaseKey } from '../../../core/records/release.ts';
import { fieldsOf } from '../../dyno-fields.ts';
import { killPoints } from '../../kill-points.ts';
import { stored } from '../../stored.ts';
import { HOUR, MINUTE, SchedulerFixture } from './scheduler-fixture.ts';

let scheduler: SchedulerFixture;
beforeEach(async () => {
  scheduler = await SchedulerFixture.open();
});
afterEach(() => {
  expect(scheduler.problems).toEqual([]);
  scheduler.close();
});

const every10 = { name: 'ten', schedule: '*/10 * * * *', command: 'bin/run' };

test('a job that is due runs as a dyno of its own, in the words of Heroku', async () => {
  await scheduler.deploy([{ ...every10, command: 'bin/run', size: '2x', timeToLiveSeconds: 60 }]);
  await scheduler.minutes(9);
  expect(await scheduler.dynos()).toEqual([]);
  scheduler.fixture.nudged.length = 0;
  await scheduler.minutes(1);
  expect(await scheduler.dynos()).toMatchObject([
    {
      name: expect.stringMatching(/^scheduler\.[1-9]\d{3}$/),
      type: 'scheduler',
      kind: 'one-off',
      state: 'starting',
      command: 'bin/run',
      size: 'Standard-2X',
      timeToLiveSeconds: 60,
      job: { name: 'ten', cause: 'schedule' },
    },
  ]);
  expect(scheduler.log()).toEqual([
    'app[api]: Starting process with command `bin/run` by user scheduler@addons.heroku.com',
  ]);
  expect(await scheduler.ledger('ten')).toEqual(['10 started']);
  expect(scheduler.fixture.nudged).toContain(scheduler.appId);
});

test('a command may begin with a process type', async () => {
  await scheduler.deploy([{ ...every10, command: 'web --once' }]);
  await scheduler.minutes(10);
  expect(await scheduler.dynos()).toMatchObject([{ command: 'npm start --once' }]);
});

test('a run that its user has asked to stop is not told as replaced, though the next one follows it', async () => {
  await scheduler.deploy([{ ...every10, overlap: 'replace' }]);
  await scheduler.minutes(10);
  const [first] = await scheduler.dynos();
  await restartDyno(scheduler.platform, scheduler.appId, first?.name ?? '');
  await scheduler.minutes(10);
  const dynos = await scheduler.dynos();
  expect(dynos).toHaveLength(2);
  const stopped = dynos.find(({ id }) => id === first?.id);
  if (stopped === undefined) throw new Error('the first run is gone');
  const write = endedRunWrite(stopped, undefined, scheduler.fixture.clock.nowMs());
  expect(write).toMatchObject({
    value: { scheduledAtMs: fieldsOf(first)?.job?.scheduledAtMs, outcome: { reason: 'stopped' } },
  });
});

test('while the record of its release is missing a job is neither run nor ended, and told to the operator', async () => {
  await scheduler.deploy([every10]);
  await scheduler.minutes(1);
  const { platform, appId } = scheduler;
  const version = (await stored<App>(platform.store, appKey(appId)))?.value.currentReleaseVersion ?? 0;
  const { store } = scheduler.fixture.platform;
  const release = await stored<Release>(store, releaseKey(appId, version));
  await store.transact([{ kind: 'delete', key: releaseKey(appId, version), expect: 'any' }]);
  await scheduler.minutes(9);
  expect(scheduler.problems.splice(0)).toEqual([
    expect.stringMatching(/^could not run job ten: .*release record is missing/),
  ]);
  expect(await store.get(jobKey(appId, 'ten'))).toBeDefined();
  expect(await scheduler.ledger('ten')).toEqual([]);
  await store.transact([{ kind: 'put', key: releaseKey(appId, version), value: release?.value, expect: 'absent' }]);
  await scheduler.minutes(1);
  expect(await scheduler.ledger('ten')).toEqual(['10 started']);
});

test('in a time zone of its own', async () => {
  // 2026-01-01 at midnight UTC is 05:30 in India.
  await scheduler.deploy([{ name: 'india', schedule: '35 5 * * *', timezone: 'Asia/Kolkata', command: 'x' }]);
  await scheduler.minutes(6);
  expect(await scheduler.ledger('india')).toEqual(['5 started']);
});

describe('a run that is due while the last one has not ended', () => {
  test.each([
    { overlap: 'skip', ledger: ['10 started', '20 skipped'], dynos: 1, stopping: 0 },
    { overlap: 'allow', ledger: ['10 started', '20 started'], dynos: 2, stopping: 0 },
    { overlap: 'replace', ledger: ['10 started', '20 started'], dynos: 2, stopping: 1 },
  ])('$overlap', async ({ overlap, ledger, dynos, stopping }) => {
    await scheduler.deploy([{ ...every10, overlap }]);
    await scheduler.minutes(10);
    const [first] = await scheduler.dynos();
    await scheduler.minutes(10);
    expect(await scheduler.ledger('ten')).toEqual(ledger);
    const running = await scheduler.dynos();
    expect(running).toHaveLength(dynos);
    expect(running.filter((dyno) => fieldsOf(dyno).stopRequested === true).map(({ id }) => id)).toEqual(
      stopping === 0 ? [] : [first?.id],
    );
    expect(running.filter((dyno) => fieldsOf(dyno).job?.replaced === true)).toHaveLength(stopping);
    const skipped = `heroku[scheduler]: Skipped the run of job ten due at 2026-01-01T00:20:00Z: its run as ${first?.name} has not ended`;
    expect(scheduler.log().filter((line) => line.startsWith('heroku'))).toEqual(overlap === 'skip' ? [skipped] : []);
  });

  test('when it has, nothing stands in the way', async () => {
    await scheduler.deploy([every10]);
    await scheduler.minutes(10);
    await scheduler.endAll();
    await scheduler.minutes(10);
    expect(await scheduler.ledger('ten')).toEqual(['10 ended', '20 started']);
  });

  test('one that makes way does not count against the limits', async () => {
    await scheduler.deploy([{ ...every10, overlap: 'replace', size: 'performance-m' }, ...performanceJobs(4)]);
    await scheduler.minutes(10);
    expect(await scheduler.dynos()).toHaveLength(5);
    await scheduler.minutes(10);
    expect((await scheduler.ledger('ten')).at(-1)).toBe('20 started');
  });
});

const performanceJobs = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    name: `p${index}`,
    schedule: '10 0 * * *',
    command: 'x',
    size: 'performance-m',
  }));

test('a run that may not be is in the ledger with the reason', async () => {
  await scheduler.deploy([...performanceJobs(6), every10]);
  await scheduler.minutes(10);
  const lines = (await Promise.all(['p0', 'p1', 'p2', 'p3', 'p4', 'p5'].map((job) => scheduler.ledger(job)))).flat();
  const refusal = 'Cannot run more than 5 Performance-M size dynos.';
  expect(lines.toSorted()).toEqual([`10 refused: ${refusal}`, ...Array.from({ length: 5 }, () => '10 started')]);
  expect(scheduler.log().filter((line) => line.startsWith('heroku'))).toEqual([
    `heroku[scheduler]: Could not run job p5 due at 2026-01-01T00:10:00Z: ${refusal}`,
  ]);
  expect(await scheduler.ledger('ten')).toEqual(['10 started']);
});

describe('runs that were missed while no tick came', () => {
  test.each([
    {
      catchUp: 'none',
      ledger: ['10 missed x3 to 30'],
      line: 'Missed 3 runs of job ten, due from 2026-01-01T00:10:00Z to 2026-01-01T00:30:00Z (*/10 * * * * UTC): not run',
    },
    {
      catchUp: 'last',
      ledger: ['10 missed x2 to 20', '30 catch-up started'],
      line: 'Missed 3 runs of job ten, due from 2026-01-01T00:10:00Z to 2026-01-01T00:30:00Z (*/10 * * * * UTC): the last 1 run late',
    },
    {
      catchUp: 'all',
      ledger: ['10 catch-up started'],
      line: 'Missed 3 runs of job ten, due from 2026-01-01T00:10:00Z to 2026-01-01T00:30:00Z (*/10 * * * * UTC): run late',
    },
  ])('$catchUp', async ({ catchUp, ledger, line }) => {
    await scheduler.deploy([{ ...every10, catchUp }]);
    await scheduler.tick();
    await scheduler.minutes(35, { ticking: false });
    expect(await scheduler.ledger('ten')).toEqual(ledger);
    expect(scheduler.log().filter((each) => each.startsWith('heroku'))).toEqual([`heroku[scheduler]: ${line}`]);
  });

  test('all of them: one after the other, and never two at a time', async () => {
    await scheduler.deploy([{ ...every10, catchUp: 'all' }]);
    await scheduler.tick();
    await scheduler.minutes(31, { ticking: false });
    await scheduler.minutes(2);
    // 30 was on time; the others wait for its end.
    expect(await scheduler.ledger('ten')).toEqual(['30 started']);
    await scheduler.endAll();
    await scheduler.minutes(2);
    expect(await scheduler.ledger('ten')).toEqual(['10 catch-up started', '30 ended']);
    await scheduler.endAll();
    await scheduler.minutes(2);
    expect(await scheduler.ledger('ten')).toEqual(['10 catch-up ended', '20 catch-up started', '30 ended']);
    await scheduler.endAll();
    await scheduler.minutes(3);
    expect(await scheduler.ledger('ten')).toEqual(['10 catch-up ended', '20 catch-up ended', '30 ended', '40 started']);
  });

  test('a tick that comes late or not at all misses nothing', async () => {
    await scheduler.deploy([{ name: 'minutely', schedule: '* * * * *', command: 'x', overlap: 'allow' }]);
    await scheduler.minutes(1);
    scheduler.fixture.clock.advance(MINUTE);
    scheduler.fixture.clock.advance(MINUTE + 1_000);
    await scheduler.tick();
    expect(await scheduler.ledger('minutely')).toEqual(['1 started', '2 started', '3 started']);
  });
});

test('a ledger holds the last 200 runs', async () => {
  await scheduler.deploy([{ name: 'minutely', schedule: '* * * * *', command: 'x' }]);
  for (let minute = 0; minute < 230; minute += 1) {
    await scheduler.minutes(1);
    await scheduler.endAll();
  }
  const ledger = await scheduler.ledger('minutely');
  expect(ledger).toHaveLength(200);
  expect([ledger[0], ledger.at(-1)]).toEqual(['31 ended', '230 ended']);
});

test.each([499, 500, 1_001])(
  '%i jobs that cannot be read and stay due keep no other job from its run',
  async (count) => {
    const jobNames = ['one', 'two', 'three'];
    await scheduler.deploy(jobNames.map((name) => ({ ...every10, name })));
    await scheduler.minutes(1);
    const broken = Array.from({ length: count }, (_, index) => ({
      kind: 'put' as const,
      key: jobKey(`broken-${index}`, 'job'),
      value: { appId: `broken-${index}` },
      expect: 'absent' as const,
      due: { queue: SCHEDULER_QUEUE, atMs: 1 },
    }));
    for (let from = 0; from < count; from += 100) {
      await scheduler.fixture.platform.store.transact(broken.slice(from, from + 100));
    }
    scheduler.fixture.clock.advance(9 * MINUTE);
    await scheduler.tick();
    for (const name of jobNames) expect(await scheduler.ledger(name)).toEqual(['10 started']);
  },
);

test('an app that is gone runs nothing', async () => {
  await scheduler.deploy([every10]);
  await scheduler.minutes(10);
  await deleteApp(scheduler.fixture.platform, scheduler.appId);
  await scheduler.minutes(10);
  expect(await scheduler.ledger('ten')).toEqual(['10 started']);
});

test.each([
  {
    name: 'whose schedule is none',
    damage: (job: object) => ({ job: { ...job, schedule: 'now and then' } }),
    says: 'now and then',
  },
  { name: 'whose time is none', damage: () => ({ nextRunAtMs: 'noon' }), says: 'job record is corrupt: nextRunAtMs' },
  { name: 'that has lost what it is', damage: () => ({ job: null }), says: 'job record is corrupt: job' },
  { name: 'of a newer platform', damage: () => ({ schemaVersion: 2 }), says: 'job record has schema version 2' },
])('a job $name is reported, left as it is, and holds up no other', async ({ damage, says }) => {
  await scheduler.deploy([{ ...every10, name: 'damaged' }, every10]);
  await scheduler.tick();
  const { store } = scheduler.fixture.platform;
  const item = await stored<JobState>(store, jobKey(scheduler.appId, 'damaged'));
  if (item === undefined) throw new Error('there is no such job');
  const value = { ...item.value, ...damage(item.value.job) };
  const due = { queue: SCHEDULER_QUEUE, atMs: 0 };
  await store.transact([{ kind: 'put', key: item, value, expect: 'any', due }]);
  await scheduler.minutes(10);
  expect(await scheduler.ledger('ten')).toEqual(['10 started']);
  expect(scheduler.problems).toHaveLength(10);
  expect(scheduler.problems[0]).toMatch(/^could not run job damaged: /);
  expect(scheduler.problems[0]).toContain(says);
  expect((await store.get(item))?.value).toEqual(value);
  scheduler.problems.length = 0;
});

test('two ticks at the same time start each run once', async () => {
  await scheduler.deploy([
    { name: 'a', schedule: '*/2 * * * *', command: 'x', overlap: 'allow' },
    { name: 'b', schedule: '*/3 * * * *', command: 'y', overlap: 'allow' },
  ]);
  const { store } = scheduler.fixture.platform;
  // Writers take turns per store object, so another object acts as another process.
  const elsewhere = {
    ...scheduler.fixture.platform,
    store: {
      get: store.get.bind(store),
      list: store.list.bind(store),
      transact: store.transact.bind(store),
      due: store.due.bind(store),
    },
  };
  for (let minute = 0; minute < 12; minute += 1) {
    scheduler.fixture.clock.advance(MINUTE);
    await Promise.all([scheduler.tickOnce(), scheduler.tickOnce(elsewhere), scheduler.tickOnce()]);
  }
  expect(await scheduler.ledger('a')).toEqual([2, 4, 6, 8, 10, 12].map((minute) => `${minute} started`));
  expect(await scheduler.ledger('b')).toEqual([3, 6, 9, 12].map((minute) => `${minute} started`));
  expect(await scheduler.dynos()).toHaveLength(10);
});

/** Everything that a tick does, within one hour; returns the result. */
async function hour(world: SchedulerFixture): Promise<unknown> {
  await world.deploy([
    { name: 'often', schedule: '*/5 * * * *', command: 'x', overlap: 'allow', catchUp: 'all' },
    { name: 'old', schedule: '*/7 * * * *', command: 'x', overlap: 'allow' },
  ]);
  await world.minutes(7);
  await world.endAll();
  await world.minutes(22, { ticking: false });
  await world.minutes(8);
  await world.deploy([{ name: 'often', schedule: '*/5 * * * *', command: 'z', overlap: 'allow' }]);
  await world.minutes(4);
  const dynos = await world.dynos();
  return {
    often: await world.ledger('often'),
    old: await world.ledger('old'),
    dynos: dynos
      .map((dyno) => world.minute(fieldsOf(dyno).job?.scheduledAtMs ?? 0))
      .toSorted((left, right) => left - right),
    due: (await world.fixture.platform.store.due(SCHEDULER_QUEUE, Date.UTC(2026, 0, 1) + HOUR, 10)).length,
  };
}

test('a process that is killed at any moment leaves nothing undone and nothing done twice', async () => {
  const expected = await hour(scheduler);
  expect(expected).toMatchObject({
    often: [
      '5 ended',
      '10 catch-up started',
      '15 catch-up started',
      '20 catch-up started',
      '25 catch-up started',
      '30 started',
      '35 started',
      '40 started',
    ],
    old: ['7 ended', '14 missed x2 to 21', '28 started', '35 started'],
    due: 1,
  });
  expect(scheduler.points).toBeGreaterThan(200);
  for (const killAt of killPoints(scheduler.points)) {
    const world = await SchedulerFixture.open();
    world.killAt = killAt;
    expect({ killAt, ...((await hour(world)) as object) }).toEqual({ killAt, ...(expected as object) });
    // The tick was killed, the next one was not.
    expect(world.killAt).toBe(Number.POSITIVE_INFINITY);
    expect(world.problems).toEqual([]);
    world.close();
  }
  // Only ends a test that would never pass: it simulates two hundred hours, on a machine that may be busy.
}, 300_000);
