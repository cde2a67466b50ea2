import { CARRYING_OUT } from './mutants/carrying-out.ts';
import { CLOCKS } from './mutants/clocks.ts';
import { CRASHES } from './mutants/crashes.ts';
import { CYCLES } from './mutants/cycles.ts';
import { ECO } from './mutants/eco.ts';
import { EVENTS } from './mutants/events.ts';
import { FORMATION } from './mutants/formation.ts';
import { FOUND_AGAIN } from './mutants/found.ts';
import { LOG } from './mutants/log.ts';
import type { Mutant } from './mutants/mutant.ts';
import { ROLLOUTS } from './mutants/rollouts.ts';
import { ROUTES } from './mutants/routes.ts';
import { RUN_ONCE } from './mutants/run-once.ts';
import { SCHEDULER } from './mutants/scheduler.ts';
import { SLEEP } from './mutants/sleep.ts';
import { STARTS } from './mutants/starts.ts';
import { STOPS } from './mutants/stops.ts';
import { WINDOWS } from './mutants/windows.ts';

/** Every bug that is planted, by area. */
export const MUTANTS: readonly Mutant[] = [
  ...CRASHES,
  ...STARTS,
  ...FORMATION,
  ...ROLLOUTS,
  ...CYCLES,
  ...WINDOWS,
  ...SLEEP,
  ...ECO,
  ...SCHEDULER,
  ...CLOCKS,
  ...RUN_ONCE,
  ...STOPS,
  ...LOG,
  ...ROUTES,
  ...CARRYING_OUT,
  ...EVENTS,
  ...FOUND_AGAIN,
];
