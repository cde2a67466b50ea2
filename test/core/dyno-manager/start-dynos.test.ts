import type { DynoSpecs } from '../../../core/dyno-manager/execute/dyno-spec.ts';
import { type StartDynos, startDynos } from '../../../core/dyno-manager/execute/start-dynos.ts';
import type { DynoSpec, StartResult } from '../../../core/ports/dyno-runtime.ts';
import type { ProblemSubject } from '../../../core/ports/problems.ts';
import type { Write } from '../../../core/ports/store.ts';
import type { Dyno } from '../../../core/records/dyno.ts';
import type { LogLine } from '../../../core/records/log-line.ts';
import { eventsIn } from '../../written-events.ts';
import { app, dyno, NOW_MS } from './records.ts';

const ACCEPTED: StartResult = { ok: true, taskRef: 'task-1' };
const REFUSED: StartResult = { ok: false, reason: 'no room', retry: true };
const UNANSWERED: StartResult = { ok: false, reason: 'no answer', retry: true, unanswered: true };
const IMPOSSIBLE: StartResult = { ok: false, reason: 'Error R17 (Checksum error)', retry: false };

type Answer = StartResult | 'throws' | 'cannot be read' | { readonly spec: string };

interface World {
  readonly answers: Readonly<Record<string, Answer>>;
  readonly unasked?: readonly string[];
  readonly versions?: Readonly<Record<string, number>>;
  readonly stale?: true;
  readonly isLate?: () => boolean;
}

/** Starts the dynos, and returns every effect. */
async function start(dynos: readonly Dyno[], { answers, unasked = [], versions = {}, stale, isLate }: World) {
  const done = {
    asked: [] as string[],
    transactions: [] as (readonly Write[])[],
    lines: [] as string[],
    events: [] as string[],
    reports: [] as string[],
    nudges: [] as string[],
    /** Requests that the events are published. */
    published: [] as string[],
    error: undefined as unknown,
  };
  const specs = {
    specFor: async ({ name }: Dyno) => {
      const answer = answers[name];
      if (answer === 'cannot be read') throw new Error('the store is away');
      if (typeof answer === 'object' && 'spec' in answer) return { ok: false, error: answer.spec };
      return { ok: true, value: { name } };
    },
  } as unknown as DynoSpecs;
  const context = {
    platform: {
      clock: { nowMs: () => NOW_MS },
      random: { next: () => 0.5 },
      store: {
        transact: async (writes: readonly Write[]) => {
          const isOutbox = ({ key }: Write) => key.partition === 'events#app-1';
          done.transactions.push(writes.filter((write) => !isOutbox(write)));
          if (stale) return { ok: false, error: 'stale' };
          for (const { action, data } of writes.filter(isOutbox).flatMap(eventsIn)) {
            done.events.push(`${action} ${'state' in data ? data.state : ''}`);
          }
          return { ok: true };
        },
      },
      ids: { uuid: () => 'event-1', sequence: () => 1 },
      eventRequests: { enqueue: (appId: string) => done.published.push(appId) },
      logs: { append: (lines: readonly LogLine[]) => done.lines.push(...lines.map((line) => line.message)) },
      passRequests: { enqueue: (appId: string) => done.nudges.push(appId) },
      problems: {
        report: (problem: string, error: unknown, { appId }: ProblemSubject) =>
          done.reports.push(`${appId}: ${problem}: ${error instanceof Error ? error.message : ''}`),
      },
    },
    runtime: {
      start: async ({ name }: DynoSpec) => {
        done.asked.push(name);
        const answer = answers[name] ?? ACCEPTED;
        if (answer === 'throws') throw new Error(`${name}: broken`);
        return answer;
      },
    },
    app: app({}),
    specs,
    unasked: new Set(unasked),
    versions: new Map(Object.entries(versions)),
    isLate: isLate ?? (() => false),
  } as unknown as StartDynos;
  try {
    await startDynos(context, dynos);
  } catch (error) {
    done.error = error;
  }
  return done;
}

const NOTHING = {
  asked: [],
  transactions: [],
  lines: [],
  events: [],
  reports: [],
  nudges: [],
  published: [],
  error: undefined,
};
const web = dyno('web.1');
const oneOff = dyno('run.1', { attempt: 5 });
const key = (id: string) => ({ partition: 'app#app-1', sort: `dyno#${id}` });
const DIRTY = expect.objectContaining({ key: { partition: 'app#app-1', sort: 'manager' } });
const first = { unasked: ['id-web.1', 'id-run.1'], versions: { 'id-web.1': 3, 'id-run.1': 4 } };

test('an accepted start is noted in the record as it stands, and nothing is said', async () => {
  expect(await start([web], { ...first, answers: {} })).toEqual({
    ...NOTHING,
    asked: ['web.1'],
    transactions: [[{ kind: 'put', key: key('id-web.1'), value: { ...web, taskRef: 'task-1' }, expect: 3 }]],
  });
});

test('a record that nobody has a version of must not be there', async () => {
  const { transactions } = await start([web], { answers: {} });
  expect(transactions).toMatchObject([[{ expect: 'absent' }]]);
});

