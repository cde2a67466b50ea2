import type { TaskObservation } from '../../ports/dyno-runtime.ts';
import type { Dyno, FormationDyno, StartCause } from '../../records/dyno.ts';
import type { Subject as AnySubject, AppSnapshot, Planning } from '../observe/app-snapshot.ts';
import { mayBeForgotten } from '../observe/classify.ts';
import { countCrash, crashWaitMs } from './crash-policy.ts';
import { type DynoPlan, dynoPlan, systemLines } from './dyno-plan.ts';
import { exitLines, leave, notLaunchedLines, replacementLines, stillKilled, stillStopping } from './leave.ts';
import { idleDyno, newFormationDyno, startingLine } from './new-dyno.ts';
import { begin, progress } from './progress.ts';
import { HOST_LOST, IDLING, RESTARTING, SIGTERM_ALL, type SystemLine, stateChanged, UNIDLING } from './system-lines.ts';
import { INCOMPLETE_RECHECK_MS, MOVING_RECHECK_MS } from './timers.ts';

type Subject = AnySubject<FormationDyno>;
type Live = Subject & { readonly task: TaskObservation };

/** The plan for one dyno of the formation. */
export function formationStep(planning: Planning, subject: Subject): DynoPlan {
  const { dyno, task, condition, decision, version } = subject;
  switch (condition) {
    case 'unstarted':
      return unstarted(planning, subject);
    case 'pending':
    case 'awaiting-client':
    case 'booting':
    case 'up':
      return hasTask(subject) ? live(planning, subject) : unknown(planning, dyno);
    case 'killed':
      return hasTask(subject) ? stillKilled(planning, subject) : unknown(planning, dyno);
    case 'stopping':
      return hasTask(subject) ? stillStopping(planning, subject) : unknown(planning, dyno);
    case 'stopped':
      return gone(dyno, version, exitLines(dyno, task).lines);
    case 'exited':
      return crash(planning, subject);
    case 'lost':
      return lost(planning, subject);
    case 'crashed':
      return crashed(planning, subject);
    case 'idle':
      if (decision.kind === 'remove') return gone(dyno, version, []);
      return decision.kind === 'wake' || decision.kind === 'replace' ? wake(planning, subject) : dynoPlan([dyno]);
    case 'finished':
      return gone(dyno, version, []);
    case 'unknown':
      return unknown(planning, dyno);
  }
}

const hasTask = (subject: Subject): subject is Live => subject.task !== undefined;

function unstarted(planning: Planning, subject: Subject): DynoPlan {
  const { dyno, version, decision } = subject;
  switch (decision.kind) {
    case 'remove':
      return gone(dyno, version, decision.replaced ? [] : systemLines(dyno, stateChanged('starting', 'down')));
    case 'outgoing':
      return gone(dyno, version, []);
    case 'replace':
      // Its start is already in the log, and the new one continues from there.
      return successor(planning, subject, { crashCount: 0, lines: [], because: decision.cause });
    case 'sleep':
      return asleep(planning, subject, 'starting');
    default:
      // If every task can be seen, its own does not exist.
      return mayBeForgotten(dyno, planning.nowMs) && !planning.observations.complete
        ? unknown(planning, dyno)
        : begin(planning, subject);
  }
}

function live(planning: Planning, subject: Live): DynoPlan {
  const { dyno, decision } = subject;
  if (decision.kind === 'keep' || decision.kind === 'wake') return progress(planning, subject);
  if (decision.kind === 'outgoing') {
    const step = progress(planning, subject);
    return decision.untilMs === undefined
      ? step
      : { ...step, lookAtMs: Math.min(decision.untilMs, step.lookAtMs ?? decision.untilMs) };
  }
  // Nothing is stopped on partial knowledge.
  if (!planning.observations.complete) {
    return {
      ...progress(planning, subject),
      ...recheck(planning, `${dyno.name} to be stopped once all tasks can be read`),
    };
  }
  const from = dyno.state === 'up' ? 'up' : 'starting';
  if (decision.kind === 'remove') {
    const lines = systemLines(dyno, SIGTERM_ALL, ...(decision.replaced ? [] : [stateChanged(from, 'down')]));
    return leave(planning, subject, decision.cause, lines);
  }
  if (decision.kind === 'sleep') {
    const leaving = leave(
      planning,
      subject,
      'idle',
      systemLines(dyno, IDLING, stateChanged(from, 'down'), SIGTERM_ALL),
    );
    const idle = idleFor(planning, dyno);
    return idle === undefined ? progress(planning, subject) : withReplacement(leaving, idle, []);
  }
  return decision.how === 'at-once'
    ? replaceAtOnce(planning, subject, decision.cause)
    : replaceLater(planning, subject, decision);
}

