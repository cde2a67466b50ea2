import { type Dyno, isOfJob } from '../../records/dyno.ts';
import { mayBeForgotten, unansweredSinceMs } from '../observe/classify.ts';
import type { Look, Subject } from '../observe/look.ts';
import { gone, unknown } from './formation-step.ts';
import { exitLines, leave, stillKilled, stillStopping } from './leave.ts';
import { begin, progress } from './progress.ts';
import { type Step, say } from './step.ts';
import { CYCLING, SIGTERM_ALL, stateChanged } from './system-lines.ts';

/** A one-off runs once: however it ends, its last state is `complete` and its record is deleted. */
export function oneOffStep(look: Look, subject: Subject): Step {
  return runOnce(look, subject, (lines) => {
    const { dyno, version, task } = subject;
    const step = gone(dyno, version, lines);
    if (!isOfJob(dyno)) return step;
    return { ...step, writes: [...step.writes, { kind: 'job-ended', dyno, ...(task === undefined ? {} : { task }) }] };
  });
}

/** `end` decides what remains of a dyno that has ended, and gets its missing log lines. */
export function runOnce(look: Look, subject: Subject, end: (lines: Step['lines']) => Step): Step {
  const { dyno, task, condition, wish } = subject;
  const complete = (from: 'starting' | 'up') => say(dyno, stateChanged(from, 'complete'));
  switch (condition) {
    case 'unstarted':
      if (mayHaveRun(look, dyno)) return look.observations.complete ? end(complete('starting')) : unknown(look, dyno);
      return wish.kind === 'remove' ? end(complete('starting')) : begin(look, subject);
    case 'pending':
    case 'awaiting-client':
    case 'booting':
    case 'up':
      if (task === undefined) return unknown(look, dyno);
      // The user or the clock has decided about this dyno alone, which is seen to run: other tasks do not matter.
      return wish.kind === 'remove'
        ? leave(look, { ...subject, task }, wish.cause, leavingLines(dyno, wish.cause === 'cycle'))
        : progress(look, { ...subject, task });
    case 'killed':
      return task === undefined ? unknown(look, dyno) : stillKilled(look, { ...subject, task });
    case 'stopping':
      return task === undefined ? unknown(look, dyno) : stillStopping(look, { ...subject, task });
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
      return unknown(look, dyno);
  }
}

function leavingLines(dyno: Dyno, cycled: boolean): Step['lines'] {
  return say(dyno, ...(cycled ? [CYCLING] : []), SIGTERM_ALL);
}

/** Requested by a process that is gone, or too long ago, without a trace of it: another start could run it twice. */
function mayHaveRun({ recoveredAtMs = 0, nowMs }: Look, dyno: Dyno): boolean {
  const askedAtMs = unansweredSinceMs(dyno);
  return askedAtMs !== undefined && (askedAtMs < recoveredAtMs || mayBeForgotten(dyno, nowMs));
}
