import { MINUTE_MS, SECOND_MS } from '../../core/time.ts';
import { Dice } from './dice.ts';
import { CALL_FAULTS, type Call } from './faults.ts';
import { HABITS, type Habit } from './habits.ts';
import { ONE_OFF_PROGRAMS, RELEASE_PROGRAMS, WEB_PROGRAMS } from './programs.ts';
import type { ScriptEvent } from './script.ts';
import { atDue, beginning, jobsDrawn, THEME_ROWS, THEMES, type Theme } from './themes.ts';

type Draw = (dice: Dice, apps: number) => Record<string, unknown>;
type Row = readonly [weight: number, kind: string, draw: Draw];

/** The share of worlds with one of the habits. */
const HABIT_SHARE = 0.6;
/** Factors of a weight, per world. */
const FACTORS = [0, 0.3, 1, 1, 1, 5];
/** Events. */
const CALM_EVERY = 60;

const app: Draw = (dice, apps) => ({ app: dice.below(Math.max(1, apps)) });
const some = (dice: Dice) => dice.pick([1, 1, 1, 2, 3, 8]);

const SIZES = ['Standard-1X', 'Standard-1X', 'Standard-2X', 'Performance-M', 'Basic', 'Eco'];
const SPACE_SIZES = ['Private-S', 'Shield-M', 'dyno-1c-0.5gb'];
const WINDOWS = [
  { start: '02:00', end: '05:00', timeZone: 'Europe/Berlin' },
  { start: '23:30', end: '00:30', timeZone: 'America/New_York' },
  { start: '01:00', end: '03:00', timeZone: 'Asia/Tokyo' },
  { start: '22:15', end: '04:45', timeZone: 'Pacific/Auckland' },
  { start: '21:00', end: '23:00', timeZone: 'America/Los_Angeles' },
  null,
];
const SCOPES = ['*', '*', 'web', 'worker', 'web.1', 'web.2', 'web.3', 'worker.1'];
const CALLS: readonly Call[] = [
  'get',
  'list',
  'due',
  'transact',
  'transact',
  'start',
  'start',
  'start',
  'stop',
  'stop',
  'observe',
  'observe',
];

const FAULTS: readonly Row[] = [
  [
    30,
    'fault',
    (dice) => {
      const call = dice.pick(CALLS);
      return {
        fault: { call, what: dice.pick(CALL_FAULTS[call]), skip: dice.pick([0, 0, 1, 3, 10]), times: some(dice) },
      };
    },
  ],
  [8, 'messages', (dice) => ({ what: dice.pick(['lost', 'twice', 'at-once', 'late']), times: some(dice) })],
  [8, 'events', (dice) => ({ what: dice.pick(['lost', 'twice', 'late']), times: some(dice) })],
  [4, 'launches', (dice) => ({ how: dice.pick(['image', 'stuck']), times: dice.pick([1, 1, 2, 6]) })],
  [2, 'zone-lost', (dice) => ({ zone: dice.below(3), noticedAfterMs: dice.between(SECOND_MS, 5 * MINUTE_MS) })],
  [2, 'host-leaves', (dice) => ({ host: dice.below(6), why: dice.pick(['draining', 'spot-notice', 'retiring']) })],
  [2, 'ticks-skipped', (dice) => ({ minutes: dice.between(1, 10) })],
  [2, 'deduplicated', (dice) => ({ minutes: dice.between(1, 20) })],
  [2, 'throttled', (dice) => ({ minutes: dice.between(1, 20) })],
  [5, 'process-killed', (dice) => ({ index: dice.below(2) })],
  [2, 'outage', (dice) => ({ minutes: dice.pick([1, 12, 70, 300, 1_700, 1_700]) })],
  [1, 'tasks-lost', () => ({})],
  [2, 'record-lost', (dice, apps) => ({ ...app(dice, apps), dyno: dice.below(8) })],
  [1, 'poison', (dice, apps) => ({ ...app(dice, apps), minutes: dice.between(1, 30) })],
  [3, 'release-unreadable', (dice, apps) => ({ ...app(dice, apps), minutes: dice.between(1, 30) })],
  [3, 'app-unreadable', (dice, apps) => ({ ...app(dice, apps), minutes: dice.between(1, 30) })],
];

