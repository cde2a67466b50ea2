import type { Dyno } from '../../../core/records/dyno.ts';
import { app, dyno, MINUTE_MS, NOW_MS, planned, up } from './records.ts';

/** The replacement of `old`, which the runtime has refused `attempt - 1` times. */
const replacement = (attempt: number, changes: Partial<Dyno>) => ({
  dyno: dyno('web.1', {
    id: 'new',
    attempt,
    createdAtMs: NOW_MS - MINUTE_MS / 2,
    nextStartAtMs: NOW_MS + MINUTE_MS,
    ...changes,
  }),
});
const past = { cycleAtMs: NOW_MS - MINUTE_MS };
const replaces = (cause: 'cycle' | 'host-fault') => ({
  replaces: { dynoId: 'id-web.1', cause, sinceMs: NOW_MS - MINUTE_MS / 2 },
});
const inSize = (size: string) => {
  const { formation, ...rest } = app({ web: 1 });
  return { ...rest, formation: formation.map((entry) => ({ ...entry, size })) };
};

const KINDS = [
  {
    kind: 'cycled',
    situation: (attempt: number) => ({
      app: app({ web: 1 }),
      known: [up('web.1', past), replacement(attempt, replaces('cycle'))],
    }),
  },
  {
    kind: 'moved off a machine that is to go',
    situation: (attempt: number) => ({
      app: app({ web: 1 }),
      known: [up('web.1', {}, { hostFault: 'draining' }), replacement(attempt, replaces('host-fault'))],
    }),
  },
  {
    kind: 'replaced by a new release, rolling',
    situation: (attempt: number) => ({
      app: inSize('Private-S'),
      known: [
        up('web.1', { releaseVersion: 6, releaseId: 'release-6', size: 'Private-S' }),
        replacement(attempt, { size: 'Private-S' }),
      ],
    }),
  },
];

/** After two refusals its replacement has no room next to a dyno: until then the old one serves. */
const CASES = KINDS.flatMap((one) =>
  [1, 2, 3, 4].map((attempt) => ({ ...one, attempt, stops: attempt > 2, title: `${one.kind}, attempt ${attempt}` })),
);

test.each(CASES)('a dyno that is $title: it makes room: $stops', ({ situation, attempt, stops }) => {
  const plan = planned(situation(attempt));
  expect(plan.map((line) => line.replace(' v6', ''))).toEqual(stops ? ['note web.1 stopping'] : []);
});
