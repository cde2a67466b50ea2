import type { Dyno } from '../dyno/dyno.ts';
import { countCrash, crashWaitMs } from './crash-policy.ts';
import { exitLines, leave, replacementLines, stillKilled, stillStopping } from './leave.ts';
import type { Look, Subject } from './look.ts';
import { newFormationDyno, startingLine } from './new-dyno.ts';
import { begin, progress } from './progress.ts';
import { type Step, say, step } from './step.ts';
import { RESTARTING, SIGTERM_ALL, type SystemLine, stateChanged } from './system-lines.ts';
import { INCOMPLETE_RECHECK_MS, MOVING_RECHECK_MS } from './timers.ts';
import { entryOf } from './wishes.ts';

/** What happens to one dyno of the formation. */
export function formationStep(look: Look, subject: Subject): Step {
  const { dyno, task, condition, wish, version } = subject;
  const removed = (lines: readonly SystemLine[]) => gone(dyno, version, lines);
  switch (condition) {
    case 'unstarted':
      if (wish.kind === 'remove') return removed(say(dyno, stateChanged('starting', 'down')));
      // Its start was announced already, and the new one carries on from there.
      return wish.kind === 'replace' ? successor(look, subject, { crashCount: 0, lines: [] }) : begin(look, subject);
    case 'pending':
    case 'awaiting-client':
    case 'booting':
    case 'up':
      return task === undefined ? unknown(look, dyno) : live(look, { ...subject, task });
    case 'killed':
      return task === undefined ? unknown(look, dyno) : stillKilled(look, { ...subject, task });
    case 'stopping':
      return task === undefined ? unknown(look, dyno) : stillStopping(look, { ...subject, task });
    case 'stopped':
      return removed(exitLines(dyno, task).lines);
    case 'exited':
      return crash(look, subject);
    case 'lost':
      return lost(look, subject);
    case 'crashed':
      return crashed(look, subject);
    case 'finished':
      return removed([]);
    case 'unknown':
      return unknown(look, dyno);
  }
}

function live(look: Look, subject: Parameters<typeof progress>[1]): Step {
  const { dyno, wish, task } = subject;
  if (wish.kind === 'keep') return progress(look, subject);
  // Nothing is stopped on partial knowledge.
  if (!look.observations.complete) {
    return { ...progress(look, subject), ...recheck(look, `${dyno.name} to be stopped once all tasks can be read`) };
  }
  if (wish.kind === 'remove') {
    return leave(
      look,
      subject,
      wish.cause,
      say(dyno, SIGTERM_ALL, stateChanged(dyno.state === 'up' ? 'up' : 'starting', 'down')),
    );
  }
  const replacement = newFor(look, dyno, 0, false);
  if (replacement === undefined) return progress(look, subject);
  const leaving = leave(look, subject, wish.cause, replacementLines(dyno, wish.cause));
  // `Starting process …` follows when the launch is seen, so that the log shows the old process's exit first.
  return {
    ...leaving,
    writes: [...leaving.writes, { kind: 'put', dyno: replacement, expect: 'absent' }],
    starts: [replacement],
    after: [...leaving.after, replacement],
    lookAtMs: look.nowMs + MOVING_RECHECK_MS,
    waiting: `${dyno.name} to be replaced (${task.taskRef})`,
  };
}

function crash(look: Look, subject: Subject): Step {
  const { dyno, version, task, wish } = subject;
  const { nowMs } = look;
  const { lines, lastState } = exitLines(dyno, task);
  if (wish.kind === 'remove') return gone(dyno, version, [...lines, ...say(dyno, stateChanged(lastState, 'down'))]);
  const down = [...lines, ...say(dyno, stateChanged(lastState, 'crashed'))];
  if (wish.kind === 'replace') return successor(look, subject, { crashCount: 0, lines: [...down, ...again(dyno)] });
  const crashCount = countCrash(dyno, task?.stoppedAtMs ?? nowMs);
  const waitMs = crashWaitMs(crashCount, dyno.size, look.random);
  if (waitMs === 0) return successor(look, subject, { crashCount, lines: [...down, ...again(dyno)] });
  const record = crashedRecord(dyno, crashCount, nowMs, waitMs);
  return step([record], {
    writes: [{ kind: 'put', dyno: record, expect: version }],
    lines: down,
    lookAtMs: nowMs + waitMs,
    waiting: `${dyno.name} to be started again after a crash`,
  });
}

