import type { Dice } from './dice.ts';
import type { ScriptEvent } from './script.ts';

/** Events that one world has more often than chance would, so that decisions that need several rare events are reached. */
export interface Habit {
  readonly name: string;
  /** Factors of the weights of events, by kind. */
  readonly factors: Readonly<Record<string, number>>;
  /** Every program works. */
  readonly healthy?: true;
  /** Ratio of long waits to short ones: above 1, worlds grow old. */
  readonly patience?: number;
  bend?(event: ScriptEvent, dice: Dice): ScriptEvent;
}

/** Apps of the size that sleeps; now and then a request arrives. */
const SLEEPY: Habit = {
  name: 'sleepy',
  factors: { resize: 8, visit: 25, deploy: 0.5, 'moved-to-space': 0, delete: 0.2 },
  patience: 2,
  bend(event, dice) {
    if (event.kind === 'resize') return { ...event, type: 'all', size: 'Eco' };
    if (event.kind === 'scale') return { ...event, web: dice.below(10) > 0 ? 1 : 0, worker: Math.min(1, event.worker) };
    return event;
  },
};

/** Machines are replaced under working dynos. */
const MOVING: Habit = {
  name: 'moving',
  factors: { 'host-leaves': 25, 'zone-lost': 5, delete: 0.2, 'moved-to-space': 3 },
  healthy: true,
};

/** Programs need more memory than they have, and apps have a threshold. */
const HUNGRY: Habit = {
  name: 'hungry',
  factors: { settings: 12, memory: 12, exit: 0.3, delete: 0.2, 'process-killed': 0.3 },
  healthy: true,
  bend: (event) => (event.kind === 'settings' ? { ...event, memoryPercent: 80 } : event),
};

/** Large formations grow old, with a window for their cycles. */
const OLD: Habit = {
  name: 'old',
  factors: { settings: 6, scale: 2, deploy: 0.3, config: 0.2, restart: 0.3, delete: 0, outage: 3 },
  healthy: true,
  patience: 5,
};

/** The runtime has no room, again and again. */
const FULL: Habit = {
  name: 'full',
  factors: { fault: 6, launches: 8, delete: 0.2 },
  bend(event, dice) {
    if (event.kind !== 'fault' || dice.chance(0.3)) return event;
    return { ...event, fault: { call: 'start', what: 'refused', skip: dice.below(3), times: 2 + dice.below(8) } };
  },
};

/** One release after the other, many with a command. */
const RELEASING: Habit = {
  name: 'releasing',
  factors: { deploy: 3, rollback: 3, stop: 4, delete: 0.5 },
  bend(event, dice) {
    if (event.kind !== 'deploy' || dice.chance(0.4)) return event;
    return { ...event, release: dice.pick(['release-good', 'release-good', 'release-bad', 'deaf']) };
  },
};

/** New dynos next to old ones; half of the programs never come up. */
const PREBOOTING: Habit = {
  name: 'prebooting',
  factors: { deploy: 2, restart: 3, scale: 2, resize: 0.3, delete: 0.1, feature: 0.3 },
  bend(event, dice) {
    if (event.kind === 'create') return { ...event, preboot: true };
    if (event.kind === 'resize') return { ...event, size: dice.pick(['Standard-1X', 'Standard-2X', 'Performance-M']) };
    if (event.kind !== 'deploy') return event;
    return { ...event, web: dice.pick(['good', 'good', 'good', 'slow', 'never-binds', 'crashes-later']) };
  },
};

/** One quarter after the other. */
const SPACES: Habit = {
  name: 'spaces',
  factors: { 'moved-to-space': 40, deploy: 2, restart: 2, scale: 2, resize: 0, delete: 0.1 },
  bend(event, dice) {
    if (event.kind !== 'deploy') return event;
    return { ...event, web: dice.pick(['good', 'good', 'good', 'slow', 'never-binds', 'crashes-early']) };
  },
};

/** Commands that run once, most of them with a client. */
const ONE_OFFS: Habit = {
  name: 'one-offs',
  factors: { run: 8, client: 6, 'hang-up': 8, stop: 5, deploy: 0.5, delete: 0.3 },
};

export const HABITS: readonly Habit[] = [SLEEPY, MOVING, HUNGRY, OLD, FULL, RELEASING, PREBOOTING, SPACES, ONE_OFFS];
