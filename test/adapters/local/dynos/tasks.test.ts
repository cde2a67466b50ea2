import type { OutputEntry } from '../../../../adapters/local/dynos/messages.ts';
import type { Task } from '../../../../adapters/local/dynos/task.ts';
import { type Sinks, Tasks } from '../../../../adapters/local/dynos/tasks.ts';
import type { DynoSpec, RuntimeEvent, StartResult } from '../../../../core/ports/dyno-runtime.ts';
import type { LogLine } from '../../../../core/records/log-line.ts';
import { tarball } from '../../../artifacts.ts';

const NOW_MS = Date.UTC(2026, 11, 1);
const MINUTE_MS = 60_000;

const spec = (changes: Partial<DynoSpec> = {}): DynoSpec => ({
  appId: 'app',
  appName: 'shop',
  dynoId: 'dyno',
  name: 'worker.1',
  type: 'worker',
  attempt: 2,
  slug: { id: 'slug', artifact: tarball('slug'), checksum: '' },
  command: 'run',
  config: { version: 1, open: async () => ({ SECRET: 'x' }) },
  environment: { MORE: 'y' },
  size: { name: 'Basic', memoryMiB: 512, processLimit: 256 },
  logged: true,
  ...changes,
});

let tasks: Tasks;
let lines: LogLine[];
let outputs: string[][];
let events: RuntimeEvent[];
beforeEach(() => {
  jest.useFakeTimers({ now: NOW_MS, doNotFake: ['nextTick', 'queueMicrotask', 'performance', 'hrtime'] });
  [lines, outputs, events] = [[], [], []];
  const sinks: Sinks = {
    logs: { append: (more) => lines.push(...more) },
    outputs: { append: (id: string, text: string) => outputs.push([id, text]) } as unknown as Sinks['outputs'],
  };
  tasks = new Tasks(sinks);
  tasks.onEvent((event) => events.push(event));
});
afterEach(() => {
  tasks.close();
  jest.useRealTimers();
});

const accepted = async (changes: Partial<DynoSpec> = {}): Promise<Task> => {
  const { dynoId, attempt } = spec(changes);
  await tasks.start(spec(changes), async (task) => ({ ok: true, taskRef: task.observation.taskRef }));
  const task = tasks.get(`${dynoId}.${attempt}`);
  if (task === undefined) throw new Error('not known');
  return task;
};
const EVENT = { kind: 'task', appId: 'app', dynoId: 'dyno' };
const PENDING = {
  ...{ taskRef: 'dyno.2', appId: 'app', dynoId: 'dyno', attempt: 2, version: 1, state: 'pending' },
  ...{ listening: false, graceExpired: false, hangUps: 0 },
};

describe('a task that is asked for', () => {
  test('is seen at once, and keeps nothing secret', async () => {
    const task = await accepted({ outputStreamId: 'stream' });
    expect(tasks.observe('app')).toEqual([PENDING]);
    expect(tasks.observe('other')).toEqual([]);
    const kept = { appId: 'app', dynoId: 'dyno', attempt: 2, name: 'worker.1', logged: true, outputStreamId: 'stream' };
    expect(task.spec).toEqual(kept);
    expect([task.ordered, task.hasClient, task.waitsForClient, task.stopped]).toEqual([false, false, false, false]);
  });

  test('has one answer, however often it is asked for', async () => {
    let asked = 0;
    const accept = async (): Promise<StartResult> => {
      asked += 1;
      return { ok: true, taskRef: 'dyno.2' };
    };
    const answers = [await tasks.start(spec(), accept), await tasks.start(spec(), accept)];
    expect([asked, answers]).toEqual([1, [1, 2].map(() => ({ ok: true, taskRef: 'dyno.2' }))]);
    await tasks.start(spec({ attempt: 3 }), accept);
    expect(asked).toBe(2);
  });

  test('and refused is not there, and may be asked for again', async () => {
    const refusal = { ok: false, reason: 'no', retry: true } as const;
    expect(await tasks.start(spec(), async () => refusal)).toEqual(refusal);
    expect([tasks.observe('app'), tasks.get('dyno.2')]).toEqual([[], undefined]);
    await accepted();
    expect(tasks.observe('app')).toHaveLength(1);
  });

  test.each(['', '../x', 'a/b', 'a b', 'a.b', 'x\n'])('by the name %j is none', async (dynoId) => {
    const accept = async () => ({ ok: true, taskRef: 'x' }) as const;
    expect(await tasks.start(spec({ dynoId }), accept)).toEqual({ ok: false, reason: 'not a dyno id', retry: false });
    expect(tasks.observe('app')).toEqual([]);
  });
});

test('each change is one version, and told of', async () => {
  const task = await accepted();
  tasks.change(task, { state: 'running', launchedAtMs: 5 });
  tasks.heard({ kind: 'task', taskRef: 'dyno.2', change: { listening: true } });
  tasks.heard({ kind: 'task', taskRef: 'nobody.1', change: { listening: true } });
  tasks.heard({ kind: 'memory', taskRef: 'dyno.2', usedMiB: 7 });
  tasks.heard({ kind: 'memory', taskRef: 'nobody.1', usedMiB: 7 });
  expect(tasks.observe('app')).toEqual([
    { ...PENDING, version: 3, state: 'running', launchedAtMs: 5, listening: true },
  ]);
  expect(events).toEqual([EVENT, EVENT, { ...EVENT, kind: 'memory', usedMiB: 7 }]);
});

