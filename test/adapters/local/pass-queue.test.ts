import { LocalPassQueue } from '../../../adapters/local/pass-queue.ts';
import { IGNORED_PROBLEMS } from '../../problems.ts';

const turns = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
};

test('at most 16 apps run at once, and all have their turn', async () => {
  const passRequests = new LocalPassQueue('a pass failed', IGNORED_PROBLEMS);
  let running = 0;
  let most = 0;
  const seen = new Set<string>();
  passRequests.handle(async (appId) => {
    running += 1;
    most = Math.max(most, running);
    await turns(3);
    seen.add(appId);
    running -= 1;
  });
  for (let i = 0; i < 100; i++) passRequests.enqueue(`app-${i}`);
  await passRequests.idle();
  expect(most).toBe(16);
  expect(seen.size).toBe(100);
  await passRequests.close();
});

test('close waits for the handlers that run and starts none', async () => {
  const passRequests = new LocalPassQueue('a pass failed', IGNORED_PROBLEMS);
  const started: string[] = [];
  let finish: () => void = () => undefined;
  passRequests.handle((appId) => {
    started.push(appId);
    return new Promise((resolve) => {
      finish = resolve;
    });
  });
  passRequests.enqueue('a');
  await turns(3);
  passRequests.enqueue('a');
  passRequests.enqueue('late', 1);
  let closed = false;
  const closing = passRequests.close().then(() => {
    closed = true;
  });
  passRequests.enqueue('b');
  await turns(10);
  expect(closed).toBe(false);
  finish();
  await closing;
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(started).toEqual(['a']);
});

test('idle resolves at once when nothing waits, and errors are reported with their app', async () => {
  const reported: [string, unknown][] = [];
  const passRequests = new LocalPassQueue('a pass failed', {
    report: (problem, error, about) => reported.push([`${problem}: ${about?.appId}`, error]),
  });
  await passRequests.idle();
  const error = new Error('the store is full');
  passRequests.handle(() => {
    throw error;
  });
  passRequests.enqueue('a');
  await passRequests.idle();
  expect(reported).toEqual([['a pass failed: a', error]]);
  await passRequests.close();
});

test('passes have one consumer', () => {
  const passRequests = new LocalPassQueue('a pass failed', IGNORED_PROBLEMS);
  passRequests.handle(async () => undefined);
  expect(() => passRequests.handle(async () => undefined)).toThrow('one consumer');
});

describe('time', () => {
  beforeEach(() => jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] }));
  afterEach(() => jest.useRealTimers());

  const DAY_MS = 86_400_000;

  test('a look that fails is tried again after 100 ms, twice as long each time, and ten seconds at most', async () => {
    const passRequests = new LocalPassQueue('a pass failed', IGNORED_PROBLEMS);
    const ranAtMs: number[] = [];
    let works = false;
    passRequests.handle(async () => {
      ranAtMs.push(performance.now());
      if (!works) throw new Error('not yet');
    });
    passRequests.enqueue('a');
    await turns(5);
    for (let ms = 0; ms < 40_000; ms += 100) {
      jest.advanceTimersByTime(100);
      await turns(2);
    }
    const pauses = ranAtMs.slice(1).map((atMs, index) => Math.round(atMs - (ranAtMs[index] ?? 0)));
    expect(pauses.slice(0, 9)).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
    // A success resets the count of failures.
    works = true;
    passRequests.enqueue('a');
    await turns(5);
    works = false;
    ranAtMs.length = 0;
    passRequests.enqueue('a');
    await turns(5);
    jest.advanceTimersByTime(100);
    await turns(5);
    expect(ranAtMs).toHaveLength(2);
    await passRequests.close();
  });

  test('a delay of months is not over at once', async () => {
    const passRequests = new LocalPassQueue('a pass failed', IGNORED_PROBLEMS);
    let runs = 0;
    passRequests.handle(async () => void runs++);
    passRequests.enqueue('a', 60 * DAY_MS);
    jest.advanceTimersByTime(DAY_MS);
    await turns(5);
    expect(runs).toBe(0);
    await passRequests.close();
  });

  test('a delayed look survives one at once', async () => {
    const passRequests = new LocalPassQueue('a pass failed', IGNORED_PROBLEMS);
    let runs = 0;
    passRequests.handle(async () => void runs++);
    passRequests.enqueue('a', 5_000);
    passRequests.enqueue('a');
    await turns(5);
    expect(runs).toBe(1);
    passRequests.enqueue('a', 9_000);
    jest.advanceTimersByTime(5_000);
    await turns(5);
    expect(runs).toBe(2);
    jest.advanceTimersByTime(60_000);
    await turns(5);
    expect(runs).toBe(2);
    await passRequests.close();
  });
});
