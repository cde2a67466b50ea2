import type { TaskObservation } from '../../ports/dyno-runtime.ts';
import type { Dyno, DynoTold } from '../../records/dyno.ts';
import { systemLines } from './dyno-plan.ts';
import { startingLine } from './new-dyno.ts';
import { AWAITING_CLIENT, type SystemLine } from './system-lines.ts';

export interface Launched {
  readonly dyno: Dyno;
  readonly lines: readonly SystemLine[];
}

const NO_LINES: readonly SystemLine[] = [];

/**
 * The task is known and perhaps launched. Also used for a task that ended before its launch was seen: its log lines must be in
 * order.
 */
export function launched(dyno: Dyno, task: TaskObservation): Launched {
  const attached = dyno.kind === 'one-off' && dyno.attach !== undefined;
  const toldAll = dyno.told?.starting === true && !attached;
  if (toldAll && dyno.taskRef === task.taskRef) return { dyno, lines: NO_LINES };
  const lines: SystemLine[] = [];
  let told: DynoTold = dyno.told ?? {};
  const hasLaunched = task.launchedAtMs !== undefined;
  const waited = attached && (task.state === 'awaiting-client' || hasLaunched);
  if (waited && told.awaitingClient !== true) {
    told = { ...told, awaitingClient: true };
    lines.push(...systemLines(dyno, AWAITING_CLIENT));
  }
  if (hasLaunched && told.starting !== true) {
    told = { ...told, starting: true };
    lines.push(startingLine(dyno));
  }
  if (lines.length === 0 && dyno.taskRef === task.taskRef) return { dyno, lines };
  return {
    dyno: { ...dyno, taskRef: task.taskRef, ...(lines.length === 0 ? {} : { told }) },
    lines,
  };
}
