import { DynoOutput, Output } from '../../../adapters/local/dynos/host/output.ts';
import type { OutputEntry } from '../../../adapters/local/dynos/messages.ts';

/** One dyno's lines, written at the test's times, and the number of its notifications of new lines. */
function outputOf() {
  let nowMs = 0;
  let firsts = 0;
  const output = new DynoOutput('dyno.1', () => {
    firsts += 1;
  });
  const stream = output.stream(() => nowMs);
  return {
    output,
    firsts: () => firsts,
    write: (text: string, atMs = nowMs) => {
      nowMs = atMs;
      stream.push(Buffer.from(text));
    },
    all: () => output.take(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY),
  };
}

test('lines are handed on in order with their times, and each is handed on once', () => {
  const { output, write, all, firsts } = outputOf();
  expect([output.hasMore, all()]).toEqual([false, []]);
  write('one\ntw', 5);
  write('o\n', 6);
  expect([output.hasMore, firsts()]).toEqual([true, 1]);
  expect(all()).toEqual([
    [5, 'one'],
    [6, 'two'],
  ]);
  expect([output.hasMore, all()]).toEqual([false, []]);
  write('three\n');
  expect([firsts(), all()]).toEqual([2, [[6, 'three']]]);
});

test.each([
  { lines: 2, bytes: 1_000, taken: 2 },
  { lines: 9, bytes: 1, taken: 1 },
  { lines: 9, bytes: 58, taken: 1 },
  { lines: 9, bytes: 59, taken: 2 },
  { lines: 9, bytes: 117, taken: 3 },
  { lines: 0, bytes: 1_000, taken: 0 },
])(
  'no more than $lines lines and about $bytes bytes at a time, at 48 bytes a line: $taken',
  ({ lines, bytes, taken }) => {
    const { output, write } = outputOf();
    write(`${'x'.repeat(10)}\n`.repeat(4));
    expect(output.take(lines, bytes)).toHaveLength(taken);
    expect(output.take(9, 1_000)).toHaveLength(4 - taken);
  },
);

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => String(from + index));

test('behind 20,000 lines that wait the newest are lost, and how many is told where they would have been', () => {
  const { output, write, all } = outputOf();
  write(`${numbers(0, 20_000).join('\n')}\n`, 1);
  write('lost\n', 7);
  write('lost\n', 8);
  expect(output.take(1, 1_000)).toEqual([[1, '0']]);
  write('next\n', 9);
  write('lost again\n', 10);
  const told = all();
  expect(told.slice(0, 19_999).map(([, text]) => text)).toEqual(numbers(1, 20_000));
  expect(told.slice(19_999)).toEqual([
    [7, 2],
    [9, 'next'],
    [10, 1],
  ]);
  expect(output.hasMore).toBe(false);
});

test('behind 2 MB that wait lines are lost too, and what was taken makes room', () => {
  const { output, write, all } = outputOf();
  const line = 'x'.repeat(8_192 - 48);
  write(`${line}\n`.repeat(256), 1);
  write('lost\n', 2);
  expect(output.take(2, 8_192)).toHaveLength(1);
  write('next\n', 3);
  expect(all().slice(255)).toEqual([
    [2, 1],
    [3, 'next'],
  ]);
  write('more\n', 4);
  expect(all()).toEqual([[4, 'more']]);
});

test('a dyno that only lost lines has that to tell', () => {
  const { output, write, all } = outputOf();
  write('\n'.repeat(20_000), 1);
  write('lost\n', 5);
  expect(output.take(20_000, 2 ** 30)).toHaveLength(20_001);
  expect(all()).toEqual([]);
});

describe('the lines of all dynos', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test('leave together after 2 ms, each with its share of 500 lines, and the next batch 10 ms later', () => {
    const batches: [string, number][][] = [];
    const output = new Output((batch) =>
      batches.push(
        batch.map(([taskRef, entries]: readonly [string, readonly OutputEntry[]]) => [taskRef, entries.length]),
      ),
    );
    const [a, b] = [output.open('a').stream(), output.open('b').stream()];
    a.push(Buffer.from('\n'.repeat(600)));
    b.push(Buffer.from('\n'.repeat(10)));
    jest.advanceTimersByTime(1);
    expect(batches).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(batches).toEqual([
      [
        ['a', 250],
        ['b', 10],
      ],
    ]);
    jest.advanceTimersByTime(9);
    expect(batches).toHaveLength(1);
    jest.advanceTimersByTime(1);
    expect(batches[1]).toEqual([['a', 350]]);
    jest.advanceTimersByTime(1_000);
    expect(batches).toHaveLength(2);
    b.push(Buffer.from('x\n'));
    jest.advanceTimersByTime(1_000);
    expect(batches).toHaveLength(2);
    output.taken();
    jest.advanceTimersByTime(2);
    expect(batches[2]).toEqual([['b', 1]]);
  });
});