function replaceAtOnce(planning: Planning, subject: Live, cause: StartCause & Subject['dyno']['stopCause']): DynoPlan {
  const { dyno, task } = subject;
  const replacement = newFor(planning, dyno, { crashCount: 0, announced: false, because: cause });
  if (replacement === undefined) return progress(planning, subject);
  const lines = [...replacementLines(planning, dyno, cause), ...systemLines(dyno, SIGTERM_ALL)];
  const leaving = leave(planning, subject, cause, lines);
  const lookAtMs = Math.min(leaving.lookAtMs ?? Number.POSITIVE_INFINITY, planning.nowMs + MOVING_RECHECK_MS);
  const rest = { lookAtMs, waiting: `${dyno.name} to be replaced (${task.taskRef})` };
  // As on Heroku the start follows the SIGTERM. `Starting process …` is logged when the launch is seen, so that the old
  // process's exit comes first in the log.
  const draining = leaving.stops.length === 0;
  return draining
    ? { ...withReplacement(leaving, { ...replacement, nextStartAtMs: lookAtMs }, []), ...rest }
    : { ...withReplacement(leaving, replacement, [replacement]), ...rest };
}

/** The dyno keeps running: next to its replacement, or until its turn. */
function replaceLater(
  planning: Planning,
  subject: Live,
  { how, cause }: Extract<Subject['decision'], { kind: 'replace' }>,
): DynoPlan {
  const { dyno } = subject;
  const { nowMs } = planning;
  const going = progress(planning, subject);
  const lookAtMs = Math.min(going.lookAtMs ?? Number.POSITIVE_INFINITY, nowMs + MOVING_RECHECK_MS);
  if (how === 'later') return { ...going, lookAtMs, waiting: `${dyno.name} to have its turn` };
  const replaces = { dynoId: dyno.id, sinceMs: nowMs, cause };
  const replacement = newFor(planning, dyno, { crashCount: 0, announced: true, because: cause, replaces });
  if (replacement === undefined) return going;
  const lines = [...going.lines, ...replacementLines(planning, dyno, cause), startingLine(replacement)];
  return {
    ...withReplacement(going, replacement, [replacement]),
    lines,
    lookAtMs,
    waiting: `${dyno.name} to be replaced`,
  };
}

function withReplacement(one: DynoPlan, other: Dyno, starts: readonly Dyno[]): DynoPlan {
  return {
    ...one,
    writes: [...one.writes, { kind: 'put', dyno: other, expect: 'absent' }],
    starts: [...one.starts, ...starts],
    after: [...one.after, other],
  };
}

function crash(planning: Planning, subject: Subject): DynoPlan {
  const { dyno, version, task, decision } = subject;
  const { nowMs } = planning;
  const { lines, lastState } = exitLines(dyno, task);
  if (decision.kind === 'outgoing') return gone(dyno, version, lines);
  if (decision.kind === 'remove') {
    return gone(dyno, version, [
      ...lines,
      ...(decision.replaced ? [] : systemLines(dyno, stateChanged(lastState, 'down'))),
    ]);
  }
  const down = [...lines, ...systemLines(dyno, stateChanged(lastState, 'crashed'))];
  if (decision.kind === 'replace') {
    return successor(planning, subject, { crashCount: 0, lines: [...down, ...again(dyno)], because: decision.cause });
  }
  const crashCount = countCrash(dyno, task?.stoppedAtMs ?? nowMs);
  const waitMs = crashWaitMs(crashCount, dyno.size, planning.random);
  if (waitMs === 0) {
    return successor(planning, subject, { crashCount, lines: [...down, ...again(dyno)], because: 'crash' });
  }
  const record = crashedRecord(dyno, crashCount, nowMs, waitMs);
  return dynoPlan([record], {
    writes: [{ kind: 'put', dyno: record, expect: version }],
    lines: down,
    lookAtMs: nowMs + waitMs,
    waiting: `${dyno.name} to be started again after a crash`,
  });
}