test('a task that is lost has the status of a kill', async () => {
  tasks.lose(await accepted(), 'the host ended');
  expect(tasks.observe('app')).toEqual([
    {
      ...PENDING,
      ...{ version: 2, state: 'stopped', stoppedAtMs: NOW_MS },
      exit: { status: 137, reason: 'lost', detail: 'the host ended' },
    },
  ]);
});

test('who listens later hears of every task that is there, and again when all are to be looked at', async () => {
  await accepted();
  await accepted({ dynoId: 'more' });
  const heard: RuntimeEvent[] = [];
  tasks.onEvent((event) => heard.push(event));
  expect(heard).toEqual([EVENT, { ...EVENT, dynoId: 'more' }]);
  tasks.announceAll();
  expect(heard).toHaveLength(4);
  expect(events).toHaveLength(2);
});

test('a task that ran before this platform did is known, with a version beyond any that it had', () => {
  tasks.adopt('dyno.2', spec(), { state: 'running' });
  const seen = { ...PENDING, version: NOW_MS + 1, state: 'running' };
  expect(tasks.observe('app')).toEqual([seen]);
  expect(tasks.onHost().map((task) => task.observation.taskRef)).toEqual(['dyno.2']);
  tasks.adopt('dyno.2', spec(), { listening: true });
  expect(tasks.observe('app')).toEqual([{ ...seen, version: NOW_MS + 2, listening: true }]);
  expect(events).toEqual([EVENT, EVENT]);
});

test('and is accepted when it is asked for', async () => {
  tasks.adopt('dyno.2', spec(), {});
  const accept = async () => ({ ok: false, reason: 'asked', retry: false }) as const;
  expect(await tasks.start(spec(), accept)).toEqual({ ok: true, taskRef: 'dyno.2' });
});

test('a host has what was ordered of it and has not stopped', async () => {
  const [one, two] = [await accepted({ dynoId: 'one' }), await accepted({ dynoId: 'two' })];
  await accepted({ dynoId: 'three' });
  one.ordered = true;
  two.ordered = true;
  tasks.end(two, { status: 0, reason: 'exited' });
  expect(tasks.onHost()).toEqual([one]);
});

test('a one-off waits for a client until it has one or stops', async () => {
  const attach = { terminal: true, columns: 80, rows: 24 };
  await accepted({ dynoId: 'plain' });
  const task = await accepted({ attach });
  expect(task.waitsForClient).toBe(true);
  expect([tasks.waitingForClient('plain'), tasks.waitingForClient('nobody')]).toEqual([undefined, undefined]);
  expect(tasks.waitingForClient('dyno')).toBe(task);
  task.hasClient = true;
  expect(tasks.waitingForClient('dyno')).toBeUndefined();
  task.hasClient = false;
  tasks.end(task, { status: 0, reason: 'exited' });
  expect(tasks.waitingForClient('dyno')).toBeUndefined();
});

test('the outputs that grow are those of dynos that have not stopped', async () => {
  await accepted({ dynoId: 'one', outputStreamId: 'stream-1' });
  const two = await accepted({ dynoId: 'two', outputStreamId: 'stream-2' });
  await accepted({ dynoId: 'three' });
  expect([...tasks.growingOutputs()].sort()).toEqual(['stream-1', 'stream-2']);
  tasks.end(two, { status: 0, reason: 'exited' });
  expect([...tasks.growingOutputs()]).toEqual(['stream-1']);
});

test('what has stopped is seen for ten minutes, and known for one more at most', async () => {
  tasks.end(await accepted(), { status: 0, reason: 'exited' });
  await accepted({ dynoId: 'runs' });
  const seen = () => tasks.observe('app').map(({ dynoId }) => dynoId);
  jest.advanceTimersByTime(10 * MINUTE_MS);
  expect([seen(), tasks.get('dyno.2') !== undefined]).toEqual([['dyno', 'runs'], true]);
  jest.advanceTimersByTime(1);
  expect([seen(), tasks.get('dyno.2') !== undefined]).toEqual([['runs'], true]);
  jest.advanceTimersByTime(MINUTE_MS - 1);
  expect(tasks.get('dyno.2')).toBeUndefined();
  expect(tasks.get('runs.2')).toBeDefined();
});

describe('lines that a dyno wrote', () => {
  const heard = (taskRef: string, ...entries: OutputEntry[]) =>
    tasks.heard({ kind: 'output', batch: [[taskRef, entries]] });

  test('are the app’s, with their own times; lines that were dropped are counted', async () => {
    await accepted();
    heard('dyno.2', [5.9, 'one'], [NOW_MS - 1_000.5, 3]);
    heard('nobody.1', [5, 'lost']);
    expect(lines).toEqual([
      { appId: 'app', atMs: 5, source: 'app', process: 'worker.1', message: 'one' },
      {
        ...{ appId: 'app', atMs: NOW_MS, source: 'app', process: 'log-shuttle' },
        message: 'Error L12: 3 messages dropped since 2026-11-30T23:59:58.999000+00:00.',
      },
    ]);
    expect(outputs).toEqual([]);
  });

  test.each([
    { logged: true, count: 2 },
    { logged: false, count: 0 },
  ])('go to the stream of a release phase as they are (logged: $logged)', async ({ logged, count }) => {
    await accepted({ logged, outputStreamId: 'stream' });
    heard('dyno.2', [5, 'one'], [6, '']);
    expect([lines.length, outputs]).toEqual([count, [['stream', 'one\n\n']]]);
  });
});
