import fc from 'fast-check';
import type { JobState } from '../../../core/records/job.ts';
import {
  CATCH_UP_MAX,
  type DueStep,
  ON_TIME_MS,
  planDue,
  type TimeRange,
  undecided,
} from '../../../core/scheduler/plan-due.ts';
import { runTimes } from '../../../core/scheduler/run-times.ts';
import { parseSchedule } from '../../../core/scheduler/schedule.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOON = Date.UTC(2026, 0, 1, 12);

function state(changes: Partial<JobState> & { job?: Partial<JobState['job']> } = {}): JobState {
  const { job, ...rest } = changes;
  return {
    appId: 'app-1',
    slugId: 'slug-1',
    nextRunAtMs: NOON,
    backlog: [],
    createdAtMs: 0,
    updatedAtMs: 0,
    ...rest,
    job: {
      name: 'clean',
      schedule: '@hourly',
      timezone: 'UTC',
      command: 'x',
      overlap: 'skip',
      catchUp: 'none',
      ...job,
    },
  };
}

/** Minutes after noon. */
const at = (ms: number) => (ms - NOON) / MINUTE;

function show(step: DueStep | undefined) {
  if (step === undefined) return undefined;
  const { nextRunAtMs, backlog, dueAtMs } = step.next;
  const next = { next: at(nextRunAtMs), backlog: backlog.map(at), due: at(dueAtMs) };
  if (step.kind === 'run') return { run: at(step.atMs), cause: step.cause, ...next };
  if (step.kind === 'wait') return { wait: true, ...next };
  const range = ({ firstMs, lastMs, count }: TimeRange) => `${count}: ${at(firstMs)} to ${at(lastMs)}`;
  return { missed: range(step.all), left: step.left && range(step.left), ...next };
}

describe('an hourly job, with times in minutes after noon', () => {
  test.each([
    { name: 'is not due yet', minutes: -1, expected: undefined },
    { name: 'is due now', minutes: 0, expected: { run: 0, cause: 'schedule', next: 60, backlog: [], due: 60 } },
    { name: 'is a little late', minutes: 2, expected: { run: 0, cause: 'schedule', next: 60, backlog: [], due: 60 } },
    {
      name: 'was missed once',
      minutes: 3,
      expected: { missed: '1: 0 to 0', left: '1: 0 to 0', next: 60, backlog: [], due: 60 },
    },
    {
      name: 'was missed, and the next is due now',
      minutes: 121,
      expected: { missed: '2: 0 to 60', left: '2: 0 to 60', next: 120, backlog: [], due: 120 },
    },
    {
      name: 'was missed, and its last run is caught up',
      minutes: 130,
      job: { catchUp: 'last' as const },
      expected: { missed: '3: 0 to 120', left: '2: 0 to 60', next: 180, backlog: [120], due: 130 },
    },
    {
      name: 'was missed once, which is caught up',
      minutes: 30,
      job: { catchUp: 'last' as const },
      expected: { missed: '1: 0 to 0', left: undefined, next: 60, backlog: [0], due: 30 },
    },
    {
      name: 'was missed, and one that is due now makes up for it',
      minutes: 120,
      job: { catchUp: 'last' as const },
      expected: { missed: '2: 0 to 60', left: '2: 0 to 60', next: 120, backlog: [], due: 120 },
    },
    {
      name: 'was missed, and all of it is caught up',
      minutes: 130,
      job: { catchUp: 'all' as const },
      expected: { missed: '3: 0 to 120', left: undefined, next: 180, backlog: [0, 60, 120], due: 130 },
    },
    {
      name: 'was missed for days, and the last day is caught up',
      minutes: 48 * 60 + 5,
      job: { catchUp: 'all' as const },
      expected: {
        missed: '49: 0 to 2880',
        left: '25: 0 to 1440',
        next: 49 * 60,
        backlog: Array.from({ length: CATCH_UP_MAX }, (_, index) => 1_500 + index * 60),
        due: 48 * 60 + 5,
      },
    },
    {
      name: 'was missed again while it caught up',
      minutes: 10,
      backlog: [-120, -60],
      job: { catchUp: 'last' as const },
      expected: { missed: '3: -120 to 0', left: '2: -120 to -60', next: 60, backlog: [0], due: 10 },
    },
    {
      name: 'catches up one after the other',
      minutes: -10,
      backlog: [-120, -60],
      expected: { run: -120, cause: 'catch-up', next: 0, backlog: [-60], due: -9 },
    },
    {
      name: 'waits for room to catch up',
      minutes: -10,
      backlog: [-120],
      busy: true,
      expected: { wait: true, next: 0, backlog: [-120], due: -9 },
    },
    {
      name: 'needs no room when runs may overlap',
      minutes: -10,
      backlog: [-120],
      busy: true,
      job: { overlap: 'allow' as const },
      expected: { run: -120, cause: 'catch-up', next: 0, backlog: [], due: 0 },
    },
    {
      name: 'runs on time before it catches up',
      minutes: 1,
      backlog: [-120],
      expected: { run: 0, cause: 'schedule', next: 60, backlog: [-120], due: 2 },
    },
  ])('$name', ({ minutes, job = {}, backlog = [], busy = false, expected }) => {
    const due = state({ job: job as JobState['job'], backlog: backlog.map((each) => NOON + each * MINUTE) });
    expect(show(planDue(due, busy, NOON + minutes * MINUTE))).toEqual(expected);
  });
});

