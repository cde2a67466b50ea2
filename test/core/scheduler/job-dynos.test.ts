import { type Dyno, isOfJob, type OneOffDyno } from '../../../core/records/dyno.ts';
import type { JobRun } from '../../../core/records/job-run.ts';
import { describeRun } from '../../../core/scheduler/read-jobs.ts';
import { storedList } from '../../stored.ts';
import { APP_ID, World } from '../dyno-manager/world.ts';

const SECOND = 1_000;
const JOB = { id: 'run-1', name: 'clean', scheduledAtMs: Date.UTC(2026, 0, 1), cause: 'schedule' } as const;

let world: World;
beforeEach(async () => {
  world = new World();
  await world.createApp();
  await world.deploy({ worker: 'worker' });
});
afterEach(() => world.close());

const runJob = (command: string, changes: Partial<OneOffDyno> = {}) =>
  world.run(command, { type: 'scheduler', name: 'scheduler.4521', job: JOB, ...changes });

async function ledger() {
  const items = await storedList<JobRun>(world.store, { partition: `app#${APP_ID}`, prefix: 'job-run#' });
  return items.map(({ value }) => describeRun(value, undefined));
}

const jobDynos = async () => (await world.dynos()).filter(isOfJob);

test('a process that ends leaves its times and its status in the ledger, in the same moment', async () => {
  await runJob('job');
  await world.time.advance(4 * SECOND);
  expect(await ledger()).toEqual([]);
  expect(await jobDynos()).toHaveLength(1);
  await world.time.advance(10 * SECOND);
  expect(await jobDynos()).toEqual([]);
  const [run] = await ledger();
  expect(run).toMatchObject({
    id: 'run-1',
    job: 'clean',
    status: 'failed',
    reason: 'exit status 3',
    exitStatus: 3,
    durationMs: 5 * SECOND,
    dyno: { name: 'scheduler.4521', size: 'Standard-1X' },
  });
});

test.each([
  {
    name: 'longer than its time to live',
    changes: { timeToLiveSeconds: 20 },
    act: async () => undefined,
    expected: { status: 'stopped', reason: 'it ran longer than its time to live', exitStatus: 143 },
  },
  {
    name: 'until it is asked to stop',
    changes: {},
    act: (dyno: Dyno) => world.stopOneOff(dyno),
    expected: { status: 'stopped', reason: 'it was asked to stop', exitStatus: 143 },
  },
  {
    name: 'until the next run takes its place',
    changes: { job: { ...JOB, replaced: true } as const },
    act: (dyno: Dyno) => world.stopOneOff(dyno),
    expected: { status: 'stopped', reason: 'the next run took its place', exitStatus: 143 },
  },
  {
    name: 'until its machine is lost',
    changes: {},
    act: async () => {
      world.runtime.vanish();
      world.time.enqueue(APP_ID);
    },
    expected: {
      status: 'failed',
      reason: 'its process was lost with the machine or the platform that ran it',
      exitStatus: undefined,
      durationMs: undefined,
    },
  },
])('a process that runs $name', async ({ changes, act, expected }) => {
  const dyno = await runJob('worker', changes);
  await world.time.advance(10 * SECOND);
  await act(dyno);
  await world.time.advance(60 * SECOND);
  expect(await jobDynos()).toEqual([]);
  const [run, ...more] = await ledger();
  expect(more).toEqual([]);
  expect({ exitStatus: undefined, durationMs: undefined, ...run }).toMatchObject(expected);
});

test('a process that cannot be started', async () => {
  world.runtime.fault = (call) => (call === 'start' ? { ok: false, reason: 'no such slug', retry: false } : undefined);
  await runJob('job');
  await world.time.advance(10 * SECOND);
  expect(await jobDynos()).toEqual([]);
  expect(await ledger()).toMatchObject([{ status: 'failed', reason: 'its process could not be started' }]);
  expect((await ledger())[0]).not.toHaveProperty('exitStatus');
});

test('a one-off that is no job leaves nothing in any ledger', async () => {
  await world.run('job');
  await world.time.advance(60 * SECOND);
  expect(await ledger()).toEqual([]);
});

test('whenever the platform is killed, the dyno goes and the ledger learns it, or neither', async () => {
  let kills = 0;
  for (let killAt = 1; killAt < 60; killAt += 1) {
    const other = new World();
    other.killAt = killAt;
    await other.createApp();
    await other.deploy({ worker: 'worker' });
    await other.run('job', { type: 'scheduler', job: JOB });
    await other.time.advance(60 * SECOND);
    const runs = await storedList<JobRun>(other.store, { partition: `app#${APP_ID}`, prefix: 'job-run#' });
    const dynos = (await other.dynos()).filter(isOfJob);
    expect({ killAt, runs: runs.map(({ value }) => value.outcome.kind), dynos }).toEqual({
      killAt,
      runs: ['ended'],
      dynos: [],
    });
    if (other.takeovers === 0) expect(other.points).toBeLessThan(killAt);
    kills += other.takeovers;
    other.close();
  }
  expect(kills).toBeGreaterThan(10);
});