const OPERATIONS: readonly Row[] = [
  [
    20,
    'deploy',
    (dice, apps) => ({
      ...app(dice, apps),
      web: dice.pick(WEB_PROGRAMS),
      ...(dice.chance(0.7) ? { worker: dice.pick(WEB_PROGRAMS) } : {}),
      ...(dice.chance(0.2) ? { release: dice.pick(RELEASE_PROGRAMS) } : {}),
    }),
  ],
  [8, 'config', app],
  [
    20,
    'scale',
    (dice, apps) => ({
      ...app(dice, apps),
      web: dice.pick([0, 0, 1, 1, 2, 3, 4, 6, 10, dice.chance(0.04) ? 60 : 5]),
      worker: dice.pick([0, 1, 1, 2, 3]),
    }),
  ],
  [
    6,
    'resize',
    (dice, apps) => ({ ...app(dice, apps), type: dice.pick(['web', 'worker', 'all']), size: dice.pick(SIZES) }),
  ],
  [10, 'restart', (dice, apps) => ({ ...app(dice, apps), scope: dice.pick(SCOPES) })],
  [6, 'stop', (dice, apps) => ({ ...app(dice, apps), dyno: dice.below(8) })],
  [6, 'rollback', (dice, apps) => ({ ...app(dice, apps), back: dice.between(1, 4) })],
  [
    10,
    'run',
    (dice, apps) => ({
      ...app(dice, apps),
      command: dice.pick(ONE_OFF_PROGRAMS),
      attach: dice.chance(0.3),
      ...(dice.chance(0.3) ? { timeToLiveSeconds: dice.between(1, 7_200) } : {}),
    }),
  ],
  [2, 'delete', app],
  [4, 'feature', (dice, apps) => ({ ...app(dice, apps), name: 'preboot', on: dice.chance(0.7) })],
  [2, 'maintenance', (dice, apps) => ({ ...app(dice, apps), on: dice.chance(0.5) })],
  [
    4,
    'settings',
    (dice, apps) => ({
      ...app(dice, apps),
      cycling: dice.chance(0.8),
      ...(dice.chance(0.5) ? { window: dice.pick(WINDOWS) } : {}),
      ...(dice.chance(0.5) ? { memoryPercent: dice.pick([80, 110, null]) } : {}),
    }),
  ],
  [1, 'moved-to-space', (dice, apps) => ({ ...app(dice, apps), size: dice.pick(SPACE_SIZES) })],
  [4, 'visit', app],
  [6, 'exit', (dice, apps) => ({ ...app(dice, apps), task: dice.below(10) })],
  [6, 'memory', (dice, apps) => ({ ...app(dice, apps), task: dice.below(10) })],
  [5, 'client', (dice, apps) => ({ ...app(dice, apps), task: dice.below(3) })],
  [3, 'hang-up', (dice, apps) => ({ ...app(dice, apps), task: dice.below(3) })],
];

/**
 * Draws the events of one world. Each world has its own habits, with some events often and others never: events that are rare
 * in every world would hardly ever coincide.
 */
export class ScriptWriter {
  readonly #dice: Dice;
  readonly #factors = new Map<string, number>();
  readonly #appsMax: number;
  readonly #patience: number;
  /** All programs work: formations grow old and large. */
  readonly #healthy: boolean;
  readonly #habit: Habit | undefined;
  readonly #theme: Theme;
  readonly #operations: readonly Row[];
  #written = 0;