test('a refused start is another attempt a second later; the log says so, and the app is looked at again', async () => {
  const again = { ...web, attempt: 2, nextStartAtMs: NOW_MS + 750 };
  expect(await start([web], { ...first, answers: { 'web.1': REFUSED } })).toEqual({
    ...NOTHING,
    asked: ['web.1'],
    transactions: [[{ kind: 'put', key: key('id-web.1'), value: again, expect: 3 }, DIRTY]],
    lines: ['Error R99 (Platform error) -> Failed to start process: no room'],
    nudges: ['app-1'],
  });
});

test('a start that cannot succeed is a crash, and the world is told', async () => {
  const done = await start([web], { ...first, answers: { 'web.1': IMPOSSIBLE } });
  expect(done).toMatchObject({
    lines: ['Error R17 (Checksum error)', 'State changed from starting to crashed'],
    events: ['update crashed'],
    nudges: ['app-1'],
  });
});

test('a one-off that is given up is gone', async () => {
  expect(await start([oneOff], { ...first, answers: { 'run.1': REFUSED } })).toEqual({
    ...NOTHING,
    asked: ['run.1'],
    transactions: [[{ kind: 'delete', key: key('id-run.1'), expect: 4 }, DIRTY]],
    lines: [
      'Error R99 (Platform error) -> Failed to start process: no room',
      'State changed from starting to complete',
    ],
    events: ['update down'],
    published: ['app-1'],
    nudges: ['app-1'],
  });
});

describe('what is not known of a start', () => {
  test.each<{ readonly name: string; readonly answer: Answer; readonly asked: readonly string[] }>([
    { name: 'no answer', answer: UNANSWERED, asked: ['web.1'] },
    { name: 'what it needs cannot be read', answer: 'cannot be read', asked: [] },
    { name: 'what it needs is gone', answer: { spec: 'release v7 is missing' }, asked: [] },
  ])('$name, after an earlier pass asked for it: it stays as it is', async ({ answer, asked }) => {
    const done = await start([web], { answers: { 'web.1': answer } });
    expect(done).toMatchObject({ asked, lines: [], nudges: [], events: [], error: undefined });
    expect(done.transactions.flat()).toEqual([]);
  });

  test('a refusal after an earlier pass asked for it is an answer', async () => {
    const { lines } = await start([web], { answers: { 'web.1': REFUSED } });
    expect(lines).toEqual(['Error R99 (Platform error) -> Failed to start process: no room']);
  });

  test.each<{ readonly name: string; readonly answer: Answer; readonly lines: readonly string[] }>([
    {
      name: 'no answer',
      answer: UNANSWERED,
      lines: ['Error R99 (Platform error) -> Failed to start process: no answer'],
    },
    {
      name: 'what it needs cannot be read',
      answer: 'cannot be read',
      lines: ['Error R99 (Platform error) -> Failed to start process: its release or its environment cannot be read'],
    },
    {
      name: 'what it needs is gone',
      answer: { spec: 'release v7 is missing' },
      lines: [
        'Error R99 (Platform error) -> Failed to start process: release v7 is missing',
        'State changed from starting to crashed',
      ],
    },
  ])('$name, at the first try: $lines', async ({ answer, lines }) => {
    expect((await start([web], { ...first, answers: { 'web.1': answer } })).lines).toEqual(lines);
  });

  test('what cannot be read is told to the operator, and tried again', async () => {
    const { reports, transactions } = await start([web], { ...first, answers: { 'web.1': 'cannot be read' } });
    expect(reports).toEqual(['app-1: cannot read the release or config of web.1: the store is away']);
    expect(transactions).toMatchObject([[{ kind: 'put', value: { attempt: 2, state: 'starting' } }, {}]]);
  });
});

test('a runtime that throws says nothing of that dyno; the others are noted, and the pass fails', async () => {
  const other = dyno('web.2');
  const done = await start([web, other], { ...first, answers: { 'web.1': 'throws' } });
  expect(done.error).toEqual(new Error('web.1: broken'));
  expect(done.transactions).toMatchObject([[{ kind: 'put', value: { name: 'web.2', taskRef: 'task-1' } }]]);
  expect(done).toMatchObject({ lines: [], nudges: [] });
});

test('where somebody wrote the records meanwhile nothing is said, and the app is looked at again', async () => {
  const done = await start([web], { ...first, answers: { 'web.1': IMPOSSIBLE }, stale: true });
  expect(done).toMatchObject({ lines: [], events: [], nudges: ['app-1'] });
  expect((await start([web], { ...first, answers: {}, stale: true })).nudges).toEqual(['app-1']);
});

const many = (count: number) => Array.from({ length: count }, (_, index) => dyno(`web.${index + 1}`));

test('fifty are asked for at a time, and none once it is late', async () => {
  let turns = 0;
  const late = await start(many(120), { answers: {}, isLate: () => ++turns > 2 });
  expect(late.asked).toHaveLength(100);
  expect((await start(many(120), { answers: {} })).asked).toHaveLength(120);
  expect((await start(many(1), { answers: {}, isLate: () => true })).asked).toEqual([]);
});

test('answers are written a transaction’s worth at a time, one write left for the mark and one for the events', async () => {
  const { transactions } = await start(many(150), { answers: { 'web.120': REFUSED } });
  expect(transactions.map((writes) => writes.length)).toEqual([98, 53]);
});
