import type { ItemKey, Store } from '../../../core/ports/store.ts';
import { type SweepLimits, sweep } from '../../../core/reconcile/sweep.ts';

const QUEUE = { name: 'test', failure: '', queue: 'due', idOf: ({ partition }: ItemKey) => partition };
const NOW = 1_000;

/** The ids that a sweep finds, in the order of its calls. */
async function swept(items: readonly ItemKey[], limits?: SweepLimits, act: () => unknown = () => undefined) {
  const found: [string, readonly string[]][] = [];
  const queries: unknown[] = [];
  const store = {
    due: async (...query: [string, number, number]) => {
      queries.push(query);
      return items.slice(0, query[2]);
    },
  } as unknown as Store;
  const work = async (id: string, due: readonly ItemKey[]) => {
    found.push([id, due.map(({ sort }) => sort)]);
    await act();
  };
  const outcome = await sweep(QUEUE, { store, clock: { nowMs: () => NOW } }, work, limits).then(
    () => 'done',
    (error: Error) => error.message,
  );
  return { found, queries, outcome };
}

const apps = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ partition: `app-${index}`, sort: 'mark' }));

test('each app comes once, with all that is due of it, the one that waits longest first', async () => {
  const item = (partition: string, sort: string) => ({ partition, sort });
  const { found, queries } = await swept([item('b', '1'), item('a', '2'), item('b', '3')]);
  expect(found).toEqual([
    ['b', ['1', '3']],
    ['a', ['2']],
  ]);
  expect(queries).toEqual([['due', NOW, 500]]);
});

test.each([
  { count: 0, limits: [500] },
  { count: 499, limits: [500] },
  { count: 500, limits: [500, 1_000] },
  { count: 1_200, limits: [500, 1_000, 1_500] },
])('$count apps that stay due are found in queries of $limits', async ({ count, limits }) => {
  const { found, queries } = await swept(apps(count));
  expect(found).toHaveLength(count);
  expect(queries).toEqual(limits.map((limit) => ['due', NOW, limit]));
});

test.each([
  { max: 0, limits: [0] },
  { max: 3, limits: [3] },
  { max: 700, limits: [500, 700] },
])('no more than $max of them', async ({ max, limits }) => {
  const { found, queries } = await swept(apps(1_200), { max });
  expect(found).toHaveLength(max);
  expect(queries).toEqual(limits.map((limit) => ['due', NOW, limit]));
});

test('one at a time, or as many as allowed', async () => {
  for (const atOnce of [undefined, 4]) {
    let running = 0;
    let most = 0;
    await swept(apps(10), atOnce === undefined ? {} : { atOnce }, async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
    });
    expect(most).toBe(atOnce ?? 1);
  }
});

test('time that is over is told, and nothing more is begun', async () => {
  expect(await swept(apps(3), { deadlineMs: NOW })).toMatchObject({ found: [], outcome: 'not finished in time' });
  expect(await swept(apps(3), { deadlineMs: NOW + 1 })).toMatchObject({ outcome: 'done' });
  expect(await swept([], { deadlineMs: NOW })).toMatchObject({ outcome: 'done' });
});

test('an act that fails ends the sweep', async () => {
  const failing = () => Promise.reject(new Error('the queue takes nothing'));
  expect(await swept(apps(3), {}, failing)).toMatchObject({
    found: [['app-0', ['mark']]],
    outcome: 'the queue takes nothing',
  });
});