  constructor(seed: number) {
    const dice = new Dice(seed ^ 0x5bd1e995);
    this.#dice = dice;
    const habit = dice.chance(HABIT_SHARE) ? dice.pick(HABITS) : undefined;
    this.#habit = habit;
    for (const [, kind] of [...FAULTS, ...OPERATIONS]) {
      const factor = dice.pick(FACTORS);
      this.#factors.set(kind, habit?.factors[kind] ?? factor);
    }
    this.#appsMax = dice.pick([1, 2, 5]);
    const patience = dice.pick([0.3, 0.3, 1, 2]);
    this.#patience = habit?.patience ?? patience;
    const healthy = dice.chance(0.4);
    this.#theme = dice.pick(THEMES);
    this.#healthy = habit?.healthy ?? (healthy || this.#theme === 'windows' || this.#theme === 'eco');
    this.#operations = [...OPERATIONS, ...THEME_ROWS[this.#theme]];
  }

  /** Some periods are full of faults, others have none: there the rules that need quiet are checked. */
  next(apps: number, living: readonly number[]): ScriptEvent {
    const dice = this.#dice;
    const salt = this.#written;
    this.#written += 1;
    if (salt === 0) return { salt, kind: 'begin', ...beginning(dice, this.#theme) };
    const calm = Math.floor(salt / CALM_EVERY) % 4 === 0;
    const share = dice.next();
    if (living.length === 0 || (living.length < this.#appsMax && share < 0.03)) {
      return this.#habitual({ salt, kind: 'create', preboot: dice.chance(0.3) });
    }
    if (share < 0.5) return { salt, kind: 'wait', ms: this.#wait() };
    const rows = !calm && share < 0.7 ? FAULTS : this.#operations;
    let left = dice.next() * rows.reduce((sum, row) => sum + this.#weight(row), 0);
    for (const row of rows) {
      left -= this.#weight(row);
      if (left >= 0) continue;
      const event = { salt, kind: row[1], ...row[2](dice, apps) } as unknown as ScriptEvent;
      return this.#habitual(toLiving(event, living, dice));
    }
    return { salt, kind: 'wait', ms: 0 };
  }

  #habitual(event: ScriptEvent): ScriptEvent {
    if (event.kind === 'deploy') return this.#deploy(event);
    if (event.kind === 'resize' && this.#theme === 'eco') return { ...event, type: 'all', size: 'Eco' };
    if (event.kind === 'scale' && this.#theme === 'eco') {
      return { ...event, web: Math.min(1, event.web), worker: Math.min(1, event.worker) };
    }
    return this.#habit?.bend?.(event, this.#dice) ?? event;
  }

  #deploy(drawn: ScriptEvent & { readonly kind: 'deploy' }): ScriptEvent {
    const dice = this.#dice;
    const good: Partial<typeof drawn> = { web: 'good', ...(drawn.worker === undefined ? {} : { worker: 'good' }) };
    const deployed: ScriptEvent = this.#healthy ? { ...drawn, ...good } : drawn;
    const event = this.#healthy ? deployed : (this.#habit?.bend?.(deployed, dice) ?? deployed);
    if (this.#theme !== 'jobs') return event;
    return { ...event, cron: jobsDrawn(dice), ...(dice.chance(0.3) ? atDue(dice) : {}) } as ScriptEvent;
  }

  #weight(row: Row): number {
    const [weight, kind] = row;
    return THEME_ROWS[this.#theme].includes(row) ? weight : weight * (this.#factors.get(kind) ?? 1);
  }

  #wait(): number {
    const dice = this.#dice;
    const share = dice.next() ** (1 / this.#patience);
    if (share < 0.4) return dice.below(3_000);
    if (share < 0.85) return dice.between(3_000, 2 * MINUTE_MS);
    if (share < 0.97) return dice.between(2 * MINUTE_MS, 30 * MINUTE_MS);
    // Jobs make each hour expensive to simulate.
    return dice.between(30 * MINUTE_MS, (this.#theme === 'jobs' ? 4 : 30) * 60 * MINUTE_MS);
  }
}

/** Only few requests are for deleted apps. */
function toLiving(event: ScriptEvent, living: readonly number[], dice: Dice): ScriptEvent {
  if (!('app' in event) || living.includes(event.app) || dice.chance(0.05)) return event;
  return { ...event, app: dice.pick(living) };
}
