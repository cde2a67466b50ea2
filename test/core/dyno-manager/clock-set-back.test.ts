import { SentStops } from '../../../core/dyno-manager/execute/sent-stops.ts';
import { MemoryWatch } from '../../../core/dyno-manager/observe/memory-watch.ts';
import { TrafficLedger } from '../../../core/dyno-manager/observe/traffic.ts';
import { Quarantine } from '../../../core/reconcile/quarantine.ts';
import { trafficKey } from '../../../core/records/traffic.ts';
import { APP_ID, World } from './world.ts';

/** Times in a process's memory must not be waited for when the clock was set back. */
const MINUTE = 60_000;
const BACK = [
  { name: 'minutes', ms: 10 * MINUTE },
  { name: 'an hour', ms: 60 * MINUTE },
  { name: 'a day', ms: 24 * 60 * MINUTE },
];
const START_MS = Date.UTC(2026, 0, 10);

describe.each(BACK)('a clock is set back by $name', ({ ms }) => {
  test('the quarantine of an app is over within its five minutes', () => {
    let nowMs = START_MS;
    const quarantine = new Quarantine({ nowMs: () => nowMs }, 5 * MINUTE);
    for (let failures = 0; failures < 9; failures += 1) quarantine.failed(APP_ID, new Error('throttled'));
    nowMs -= ms;
    expect(quarantine.leftMs(APP_ID) ?? 0).toBeLessThanOrEqual(5 * MINUTE);
    nowMs += 5 * MINUTE;
    expect(quarantine.leftMs(APP_ID)).toBeUndefined();
  });

  test('a stop that did not end its task is asked for again', () => {
    const stops = new SentStops();
    const stop = { taskRef: 'task-1', deadlineMs: START_MS + 30_000 };
    stops.note(APP_ID, [stop], [stop], START_MS);
    expect(stops.due(APP_ID, [stop], START_MS + 1_000)).toEqual([]);
    expect(stops.due(APP_ID, [stop], START_MS - ms + 36_000)).toEqual([stop]);
  });

  test('a request is noted within a minute', async () => {
    const world = new World();
    let nowMs = START_MS;
    const traffic = new TrafficLedger({ ...world.platform, clock: { nowMs: () => nowMs } });
    await traffic.requests([APP_ID]);
    nowMs += MINUTE - ms;
    await traffic.requests([APP_ID]);
    expect((await world.store.get(trafficKey(APP_ID)))?.value).toEqual({ lastRequestAtMs: nowMs });
    world.close();
  });

  test('memory that stays above the threshold is five minutes old after five minutes', () => {
    const watch = new MemoryWatch();
    watch.noteApp(APP_ID, 80, []);
    watch.sample(APP_ID, 'dyno-1', 90, START_MS);
    watch.sample(APP_ID, 'dyno-1', 90, START_MS - ms);
    watch.sample(APP_ID, 'dyno-1', 90, START_MS - ms + 5 * MINUTE);
    expect([...watch.samples(APP_ID, START_MS - ms + 5 * MINUTE).overThreshold]).toEqual(['dyno-1']);
  });
});
