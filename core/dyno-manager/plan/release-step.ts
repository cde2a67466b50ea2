import { DEFAULT_SIZE } from '../../dyno/dyno-size.ts';
import type { ReleaseDyno, RunOnceDyno } from '../../records/dyno.ts';
import type { AppSnapshot, Subject } from '../observe/app-snapshot.ts';
import { entryOf } from './decisions.ts';
import { type Completion, type DynoPlan, dynoPlan } from './dyno-plan.ts';
import { gone } from './formation-step.ts';
import { newReleaseDyno, startingLine } from './new-dyno.ts';
import { runOnce } from './one-off-step.ts';
import { MOVING_RECHECK_MS } from './timers.ts';

/**
 * The dyno of a release phase. Exit 0 makes the release current; any other end, also one that the platform caused, fails it. It
 * never runs a second time: the user must check a migration that was cut off half-way.
 */
export function releaseStep(snapshot: AppSnapshot, subject: Subject<ReleaseDyno>): DynoPlan {
  const { dyno, version } = subject;
  const pending =
    snapshot.app.pendingReleaseVersions[0] === dyno.releaseVersion && snapshot.app.deletedAtMs === undefined;
  if (subject.condition === 'finished') {
    const { outcome } = dyno;
    if (outcome === undefined || snapshot.app.deletedAtMs !== undefined) return gone(dyno, version, []);
    // Reported again when its record is deleted: the release was final, but ending its output may have failed.
    if (!pending) return { ...gone(dyno, version, []), completion: completion(dyno, outcome) };
    return dynoPlan([dyno], { completion: completion(dyno, outcome), waiting: `release v${dyno.releaseVersion}` });
  }
  return runOnce(snapshot, subject, (lines) => {
    if (!pending) return gone(dyno, version, lines);
    const ended = finished(dyno, outcomeOf(subject), snapshot.nowMs);
    return dynoPlan([ended], {
      writes: [{ kind: 'put', dyno: ended, expect: version }],
      lines,
      completion: completion(ended, ended.outcome),
    });
  });
}

type Outcome<Kind extends RunOnceDyno> = NonNullable<Kind['outcome']>;

export function finished<Kind extends RunOnceDyno>(dyno: Kind, outcome: Outcome<Kind>, nowMs: number) {
  return { ...dyno, state: 'stopping', outcome, stateChangedAtMs: nowMs, updatedAtMs: nowMs } as const;
}

/** A requested stop means failed, even if it then exits with 0: it did not end by itself. */
function outcomeOf({ condition, task }: Subject): 'succeeded' | 'failed' {
  return condition === 'exited' && task?.exit?.reason === 'exited' && task.exit.status === 0 ? 'succeeded' : 'failed';
}

const completion = ({ releaseVersion }: ReleaseDyno, outcome: Completion['outcome']): Completion => ({
  version: releaseVersion,
  outcome,
});

/** The dyno that the oldest pending release needs and does not have yet. */
export function startRelease(snapshot: AppSnapshot): DynoPlan | undefined {
  const { app, pendingRelease, dynos, nowMs } = snapshot;
  if (pendingRelease === undefined || app.deletedAtMs !== undefined) return undefined;
  const { version, processTypes } = pendingRelease;
  if (dynos.some(({ value }) => value.kind === 'release' && value.releaseVersion === version)) return undefined;
  const command = Object.hasOwn(processTypes, 'release') ? processTypes.release : undefined;
  if (command === undefined) return dynoPlan([], { completion: { version, outcome: 'succeeded' } });
  const size = (entryOf(app, 'release') ?? entryOf(app, 'web') ?? app.formation[0])?.size ?? DEFAULT_SIZE;
  const dyno = newReleaseDyno(snapshot, pendingRelease, command, size);
  return dynoPlan([dyno], {
    writes: [{ kind: 'put', dyno, expect: 'absent' }],
    starts: [dyno],
    lines: [startingLine(dyno)],
    lookAtMs: nowMs + MOVING_RECHECK_MS,
    waiting: `release v${version}`,
  });
}
