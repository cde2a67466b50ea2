import type { Condition } from '../../../core/dyno-manager/observe/classify.ts';
import type { Observations, TaskObservation } from '../../../core/ports/dyno-runtime.ts';
import type { Dyno } from '../../../core/records/dyno.ts';
import { fieldsOf } from '../../dyno-fields.ts';
import { OURS } from './heroku.ts';
import type { Known, Seen } from './known.ts';

/** The newest observation of the task of this attempt of the dyno. */
export function taskOf(dyno: Pick<Dyno, 'id' | 'attempt'>, { tasks }: Observations): TaskObservation | undefined {
  const own = tasks.filter((task) => task.dynoId === dyno.id && task.attempt === dyno.attempt);
  return own.sort((left, right) => right.version - left.version)[0];
}

export const isWeb = ({ kind, type }: Dyno): boolean => kind === 'formation' && type === 'web';

export function whatIs(dyno: Dyno, task: TaskObservation | undefined, allSeen: boolean): Condition {
  if (fieldsOf(dyno).outcome !== undefined) return 'finished';
  if (dyno.state === 'crashed' || dyno.state === 'idle') return dyno.state;
  const toldToGo = dyno.state === 'stopping';
  if (task === undefined) {
    const neverAccepted = dyno.taskRef === undefined && !toldToGo;
    if (neverAccepted) return 'unstarted';
    if (!allSeen) return 'unknown';
    return toldToGo ? 'stopped' : 'lost';
  }
  const formation = dyno.kind === 'formation';
  if (task.state === 'stopped') {
    if (toldToGo) return 'stopped';
    const why = task.exit?.reason;
    // The platform's fault is no crash; a dyno that runs once fails if it finds no machine.
    return why === 'lost' || (why === 'no-room' && formation) ? 'lost' : 'exited';
  }
  if (toldToGo) return 'stopping';
  if (formation && task.hostFault === 'lost') return 'lost';
  if (dyno.stopCause !== undefined) return 'killed';
  if (dyno.state === 'up') return 'up';
  if (task.state !== 'running') return task.state;
  return isWeb(dyno) && !task.listening ? 'booting' : 'up';
}

/** The oldest first. */
export function everyone({ dynos, seen }: Pick<Known, 'dynos' | 'seen'>): readonly Seen[] {
  const byAge = [...dynos].sort(
    (left, right) => left.createdAtMs - right.createdAtMs || left.id.localeCompare(right.id, 'en'),
  );
  return byAge.map((dyno) => {
    const task = taskOf(dyno, seen);
    return { dyno, task, is: whatIs(dyno, task, seen.complete) };
  });
}

/** When this attempt was first requested, if there is no known answer. */
export function askedSinceMs({ nextStartAtMs, firstIntentAtMs, intentAtMs }: Dyno): number | undefined {
  return nextStartAtMs === undefined ? (firstIntentAtMs ?? intentAtMs) : undefined;
}

/** So long ago that another request could start a second task. */
export function isForgotten(dyno: Dyno, nowMs: number): boolean {
  const sinceMs = askedSinceMs(dyno);
  return sinceMs !== undefined && nowMs - sinceMs >= OURS.repeatableMs;
}