export function crashedRecord(dyno: FormationDyno, crashCount: number, nowMs: number, waitMs: number): FormationDyno {
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

function crashed(planning: Planning, subject: Subject): DynoPlan {
  const { dyno, version, decision } = subject;
  if (decision.kind === 'outgoing') return gone(dyno, version, []);
  if (decision.kind === 'remove') {
    return gone(dyno, version, decision.replaced ? [] : systemLines(dyno, stateChanged('crashed', 'down')));
  }
  if (decision.kind === 'sleep') return asleep(planning, subject, 'crashed');
  if (decision.kind === 'replace') {
    return successor(planning, subject, { crashCount: 0, lines: again(dyno), because: decision.cause });
  }
  const dueAtMs = dyno.nextStartAtMs ?? planning.nowMs;
  if (dueAtMs > planning.nowMs) {
    return dynoPlan([dyno], { lookAtMs: dueAtMs, waiting: `${dyno.name} to be started again after a crash` });
  }
  return successor(planning, subject, { crashCount: dyno.crashCount, lines: again(dyno), because: 'crash' });
}

/**
 * The platform lost it: restarted at once, and not counted as a crash. A dyno that found no machine has already waited for one,
 * and a runtime without any machine refuses the next start.
 */
function lost(planning: Planning, subject: Subject): DynoPlan {
  const { dyno, version, decision, task } = subject;
  const wasUp = dyno.state === 'up';
  if (decision.kind === 'outgoing') return gone(dyno, version, []);
  if (decision.kind === 'remove') {
    return gone(
      dyno,
      version,
      decision.replaced ? [] : systemLines(dyno, stateChanged(wasUp ? 'up' : 'starting', 'down')),
    );
  }
  const lines = [
    ...(task === undefined ? [] : notLaunchedLines(dyno, task)),
    ...systemLines(
      dyno,
      ...(task?.hostFault === 'lost' ? [HOST_LOST] : []),
      RESTARTING,
      ...(wasUp ? [stateChanged('up', 'starting')] : []),
    ),
  ];
  const kept = decision.kind !== 'replace';
  return successor(planning, subject, {
    crashCount: kept ? dyno.crashCount : 0,
    lines,
    because: kept ? 'lost' : decision.cause,
  });
}

function wake(planning: Planning, subject: Subject): DynoPlan {
  const { dyno, decision } = subject;
  return successor(planning, subject, {
    crashCount: 0,
    lines: systemLines(dyno, ...(decision.kind === 'wake' ? [UNIDLING] : []), stateChanged('down', 'starting')),
    because: decision.kind === 'replace' ? decision.cause : 'wake',
  });
}

/** Nothing of it runs, and nothing should until a request arrives. */
function asleep(planning: Planning, { dyno, version }: Subject, from: 'starting' | 'crashed'): DynoPlan {
  const idle = idleFor(planning, dyno);
  if (idle === undefined) return dynoPlan([dyno]);
  const leaving = gone(dyno, version, systemLines(dyno, IDLING, stateChanged(from, 'down')));
  return withReplacement(leaving, idle, []);
}

const again = (dyno: Dyno) => systemLines(dyno, stateChanged('crashed', 'starting'));

interface Succession {
  readonly crashCount: number;
  readonly lines: readonly SystemLine[];
  readonly because: StartCause;
}

/** Deletes the record, and creates one with a new id in its place. */
function successor(
  planning: Planning,
  { dyno, version }: Subject,
  { crashCount, lines, because }: Succession,
): DynoPlan {
  const { replaces } = dyno;
  const next = newFor(planning, dyno, {
    crashCount,
    announced: true,
    because,
    ...(replaces === undefined ? {} : { replaces }),
  });
  if (next === undefined) {
    return dynoPlan([dyno], recheck(planning, `${dyno.name} to be started: the current release cannot be read`));
  }
  return dynoPlan([next], {
    writes: [
      { kind: 'delete', dyno, expect: version },
      { kind: 'put', dyno: next, expect: 'absent' },
    ],
    starts: [next],
    lines: [...lines, startingLine(next)],
    lookAtMs: planning.nowMs + MOVING_RECHECK_MS,
    waiting: `${dyno.name} to start`,
  });
}

type Details = Pick<Parameters<typeof newFormationDyno>[1], 'crashCount' | 'announced' | 'because' | 'replaces'>;

function newFor(planning: Planning, { type, number }: FormationDyno, details: Details): FormationDyno | undefined {
  const generation = planning.types.get(type)?.desired;
  return generation && newFormationDyno(planning, { type, number, generation, ...details });
}

function idleFor(planning: Planning, { type, number }: FormationDyno): FormationDyno | undefined {
  const generation = planning.types.get(type)?.desired;
  return generation && idleDyno(planning, { type, number, generation });
}

export function gone(dyno: Dyno, version: number, lines: readonly SystemLine[]): DynoPlan {
  return dynoPlan([], { writes: [{ kind: 'delete', dyno, expect: version }], lines });
}

export function unknown(snapshot: AppSnapshot, dyno: Dyno): DynoPlan {
  return dynoPlan([dyno], recheck(snapshot, `${dyno.name}: its task cannot be read`));
}

const recheck = (snapshot: AppSnapshot, waiting: string) => ({
  lookAtMs: snapshot.nowMs + INCOMPLETE_RECHECK_MS,
  waiting,
});
