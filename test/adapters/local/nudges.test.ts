import { LocalNudges } from '../../../adapters/local/nudges.ts';

const turns = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
};

test('at most 16 apps run at once, and all have their turn', async () => {
  const nudges = new LocalNudges(() => undefined);
  let running = 0;
  let most = 0;
  const seen = new Set<string>();
  nudges.handle(async (appId) => {
    running += 1;
    most = Math.max(most, running);
    await turns(3);
    seen.add(appId);
    running -= 1;
  });
  for (let i = 0; i < 100; i++) nudges.nudge(`app-${i}`);
  await nudges.idle();
  expect(most).toBe(16);
  expect(seen.size).toBe(100);
  await nudges.close();
});

test('close waits for the handlers that run and starts none', async () => {
  const nudges = new LocalNudges(() => undefined);
  const started: string[] = [];
  let finish: () => void = () => undefined;
  nudges.handle((appId) => {
    started.push(appId);
    return new Promise((resolve) => {
      finish = resolve;
    });
  });
  nudges.nudge('a');
  await turns(3);
  nudges.nudge('a');
  nudges.nudge('late', 1);
  let closed = false;
  const closing = nudges.close().then(() => {
    closed = true;
  });
  nudges.nudge('b');
  await turns(10);
  expect(closed).toBe(false);
  finish();
  await closing;
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(started).toEqual(['a']);
});

test('idle resolves at once when nothing waits, and errors are reported with their app', async () => {
  const reported: [string, unknown][] = [];
  const nudges = new LocalNudges((appId, error) => reported.push([appId, error]));
  await nudges.idle();
  const error = new Error('the store is full');
  nudges.handle(() => {
    throw error;
  });
  nudges.nudge('a');
  await nudges.idle();
  expect(reported).toEqual([['a', error]]);
  await nudges.close();
});

test('nudges have one consumer', () => {
  const nudges = new LocalNudges(() => undefined);
  nudges.handle(async () => undefined);
  expect(() => nudges.handle(async () => undefined)).toThrow('one consumer');
});
