import { afterStart } from '../../../core/dyno-manager/execute/after-start.ts';
import type { Dyno } from '../../../core/records/dyno.ts';
import { fieldsOf } from '../../dyno-fields.ts';
import { dyno, NOW_MS } from './records.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const refused = { ok: false, reason: 'RESOURCE:MEMORY', retry: true } as const;
const impossible = { ok: false, reason: 'release v7 is missing', retry: false } as const;
const job = { id: 'run', name: 'nightly', scheduledAtMs: 0, cause: 'schedule' } as const;

const answered = (name: string, changes: Partial<Dyno>, result: typeof refused | typeof impossible, chance = 0) =>
  afterStart(dyno(name, changes), result, NOW_MS, { next: () => chance });

test.each([
  { attempt: 1, seconds: 1 },
  { attempt: 2, seconds: 2 },
  { attempt: 5, seconds: 16 },
  { attempt: 6, seconds: 32 },
  { attempt: 7, seconds: 60 },
  { attempt: 50, seconds: 60 },
])('after refusal $attempt a dyno waits for half of $seconds s to all of it, as a new attempt', (row) => {
  const { attempt, seconds } = row;
  const least = answered('web.1', { attempt }, refused).dyno;
  const most = answered('web.1', { attempt }, refused, 0.999_999).dyno;
  expect(least).toMatchObject({ attempt: attempt + 1, nextStartAtMs: NOW_MS + (seconds * SECOND_MS) / 2 });
  expect(most?.nextStartAtMs).toBe(NOW_MS + seconds * SECOND_MS);
});

test('a new attempt has been asked for never yet', () => {
  const before = { intentAtMs: NOW_MS - MINUTE_MS, firstIntentAtMs: NOW_MS - 10 * MINUTE_MS };
  expect(answered('web.1', before, refused).dyno).not.toHaveProperty('firstIntentAtMs');
});

test.each([
  { what: 'one-off', name: 'run.1', changes: {}, after: undefined },
  { what: 'job', name: 'run.1', changes: { job }, after: 'failed' },
  { what: 'release phase', name: 'release.1', changes: {}, after: 'failed' },
])('a $what is given up at its fifth refusal, and leaves the word $after', ({ name, changes, after }) => {
  expect(answered(name, { ...changes, attempt: 4 }, refused).dyno).toMatchObject({ attempt: 5 });
  const last = answered(name, { ...changes, attempt: 5 }, refused);
  expect(fieldsOf(last.dyno)?.outcome).toBe(after);
  expect(last.dyno === undefined).toBe(after === undefined);
  expect(last.lines.map(({ message }) => message)).toEqual([
    'Error R99 (Platform error) -> Failed to start process: RESOURCE:MEMORY',
    'State changed from starting to complete',
  ]);
});

test.each([
  { before: 0, crashes: 2, minutes: 20 },
  { before: 1, crashes: 2, minutes: 20 },
  { before: 4, crashes: 5, minutes: 180 },
])('what can never start counts as crash $crashes after $before, and backs off', ({ before, crashes, minutes }) => {
  const { dyno: after, lines } = answered('web.1', { crashCount: before }, impossible, 0.999_999_999);
  expect(after).toMatchObject({ state: 'crashed', crashCount: crashes, nextStartAtMs: NOW_MS + minutes * MINUTE_MS });
  expect(lines.at(-1)?.message).toBe('State changed from starting to crashed');
});
