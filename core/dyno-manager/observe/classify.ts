import type { TaskObservation } from '../../ports/dyno-runtime.ts';
import { type Dyno, hasOutcome } from '../../records/dyno.ts';
import { START_REPEATABLE_MS } from '../plan/timers.ts';

/** A dyno's condition, from its record and its task alone. Every dyno has exactly one. */
export type Condition =
  /** Desired, without a known task. */
  | 'unstarted'
  /** Accepted, but its process was not launched. */
  | 'pending'
  | 'awaiting-client'
  /** A web process that does not listen yet. */
  | 'booting'
  | 'up'
  /** Being killed for a fault; ends as a crash. */
  | 'killed'
  /** Stop requested, still there. */
  | 'stopping'
  /** Stop requested, and gone. */
  | 'stopped'
  /** Its process ended without a stop request. */
  | 'exited'
  /** Its task has vanished, or found no machine: a fault of the platform, not a crash. */
  | 'lost'
  /** No process; waits for its next start. */
  | 'crashed'
  /** Asleep: no process, and none desired until a request arrives. */
  | 'idle'
  /** A release phase whose outcome is recorded but perhaps not reported yet. */
  | 'finished'
  /** Not visible while some tasks cannot be read: neither there nor gone. */
  | 'unknown';

export function classify(dyno: Dyno, task: TaskObservation | undefined, complete: boolean): Condition {
  if (hasOutcome(dyno)) return 'finished';
  if (dyno.state === 'crashed') return 'crashed';
  if (dyno.state === 'idle') return 'idle';
  if (task === undefined) return withoutTask(dyno, complete);
  if (task.state === 'stopped') {
    if (dyno.state === 'stopping') return 'stopped';
    return isPlatforms(dyno, task) ? 'lost' : 'exited';
  }
  if (dyno.state === 'stopping') return 'stopping';
  if (task.hostFault === 'lost' && dyno.kind === 'formation') return 'lost';
  if (dyno.stopCause !== undefined) return 'killed';
  // A dyno that was up does not wait for its launch again: that is an old observation of its task.
  return task.state === 'running' || dyno.state === 'up' ? running(dyno, task) : task.state;
}

/** Dynos outside of the formation are not retried: their start has failed. */
function isPlatforms({ kind }: Dyno, { exit }: TaskObservation): boolean {
  return exit?.reason === 'lost' || (exit?.reason === 'no-room' && kind === 'formation');
}

function withoutTask(dyno: Dyno, complete: boolean): Condition {
  if (dyno.state !== 'stopping' && dyno.taskRef === undefined) return 'unstarted';
  if (!complete) return 'unknown';
  return dyno.state === 'stopping' ? 'stopped' : 'lost';
}

/** Once up, a web dyno that stops listening for a while stays up: the router notices by itself. */
function running(dyno: Dyno, task: TaskObservation): Condition {
  return isProbed(dyno) && !task.listening && dyno.state !== 'up' ? 'booting' : 'up';
}

/** When its start was first requested, if no answer is known. If the next start has a time, this one was not requested yet. */
export function unansweredSinceMs({ intentAtMs, firstIntentAtMs, nextStartAtMs }: Dyno): number | undefined {
  return nextStartAtMs === undefined ? (firstIntentAtMs ?? intentAtMs) : undefined;
}

/** Requested so long ago that the runtime may have forgotten it: repeating the request could start a second task. */
export function mayBeForgotten(dyno: Dyno, nowMs: number): boolean {
  const sinceMs = unansweredSinceMs(dyno);
  return sinceMs !== undefined && nowMs - sinceMs >= START_REPEATABLE_MS;
}

/** Only a web dyno of the formation must bind to `$PORT`. */
export function isProbed(dyno: Dyno): boolean {
  return dyno.kind === 'formation' && dyno.type === 'web';
}
