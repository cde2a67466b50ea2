import { type Dyno, isOfJob } from '../../records/dyno.ts';
import type { AppSnapshot, Subject } from '../observe/app-snapshot.ts';
import { mayBeForgotten, unansweredSinceMs } from '../observe/classify.ts';
import { type DynoPlan, systemLines } from './dyno-plan.ts';
import { gone, unknown } from './formation-step.ts';
import { exitLines, leave, stillKilled, stillStopping } from './leave.ts';
import { begin, progress } from './progress.ts';
import { CYCLING, SIGTERM_ALL, stateChanged } from './system-lines.ts';

/** A one-off runs once: however it ends, its last state is `complete` and its record is deleted. */
export function oneOffStep(snapshot: AppSnapshot, subject: Subject): DynoPlan {
  return runOnce(snapshot, subject, (lines) => {
    const { dyno, version, task } = subject;
    const step = gone(dyno, version, lines);
    if (!isOfJob(dyno)) return step;
    return { ...step, writes: [...step.writes, { kind: 'job-ended', dyno, ...(task === undefined ? {} : { task }) }] };
  });
}

/** `end` decides what remains of a dyno that has ended, and gets its missing log lines. */
export function runOnce(
  snapshot: AppSnapshot,
  subject: Subject,
  end: (lines: DynoPlan['lines']) => DynoPlan,
): DynoPlan {
  const { dyno, task, condition, decision } = subject;
  const complete = (from: 'starting' | 'up') => systemLines(dyno, stateChanged(from, 'complete'));
  switch (condition) {
    case 'unstarted':
      if (mayHaveRun(snapshot, dyno))
        return snapshot.observations.complete ? end(complete('starting')) : unknown(snapshot, dyno);
      return decision.kind === 'remove' ? end(complete('starting')) : begin(snapshot, subject);
    case 'pending':
    case 'awaiting-client':
    case 'booting':
    case 'up':
      if (task === undefined) return unknown(snapshot, dyno);
      // The user or the clock has decided about this dyno alone, which is seen to run: other tasks do not matter.
      return decision.kind === 'remove'
        ? leave(snapshot, { ...subject, task }, decision.cause, leavingLines(dyno, decision.cause === 'cycle'))
        : progress(snapshot, { ...subject, task });
    case 'killed':
      return task === undefined ? unknown(snapshot, dyno) : stillKilled(snapshot, { ...subject, task });
    case 'stopping':
      return task === undefined ? unknown(snapshot, dyno) : stillStopping(snapshot, { ...subject, task });
    case 'stopped':
    case 'exited':
    case 'lost': {
      const { lines, lastState } = exitLines(dyno, task);
      return end([...lines, ...complete(lastState)]);
    }
    case 'crashed':
    case 'idle':
    case 'finished':
      return end([]);
    case 'unknown':
      return unknown(snapshot, dyno);
  }
}

function leavingLines(dyno: Dyno, cycled: boolean): DynoPlan['lines'] {
  return systemLines(dyno, ...(cycled ? [CYCLING] : []), SIGTERM_ALL);
}

/** Requested by a process that is gone, or too long ago, without a trace of it: another start could run it twice. */
function mayHaveRun({ recoveredAtMs = 0, nowMs }: AppSnapshot, dyno: Dyno): boolean {
  const askedAtMs = unansweredSinceMs(dyno);
  return askedAtMs !== undefined && (askedAtMs < recoveredAtMs || mayBeForgotten(dyno, nowMs));
}
