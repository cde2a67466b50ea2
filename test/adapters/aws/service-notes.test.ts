import { Background } from '../../../adapters/aws/background.ts';
import { attachedKey, listeningKey, probeKey } from '../../../adapters/aws/ecs-runtime/task-records.ts';
import { ServiceNotes } from '../../../adapters/aws/service-notes.ts';
import { openSqliteStore } from '../../../adapters/local/sqlite-store.ts';
import type { Store } from '../../../core/ports/store.ts';
import { problemsTo } from '../../problems.ts';

const APP = '11111111-1111-4111-8111-111111111111';
const TASK = { appId: APP, dynoId: '22222222-2222-4222-8222-222222222222', attempt: 3 };
const PROBE = { ...TASK, host: '10.88.0.7', port: 49_153 };
const THREE_DAYS_MS = 3 * 86_400_000;

let store: ReturnType<typeof openSqliteStore>;
let nowMs: number;
let nudged: string[];
let problems: string[];
let background: Background;
let notes: ServiceNotes;

beforeEach(() => {
  store = openSqliteStore(':memory:');
  nowMs = 1_000_000;
  nudged = [];
  problems = [];
  background = new Background(problemsTo(problems));
  notes = notesOf(store);
});
afterEach(() => store.close());

const notesOf = (of: Store) =>
  new ServiceNotes({
    store: of,
    passRequests: { enqueue: (appId) => void nudged.push(appId) },
    clock: { nowMs: () => nowMs },
    background,
  });
/** The same store with another `transact`. */
const withTransact = (transact: Store['transact']): Store => ({
  get: (key) => store.get(key),
  list: (range) => store.list(range),
  due: (...query) => store.due(...query),
  transact,
});
const attached = async () => (await store.get(attachedKey({ ...TASK, type: 'run' })))?.value;

test('a dyno that listens is noted, its probe is gone, and its app is looked at', async () => {
  const key = probeKey({ ...TASK, type: 'web' });
  await store.transact([{ kind: 'put', key, value: PROBE, expect: 'absent' }]);
  expect(await notes.probes()).toEqual([PROBE]);
  await notes.listens(PROBE);
  expect(await notes.probes()).toEqual([]);
  expect((await store.get(listeningKey({ ...TASK, type: 'web' })))?.value).toEqual({ atMs: nowMs });
  expect(nudged).toEqual([APP]);
});

test('a probe that cannot be read hides no other', async () => {
  const put = (dynoId: string, value: unknown) =>
    store.transact([{ kind: 'put', key: probeKey({ ...TASK, dynoId, type: 'web' }), value, expect: 'absent' }]);
  await put('00000000-0000-4000-8000-00000000000a', { ...PROBE, port: 'eighty' });
  await put(TASK.dynoId, PROBE);
  expect(await notes.probes()).toEqual([PROBE]);
});

test('a client that came and left: from when to when, and a look at each', async () => {
  notes.attached(TASK);
  await background.flush();
  expect(await attached()).toEqual({ attachedAtMs: 1_000_000 });
  nowMs += 5_000;
  notes.left(TASK);
  await background.flush();
  expect(await attached()).toEqual({ attachedAtMs: 1_000_000, leftAtMs: 1_005_000 });
  expect(nudged).toEqual([APP, APP]);
});

test('that a client left is never overtaken by that he came', async () => {
  const slow = withTransact(async (writes) => {
    const [write] = writes;
    const value = write?.kind === 'put' ? (write.value as { leftAtMs?: number }) : {};
    for (let turn = 0; turn < (value.leftAtMs === undefined ? 20 : 0); turn++)
      await new Promise((resolve) => setImmediate(resolve));
    return store.transact(writes);
  });
  notes = notesOf(slow);
  notes.attached(TASK);
  notes.left(TASK);
  await background.flush();
  expect(await attached()).toEqual({ attachedAtMs: nowMs, leftAtMs: nowMs });
});

test('a note that could not be written is reported, and the next one is written', async () => {
  let broken = true;
  notes = notesOf(
    withTransact(async (writes) => {
      if (broken) throw new Error('the table is away');
      return store.transact(writes);
    }),
  );
  notes.attached(TASK);
  await background.flush();
  expect(problems).toEqual(['could not record that a client attached or left']);
  expect(nudged).toEqual([]);
  broken = false;
  notes.left(TASK);
  await background.flush();
  expect(await attached()).toEqual({ attachedAtMs: nowMs, leftAtMs: nowMs });
});

test('attempts of one dyno have clients of their own', async () => {
  notes.attached(TASK);
  nowMs += 1_000;
  notes.attached({ ...TASK, attempt: 4 });
  nowMs += 1_000;
  notes.left(TASK);
  await background.flush();
  expect(await attached()).toEqual({ attachedAtMs: 1_000_000, leftAtMs: 1_002_000 });
});

test('what nobody removes goes by itself, three days later', async () => {
  const kept: (number | undefined)[] = [];
  notes = notesOf(
    withTransact(async (writes) => {
      for (const write of writes) if (write.kind === 'put') kept.push(write.expiresAtMs);
      return store.transact(writes);
    }),
  );
  notes.attached(TASK);
  await notes.listens(PROBE);
  await background.flush();
  expect(kept).toEqual([nowMs + THREE_DAYS_MS, nowMs + THREE_DAYS_MS]);
});
