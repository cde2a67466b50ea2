import { ReconcileLoop } from '../../bin/local/reconcile-loop.ts';
import type { ItemKey, Store } from '../../core/ports/store.ts';
import { done, type PassContext, type Reconciler } from '../../core/reconcile/reconciler.ts';
import { until } from '../contract/until.ts';

const MARK = { partition: 'app-1', sort: 'mark' };

const when = (holds: () => boolean) => until(async () => holds() || undefined);

let stop: () => Promise<void>;
afterEach(() => stop());

function open(pass: Reconciler['pass']) {
  const reports: string[] = [];
  const queries: string[] = [];
  let due: () => readonly ItemKey[] = () => [MARK];
  let nowMs = 59_990;
  const loop = new ReconcileLoop({
    store: {
      due: async (queue: string) => {
        queries.push(queue);
        return due();
      },
    } as unknown as Store,
    clock: { nowMs: () => nowMs },
    problems: {
      report: (problem, error, about) => reports.push(`${about?.appId ?? ''}: ${problem}: ${(error as Error).message}`),
    },
  });
  stop = () => loop.stop();
  const reconciler = {
    name: 'tests',
    failure: 'a pass failed',
    queue: 'due',
    idOf: (item: ItemKey) => item.partition,
    pass,
  };
  return {
    ...{ loop, reports, queries, reconciler },
    set(changes: { readonly due?: () => readonly ItemKey[]; readonly nowMs?: number }) {
      due = changes.due ?? due;
      nowMs = changes.nowMs ?? nowMs;
    },
  };
}

test('what is due has its pass with what was found, and a request has one without', async () => {
  const passes: [string, PassContext][] = [];
  const { loop, reconciler, set } = open(async (id, context) => {
    passes.push([id, context]);
    return done(Number.POSITIVE_INFINITY);
  });
  const requests = loop.add(reconciler);
  set({ nowMs: 0 });
  loop.start(0);
  await when(() => passes.length === 1);
  requests.enqueue('app-1');
  await when(() => passes.length === 2);
  expect(passes).toEqual([
    ['app-1', { due: [MARK] }],
    ['app-1', { due: [] }],
  ]);
  await loop.stop();
});

test('it sweeps again when the next minute begins, also after a sweep that failed', async () => {
  const { loop, queries, reports, reconciler, set } = open(async () => done(Number.POSITIVE_INFINITY));
  loop.add(reconciler);
  set({
    due: () => {
      throw new Error('the store is locked');
    },
  });
  loop.start(0);
  await when(() => queries.length === 2);
  set({ nowMs: 0 });
  await loop.stop();
  expect(reports[0]).toBe(': the sweep of tests failed: the store is locked');
});

test('a pass that fails is reported and tried again', async () => {
  let failures = 2;
  const { loop, reports, reconciler } = open(async () => {
    failures -= 1;
    if (failures >= 0) throw new Error('broken');
    return done(Number.POSITIVE_INFINITY);
  });
  loop.add(reconciler).enqueue('app-1');
  await when(() => failures < 0);
  expect(reports).toEqual(['app-1: a pass failed: broken', 'app-1: a pass failed: broken']);
  await loop.stop();
});

test('a request that comes before its reconciler waits for it', async () => {
  const passes: string[] = [];
  const { loop, reconciler } = open(async (id) => {
    passes.push(id);
    return done(Number.POSITIVE_INFINITY);
  });
  const queue = loop.openQueue(reconciler);
  queue.enqueue('app-1');
  await new Promise((resolve) => setImmediate(resolve));
  loop.add(reconciler, queue);
  await when(() => passes.length > 0);
  expect(passes).toEqual(['app-1']);
  await loop.stop();
});

test('once it has stopped no pass runs, and none begins', async () => {
  let end = () => {};
  let begun = 0;
  const { loop, reconciler } = open(() => {
    begun += 1;
    return new Promise((resolve) => {
      end = () => resolve(done(Number.POSITIVE_INFINITY));
    });
  });
  const requests = loop.add(reconciler);
  loop.start(0);
  await when(() => begun === 1);
  let stopped = false;
  const stopping = loop.stop().then(() => {
    stopped = true;
  });
  requests.enqueue('app-2');
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(stopped).toBe(false);
  end();
  await stopping;
  loop.start(0);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(begun).toBe(1);
});