export function crashedRecord(dyno: Dyno, crashCount: number, nowMs: number, waitMs: number): Dyno {
  const { address: _address, stopCause: _cause, ...rest } = dyno;
  return {
    ...rest,
    state: 'crashed',
    crashCount,
    nextStartAtMs: nowMs + waitMs,
    stateChangedAtMs: nowMs,
    updatedAtMs: nowMs,
  };
}

function crashed(look: Look, subject: Subject): Step {
  const { dyno, version, wish } = subject;
  if (wish.kind === 'remove') return gone(dyno, version, say(dyno, stateChanged('crashed', 'down')));
  if (wish.kind === 'replace') return successor(look, subject, { crashCount: 0, lines: again(dyno) });
  const dueAtMs = dyno.nextStartAtMs ?? look.nowMs;
  if (dueAtMs > look.nowMs) {
    return step([dyno], { lookAtMs: dueAtMs, waiting: `${dyno.name} to be started again after a crash` });
  }
  return successor(look, subject, { crashCount: dyno.crashCount, lines: again(dyno) });
}

/** The platform lost it: started again at once, and not counted as a crash. */
function lost(look: Look, subject: Subject): Step {
  const { dyno, version, wish } = subject;
  const wasUp = dyno.state === 'up';
  if (wish.kind === 'remove') return gone(dyno, version, say(dyno, stateChanged(wasUp ? 'up' : 'starting', 'down')));
  const lines = say(dyno, RESTARTING, ...(wasUp ? [stateChanged('up', 'starting')] : []));
  return successor(look, subject, { crashCount: wish.kind === 'keep' ? dyno.crashCount : 0, lines });
}

const again = (dyno: Dyno) => say(dyno, stateChanged('crashed', 'starting'));

/** The record goes, and one with a new id takes its place. */
function successor(
  look: Look,
  { dyno, version }: Subject,
  { crashCount, lines }: { readonly crashCount: number; readonly lines: readonly SystemLine[] },
): Step {
  const next = newFor(look, dyno, crashCount, true);
  if (next === undefined) {
    return step([dyno], recheck(look, `${dyno.name} to be started: the current release cannot be read`));
  }
  return step([next], {
    writes: [
      { kind: 'delete', dyno, expect: version },
      { kind: 'put', dyno: next, expect: 'absent' },
    ],
    starts: [next],
    lines: [...lines, startingLine(next)],
    lookAtMs: look.nowMs + MOVING_RECHECK_MS,
    waiting: `${dyno.name} to start`,
  });
}

function newFor(look: Look, dyno: Dyno, crashCount: number, announced: boolean): Dyno | undefined {
  const entry = entryOf(look.app, dyno.type);
  const { release } = look;
  if (entry === undefined || release === undefined) return undefined;
  return newFormationDyno(look, { entry, number: dyno.number, release, crashCount, announced });
}

export function gone(dyno: Dyno, version: number, lines: readonly SystemLine[]): Step {
  return step([], { writes: [{ kind: 'delete', dyno, expect: version }], lines });
}

export function unknown(look: Look, dyno: Dyno): Step {
  return step([dyno], recheck(look, `${dyno.name}: its task cannot be read`));
}

const recheck = (look: Look, waiting: string) => ({ lookAtMs: look.nowMs + INCOMPLETE_RECHECK_MS, waiting });
