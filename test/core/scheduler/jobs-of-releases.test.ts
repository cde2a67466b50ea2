import { setConfigVars } from '../../../core/config/set-config-vars.ts';
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

describe('a new release', () => {
  test('brings its jobs and ends those it does not declare', async () => {
    await scheduler.deploy([every10, { name: 'old', schedule: '15 * * * *', command: 'x' }]);
    await scheduler.minutes(12);
    await scheduler.endAll();
    await scheduler.deploy([
      { ...every10, command: 'bin/new' },
      { name: 'new', schedule: '*/3 * * * *', command: 'y' },
    ]);
    await scheduler.minutes(8);
    expect(await scheduler.ledger('ten')).toEqual(['10 ended', '20 started']);
    expect(await scheduler.ledger('old')).toEqual([]);
    expect((await scheduler.ledger('new'))[0]).toBe('15 started');
    expect((await scheduler.dynos()).map(({ command }) => command).toSorted()).toEqual(['bin/new', 'y']);
  });

  test('does not make up for runs before it, nor lose the first one after it', async () => {
    await scheduler.deploy([]);
    await scheduler.minutes(30);
    await scheduler.deploy([{ ...every10, catchUp: 'all' }]);
    await scheduler.minutes(10);
    expect(await scheduler.ledger('ten')).toEqual(['40 started']);
  });

  test('that changes a job says which of its runs were left undone', async () => {
    await scheduler.deploy([{ ...every10, catchUp: 'all' }]);
    await scheduler.tick();
    scheduler.fixture.clock.advance(25 * MINUTE);
    await scheduler.deploy([{ ...every10, schedule: '@hourly' }]);
    await scheduler.tick();
    expect(await scheduler.ledger('ten')).toEqual(['10 missed x2 to 20']);
    expect(scheduler.log()).toEqual([
      'heroku[scheduler]: Missed 2 runs of job ten, due from 2026-01-01T00:10:00Z to 2026-01-01T00:20:00Z (*/10 * * * * UTC): not run, because a new release changed the job',
    ]);
    await scheduler.minutes(35);
    expect((await scheduler.ledger('ten')).at(-1)).toBe('60 started');
  });

  test('that leaves the times of a job as they are goes on at once with what is to be caught up', async () => {
    await scheduler.deploy([{ ...every10, catchUp: 'all' }]);
    await scheduler.tick();
    scheduler.fixture.clock.advance(35 * MINUTE);
    await scheduler.tick();
    await scheduler.deploy([{ ...every10, catchUp: 'all', command: 'bin/new' }]);
    // Before the wait for its next run begins again.
    await scheduler.tick();
    await scheduler.endAll();
    await scheduler.minutes(1);
    expect(await scheduler.ledger('ten')).toEqual(['10 catch-up ended', '20 catch-up started']);
  });

  test('that moves a job to another time zone has it run when it is that time there', async () => {
    const nightly = { name: 'nightly', schedule: '30 0 * * *', command: 'x' };
    await scheduler.deploy([{ ...nightly, timezone: 'UTC' }]);
    await scheduler.minutes(1);
    // It is 05:30 in India then; 00:30 there is 19:00 UTC.
    await scheduler.deploy([{ ...nightly, timezone: 'Asia/Kolkata' }]);
    await scheduler.minutes(60);
    expect(await scheduler.ledger('nightly')).toEqual([]);
    scheduler.fixture.clock.advance(17 * HOUR + 58 * MINUTE);
    await scheduler.minutes(1);
    expect(await scheduler.ledger('nightly')).toEqual([`${19 * 60} started`]);
  });

  test('of config vars alone leaves the jobs as they are', async () => {
    await scheduler.deploy([every10]);
    await scheduler.minutes(5);
    await setConfigVars(scheduler.fixture.platform, scheduler.me.actor, scheduler.appId, { A: '1' });
    await scheduler.minutes(5);
    expect(await scheduler.ledger('ten')).toEqual(['10 started']);
    expect(await scheduler.dynos()).toMatchObject([{ releaseVersion: 4 }]);
  });
});
