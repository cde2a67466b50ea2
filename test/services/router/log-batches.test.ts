import fc from 'fast-check';
import type { RouterLogLine } from '../../../services/router/context.ts';
import { createLogBatches } from '../../../services/router/log-batches.ts';

const BATCH_MAX = 1_000;
const WAITING_MAX = 2_500;

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

interface Batch {
  readonly numbers: readonly number[];
  readonly dropped: number;
}

function open(waitingMax = WAITING_MAX) {
  const sent: Batch[] = [];
  const untaken: (() => void)[] = [];
  let added = 0;
  const logs = createLogBatches({
    waitingMax,
    send: (lines, dropped, taken) => {
      sent.push({ numbers: lines.map(({ line }) => Number(line)), dropped });
      untaken.push(taken);
    },
  });
  return {
    logs,
    sent,
    underWay: () => untaken.length,
    added: () => added,
    add: (count: number) => {
      for (let index = 0; index < count; index += 1) {
        added += 1;
        const line: RouterLogLine = { appId: 'shop', atMs: 0, line: String(added) };
        logs.add(line);
      }
    },
    /** The reader has received the current batch. */
    take: () => untaken.shift()?.(),
  };
}

const dropsOf = (sent: readonly Batch[]) => sent.map(({ dropped }) => dropped);

test('lines of a moment leave together, a little later', () => {
  const { add, sent } = open();
  add(3);
  expect(sent).toEqual([]);
  jest.runAllTimers();
  expect(sent).toEqual([{ numbers: [1, 2, 3], dropped: 0 }]);
});

test('what a flood had dropped is told once, with the next batch', () => {
  const { add, take, sent } = open();
  add(WAITING_MAX + 7);
  jest.runAllTimers();
  expect(dropsOf(sent)).toEqual([7]);
  take();
  add(1);
  take();
  add(1);
  take();
  expect(dropsOf(sent)).toEqual([7, 0, 0, 0]);
});

test('what was dropped last is told though no line follows', () => {
  const { add, take, sent } = open(1);
  add(1);
  jest.runAllTimers();
  add(3);
  take();
  take();
  take();
  expect(sent).toEqual([
    { numbers: [1], dropped: 0 },
    { numbers: [2], dropped: 2 },
  ]);
});

test('the end waits for what is on its way and for what waits behind it', () => {
  const { add, take, logs, sent } = open();
  const ended = jest.fn();
  add(BATCH_MAX + 1);
  logs.end(ended);
  expect(ended).not.toHaveBeenCalled();
  take();
  expect(ended).not.toHaveBeenCalled();
  take();
  expect(ended).toHaveBeenCalledTimes(1);
  expect(sent.map(({ numbers }) => numbers.length)).toEqual([BATCH_MAX, 1]);
});

test('the end of a router that logged nothing comes at once', () => {
  const ended = jest.fn();
  open().logs.end(ended);
  expect(ended).toHaveBeenCalledTimes(1);
});

test('every line is sent once and in order or counted once as dropped, whatever the reader does', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('add' as const), count: fc.integer({ min: 1, max: 2_000 }) }),
    fc.constant({ kind: 'take' as const }),
    fc.constant({ kind: 'pass' as const }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const { logs, add, take, added, sent, underWay } = open();
      for (const each of steps) {
        if (each.kind === 'add') add(each.count);
        else if (each.kind === 'take') take();
        else jest.runAllTimers();
        expect(underWay()).toBeLessThanOrEqual(1);
      }
      const ended = jest.fn();
      logs.end(ended);
      for (let batches = 0; underWay() > 0 && batches < 100; batches += 1) take();
      expect(ended).toHaveBeenCalled();
      const numbers = sent.flatMap((batch) => batch.numbers);
      expect(numbers).toEqual([...new Set(numbers)].sort((left, right) => left - right));
      expect(numbers.length + dropsOf(sent).reduce((sum, count) => sum + count, 0)).toBe(added());
      for (const batch of sent) expect(batch.numbers.length).toBeLessThanOrEqual(BATCH_MAX);
    }),
    { numRuns: 60 },
  );
});