describe('what an hourly job that ends leaves undone, with times in minutes after noon', () => {
  test.each([
    { name: 'a moment before it is due: nothing', until: -1 / MINUTE, left: undefined },
    { name: 'at the very moment when it is due: that run', until: 0, left: '1: 0 to 0' },
    { name: 'a moment after it: that run', until: 1 / MINUTE, left: '1: 0 to 0' },
    { name: 'at the very moment when the next one is due: both', until: 60, left: '2: 0 to 60' },
    { name: 'and a moment before that: one', until: 60 - 1 / MINUTE, left: '1: 0 to 0' },
    { name: 'with runs to be caught up: these as well', until: 0, backlog: [-120, -60], left: '3: -120 to 0' },
    { name: 'only those to be caught up', until: -1, backlog: [-120, -60], left: '2: -120 to -60' },
  ])('$name', ({ until, backlog = [], left }) => {
    const ends = state({ backlog: backlog.map((each) => NOON + each * MINUTE) });
    const range = undecided(ends, NOON + until * MINUTE);
    expect(range && `${range.count}: ${at(range.firstMs)} to ${at(range.lastMs)}`).toBe(left);
  });
});

test('a minute’s job after ten years of silence is counted, and costs little memory', () => {
  const late = state({ job: { schedule: '* * * * *' } as JobState['job'], nextRunAtMs: NOON - 87_660 * HOUR });
  const step = planDue(late, false, NOON);
  expect(step).toMatchObject({
    kind: 'missed',
    all: { count: 87_660 * 60 - 2 },
    next: { nextRunAtMs: NOON - ON_TIME_MS },
  });
});

/** Every time is decided exactly once, whatever the policy and whenever the ticks come. */
test('nothing is lost and nothing is run twice, however late the ticks are', () => {
  const gap = fc.oneof(fc.integer({ min: 1_000, max: 3 * MINUTE }), fc.integer({ min: MINUTE, max: 30 * HOUR }));
  fc.assert(
    fc.property(
      fc.constantFrom('@hourly', '*/10 * * * *', '* * * * *', '30 2 * * *', '0 12 * * MON-FRI'),
      fc.constantFrom('none', 'last', 'all'),
      fc.constantFrom('skip', 'allow'),
      fc.array(fc.tuple(gap, fc.boolean()), { maxLength: 30 }),
      (schedule, catchUp, overlap, ticks) => {
        const job = { schedule, catchUp, overlap, timezone: 'Europe/Berlin' } as JobState['job'];
        let now = NOON + 80 * 24 * HOUR;
        const first = nextOf(timesAfter(schedule, now));
        const times = timesAfter(schedule, first - 1);
        const all = new Set<number>();
        let coming = nextOf(times);
        let current = state({ job, nextRunAtMs: first });
        const decided: number[] = [];
        let missed = 0;
        for (const [gapMs, busy] of ticks) {
          now += gapMs;
          for (let steps = 0; ; steps += 1) {
            if (steps > 10) throw new Error('it does not come to rest');
            const step = planDue(current, busy, now);
            if (step === undefined) break;
            if (step.kind === 'run') decided.push(step.atMs);
            if (step.kind === 'missed') missed += step.left?.count ?? 0;
            current = { ...current, nextRunAtMs: step.next.nextRunAtMs, backlog: step.next.backlog };
            if (step.kind === 'wait' || step.next.dueAtMs > now) break;
          }
          for (; coming <= now; coming = nextOf(times)) all.add(coming);
          expect(new Set(decided).size).toBe(decided.length);
          expect(decided.filter((time) => !all.has(time))).toEqual([]);
          expect(decided.length + missed + current.backlog.length).toBe(all.size);
          expect(current.nextRunAtMs).toBeGreaterThan(now);
          expect(current.backlog.length).toBeLessThanOrEqual(catchUp === 'none' ? 0 : CATCH_UP_MAX);
        }
      },
    ),
    { numRuns: 100 },
  );
});

function timesAfter(schedule: string, afterMs: number): Iterator<number> {
  const parsed = parseSchedule(schedule);
  if (!parsed.ok) throw new Error(parsed.error);
  return runTimes(parsed.value, 'Europe/Berlin', afterMs)[Symbol.iterator]();
}

function nextOf(times: Iterator<number>): number {
  const { value, done } = times.next();
  if (done === true) throw new Error('a schedule without an end has ended');
  return value;
}
