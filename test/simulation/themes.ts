import type { CronJob } from '../../core/records/cron-job.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../core/time.ts';
import type { Dice } from './dice.ts';
import { ONE_OFF_PROGRAMS } from './programs.ts';
import { SCHEDULES } from './schedules.ts';

type Draw = (dice: Dice, apps: number) => Record<string, unknown>;
type Row = readonly [weight: number, kind: string, draw: Draw];

/** The special subject of a world, in addition to what all worlds have. */
export const THEMES = ['none', 'jobs', 'jobs', 'eco', 'eco', 'windows', 'clocks'] as const;
export type Theme = (typeof THEMES)[number];

/** Ends of months, and clock changes in some part of the world within the next two days. */
const BEGINNINGS = [
  '2026-01-01T00:00:00Z',
  '2026-01-31T06:00:00Z',
  '2026-02-28T12:00:00Z',
  '2026-03-07T18:00:00Z',
  '2026-03-28T16:00:00Z',
  '2026-04-03T20:00:00Z',
  '2026-09-25T22:00:00Z',
  '2026-10-02T22:00:00Z',
  '2026-10-24T12:00:00Z',
  '2026-10-31T12:00:00Z',
  '2027-12-31T10:00:00Z',
  '2028-02-28T22:00:00Z',
];

const MONTHS = ['2026-02-01', '2026-03-01', '2026-11-01', '2027-01-01', '2028-03-01'];

/** On which day the world begins; `ecoHours` limits its accounts' Eco hours per month. */
export function beginning(dice: Dice, theme: Theme): { readonly at: string; readonly ecoHours?: number } {
  if (theme === 'eco') {
    // The month ends while its hours are used up.
    const atMs = Date.parse(dice.pick(MONTHS)) - dice.between(HOUR_MS, 10 * HOUR_MS);
    return { at: new Date(atMs).toISOString(), ecoHours: dice.pick([0.3, 0.3, 0.7, 1.5, 3, 1_000]) };
  }
  const fromMs = Date.parse(dice.pick(BEGINNINGS)) + dice.below(6) * HOUR_MS;
  // On the minute, ticks coincide with the times of jobs; elsewhere they do not.
  const atMs = dice.chance(0.5) ? fromMs : fromMs + dice.below(HOUR_MS);
  const ecoHours = dice.chance(0.1) ? { ecoHours: dice.pick([0.5, 2, 5, 1_000]) } : {};
  return { at: new Date(atMs).toISOString(), ...ecoHours };
}

const app = (dice: Dice, apps: number) => ({ app: dice.below(Math.max(1, apps)) });
const NAMES = ['clean', 'mail', 'sum'];

/** The content of `app.json`: different jobs each time, and different settings of one job. */
export function jobsDrawn(dice: Dice): readonly CronJob[] {
  return NAMES.slice(0, dice.pick([0, 1, 1, 2, 3])).map((name) => ({
    name,
    ...dice.pick(dice.chance(0.5) ? SCHEDULES.slice(0, 3) : SCHEDULES),
    command: dice.pick(ONE_OFF_PROGRAMS),
    overlap: dice.pick(['skip', 'allow', 'replace', 'replace'] as const),
    catchUp: dice.pick(['none', 'last', 'all'] as const),
    ...(dice.chance(0.3) ? { timeToLiveSeconds: dice.between(30, 3_600) } : {}),
  }));
}

/** Around the moment when the next run of one of the app's jobs is due. */
export const atDue = (dice: Dice) => ({
  dueOffsetMs: dice.pick([-20 * SECOND_MS, -5 * SECOND_MS, -1, 0, 0, 0, 1, 61 * SECOND_MS, 3 * MINUTE_MS]),
});

/** From all over the world, with other dates than UTC, offsets of half and quarter hours, and clocks that change. */
const ZONES = [
  'Asia/Tokyo',
  'Pacific/Auckland',
  'Pacific/Kiritimati',
  'Pacific/Niue',
  'America/Los_Angeles',
  'America/New_York',
  'America/St_Johns',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'Pacific/Chatham',
  'Europe/Berlin',
  'UTC',
];
const HOURS = ['00:00', '01:00', '02:15', '05:30', '09:00', '13:45', '18:00', '22:30', '23:45'];

export function windowDrawn(dice: Dice) {
  const start = dice.pick(HOURS);
  const [hour = 0, minute = 0] = start.split(':').map(Number);
  const end = (hour * 60 + minute + dice.pick([30, 60, 120, 240])) % 1_440;
  const two = (number: number) => String(number).padStart(2, '0');
  return { start, end: `${two(Math.floor(end / 60))}:${two(end % 60)}`, timeZone: dice.pick(ZONES) };
}

export const THEME_ROWS: Readonly<Record<Theme, readonly Row[]>> = {
  none: [],
  jobs: [
    [40, 'deploy', (dice, apps) => ({ ...app(dice, apps), web: 'good' })],
    [8, 'ticks-skipped', (dice) => ({ minutes: dice.between(3, 50) })],
    [4, 'outage', (dice) => ({ minutes: dice.pick([5, 12, 70, 300]) })],
    [
      20,
      'run-job',
      (dice, apps) => ({ ...app(dice, apps), job: dice.below(3), ...(dice.chance(0.5) ? atDue(dice) : {}) }),
    ],
    [
      30,
      'stop-run',
      (dice, apps) => ({ ...app(dice, apps), run: dice.below(4), ...(dice.chance(0.7) ? atDue(dice) : {}) }),
    ],
  ],
  eco: [
    [60, 'visit', (dice, apps) => ({ ...app(dice, apps), ...evidence(dice) })],
    [40, 'resize', (dice, apps) => ({ ...app(dice, apps), type: 'all', size: 'Eco' })],
    [6, 'router-behind', (dice) => ({ router: dice.below(3), minutes: dice.pick([1, 5, 30, 120]) })],
  ],
  windows: [[15, 'settings', (dice, apps) => ({ ...app(dice, apps), cycling: true, window: windowDrawn(dice) })]],
  clocks: [
    [
      6,
      'clock',
      (dice) => ({
        index: dice.below(2),
        ms: dice.pick([-1, -1, 1]) * dice.pick([2 * MINUTE_MS, 20 * MINUTE_MS, HOUR_MS, 24 * HOUR_MS]),
        minutes: dice.pick([1, 10, 40, 100]),
      }),
    ],
  ],
};

/** Which router saw the request, and how its report travels. */
function evidence(dice: Dice) {
  return {
    router: dice.below(3),
    ...(dice.chance(0.3) ? { lateMs: dice.pick([200, 3_000, 40_000, 5 * MINUTE_MS]) } : {}),
    ...(dice.chance(0.2) ? { twice: true } : {}),
  };
}
