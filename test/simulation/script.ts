import { MINUTE_MS, SECOND_MS } from '../../core/time.ts';
import type { Dice } from './dice.ts';
import { type ArmedFault, CALL_FAULTS, type Call } from './faults.ts';
import type { MessageFault } from './nudge-queue.ts';
import { ONE_OFF_PROGRAMS, type ProgramName, RELEASE_PROGRAMS, WEB_PROGRAMS } from './programs.ts';
import type { EventFault } from './world.ts';

/** What users, programs and machines do. Apps are named by the order of their creation, so that any part of a script is a script. */
export type ScriptEvent = { readonly salt: number } & (
  | { readonly kind: 'create'; readonly preboot: boolean }
  | {
      readonly kind: 'deploy';
      readonly app: number;
      readonly web: ProgramName;
      readonly worker?: ProgramName;
      readonly release?: ProgramName;
    }
  | { readonly kind: 'config'; readonly app: number }
  | { readonly kind: 'scale'; readonly app: number; readonly web: number; readonly worker: number }
  | { readonly kind: 'resize'; readonly app: number; readonly type: 'web' | 'worker' | 'all'; readonly size: string }
  | { readonly kind: 'restart'; readonly app: number; readonly scope: string }
  | { readonly kind: 'stop'; readonly app: number; readonly dyno: number }
  | { readonly kind: 'rollback'; readonly app: number; readonly back: number }
  | {
      readonly kind: 'run';
      readonly app: number;
      readonly command: ProgramName;
      readonly attach: boolean;
      readonly timeToLiveSeconds?: number;
    }
  | { readonly kind: 'delete'; readonly app: number }
  | { readonly kind: 'feature'; readonly app: number; readonly name: string; readonly on: boolean }
  | { readonly kind: 'cycling'; readonly app: number; readonly on: boolean }
  | { readonly kind: 'visit'; readonly app: number }
  | { readonly kind: 'maintenance'; readonly app: number; readonly on: boolean }
  | { readonly kind: 'exit' | 'memory' | 'client' | 'hang-up'; readonly app: number; readonly task: number }
  | { readonly kind: 'fault'; readonly fault: ArmedFault }
  | { readonly kind: 'messages'; readonly what: MessageFault; readonly times: number }
  | { readonly kind: 'events'; readonly what: EventFault; readonly times: number }
  | { readonly kind: 'launches'; readonly how: 'image' | 'stuck'; readonly times: number }
  | { readonly kind: 'zone-lost'; readonly zone: number; readonly noticedAfterMs: number }
  | { readonly kind: 'host-leaves'; readonly host: number; readonly why: 'draining' | 'spot-notice' | 'retiring' }
  | { readonly kind: 'ticks-skipped' | 'deduplicated'; readonly minutes: number }
  | { readonly kind: 'process-killed'; readonly index: number }
  | { readonly kind: 'outage'; readonly minutes: number }
  | { readonly kind: 'record-lost'; readonly app: number; readonly dyno: number }
  | { readonly kind: 'tasks-lost' }
  | {
      readonly kind: 'poison' | 'release-unreadable' | 'app-unreadable';
      readonly app: number;
      readonly minutes: number;
    }
  | { readonly kind: 'wait'; readonly ms: number }
);

type Draw = (dice: Dice, apps: number) => Record<string, unknown>;

const app: Draw = (dice, apps) => ({ app: dice.below(Math.max(1, apps)) });
const some = (dice: Dice) => dice.pick([1, 1, 1, 2, 3, 8]);

const SIZES = ['Standard-1X', 'Standard-1X', 'Standard-2X', 'Performance-M', 'Basic', 'Eco'];
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

const FAULTS: readonly (readonly [weight: number, kind: string, draw: Draw])[] = [
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
  [5, 'process-killed', (dice) => ({ index: dice.below(2) })],
  [1, 'outage', (dice) => ({ minutes: dice.pick([1, 12, 70, 300, 1_700]) })],
  [1, 'tasks-lost', () => ({})],
  [2, 'record-lost', (dice, apps) => ({ ...app(dice, apps), dyno: dice.below(8) })],
  [1, 'poison', (dice, apps) => ({ ...app(dice, apps), minutes: dice.between(1, 30) })],
  [1, 'release-unreadable', (dice, apps) => ({ ...app(dice, apps), minutes: dice.between(1, 30) })],
  [3, 'app-unreadable', (dice, apps) => ({ ...app(dice, apps), minutes: dice.between(1, 30) })],
];

const OPERATIONS: readonly (readonly [weight: number, kind: string, draw: Draw])[] = [
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
  [1, 'cycling', (dice, apps) => ({ ...app(dice, apps), on: dice.chance(0.7) })],
  [4, 'visit', app],
  [6, 'exit', (dice, apps) => ({ ...app(dice, apps), task: dice.below(10) })],
  [3, 'memory', (dice, apps) => ({ ...app(dice, apps), task: dice.below(10) })],
  [5, 'client', (dice, apps) => ({ ...app(dice, apps), task: dice.below(3) })],
  [3, 'hang-up', (dice, apps) => ({ ...app(dice, apps), task: dice.below(3) })],
];

function drawWait(dice: Dice): number {
  const share = dice.next();
  if (share < 0.4) return dice.below(3_000);
  if (share < 0.85) return dice.between(3_000, 2 * MINUTE_MS);
  if (share < 0.97) return dice.between(2 * MINUTE_MS, 30 * MINUTE_MS);
  return dice.between(30 * MINUTE_MS, 30 * 60 * MINUTE_MS);
}

/** Some stretches are full of faults, and some have none: the rules that need quiet are checked there. */
export function drawEvent(dice: Dice, salt: number, apps: number): ScriptEvent {
  const calm = Math.floor(salt / 60) % 4 === 0;
  const share = dice.next();
  if (apps === 0 || (apps < 5 && share < 0.03)) return { salt, kind: 'create', preboot: dice.chance(0.3) };
  if (share < 0.5) return { salt, kind: 'wait', ms: drawWait(dice) };
  const rows = !calm && share < 0.7 ? FAULTS : OPERATIONS;
  let left = dice.next() * rows.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, kind, draw] of rows) {
    left -= weight;
    if (left < 0) return { salt, kind, ...draw(dice, apps) } as unknown as ScriptEvent;
  }
  return { salt, kind: 'wait', ms: 0 };
}

/** One event per line, ready for `found.test.ts`. */
export function printScript(script: readonly ScriptEvent[]): string {
  return script.map((event) => `  ${JSON.stringify(event)},`).join('\n');
}
