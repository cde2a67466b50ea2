import { MemoryWatch } from '../../../core/dyno-manager/observe/memory-watch.ts';
import { dyno } from './records.ts';

const MINUTE_MS = 60_000;
const DYNOS = ['web.1', 'web.2'].map((name) => ({ partition: '', sort: '', version: 1, value: dyno(name) }));

/** One app whose threshold is 90 %; samples are minutes and percentages of web.1. */
function watching(...samples: readonly (readonly [minute: number, percent: number])[]) {
  const watch = new MemoryWatch();
  watch.noteApp('app-1', 90, DYNOS);
  for (const [minute, percent] of samples) watch.sample('app-1', 'id-web.1', percent, minute * MINUTE_MS);
  return { watch, over: (minute: number) => [...watch.samples('app-1', minute * MINUTE_MS).overThreshold] };
}

test.each([
  {
    what: 'above for five minutes',
    samples: [
      [0, 95],
      [3, 95],
      [5, 91],
    ] as const,
    over: true,
  },
  {
    what: 'above for less than that',
    samples: [
      [0, 95],
      [4, 95],
    ] as const,
    at: 4.99,
    over: false,
  },
  { what: 'above once, and not heard of since', samples: [[0, 95]] as const, over: true },
  {
    what: 'below for a moment',
    samples: [
      [0, 95],
      [3, 50],
      [4, 95],
    ] as const,
    over: false,
  },
  {
    what: 'just at the threshold',
    samples: [
      [0, 90],
      [3, 90],
      [5, 90],
    ] as const,
    over: false,
  },
])('a dyno that was $what is over the threshold: $over', ({ samples, over, at = 5 }) => {
  expect(watching(...samples).over(at)).toEqual(over ? ['id-web.1'] : []);
});

test('a setting that is taken away, and a dyno that is gone, are forgotten', () => {
  const { watch, over } = watching([0, 95]);
  watch.noteApp('app-1', 90, DYNOS.slice(1));
  expect(over(10)).toEqual([]);
  const other = watching([0, 95]);
  other.watch.noteApp('app-1', undefined, DYNOS);
  other.watch.noteApp('app-1', 90, DYNOS);
  expect(other.over(10)).toEqual([]);
});

test('what is far over its quota is told once', () => {
  const watch = new MemoryWatch();
  watch.noteOverQuota('app-1', 'id-web.1', 1_200);
  expect([...watch.samples('app-1', 0).overQuota]).toEqual([['id-web.1', 1_200]]);
  expect([...watch.samples('app-1', 0).overQuota]).toEqual([]);
});
