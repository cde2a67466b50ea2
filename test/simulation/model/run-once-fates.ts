import type { Dyno } from '../../../core/records/dyno.ts';
import { fieldsOf } from '../../dyno-fields.ts';
import type { Fate } from './fate.ts';
import { unseenFate } from './formation-fates.ts';
import { HEROKU, OURS } from './heroku.ts';
import type { Known, Seen, Want } from './known.ts';
import { cycleRange } from './newcomers.ts';
import { beginFate, endOf, killedFate, leaveFate, progressFate, stoppingFate } from './progress.ts';
import { askedSinceMs, isForgotten } from './what-is.ts';
import { became, starting, WORDS } from './words.ts';

const go = (cause: NonNullable<Dyno['stopCause']>): Want => ({ kind: 'remove', cause, replaced: false });

/** One-offs and release phases end by themselves, after their time, or on request. */
export function runOnceWant({ app, nowMs }: Known, { dyno, task }: Seen): Want {
  const ranMs = task?.launchedAtMs === undefined ? 0 : nowMs - task.launchedAtMs;
  if (app.deletedAtMs !== undefined) return go('app-deleted');
  if (dyno.kind === 'release' && app.pendingReleaseVersions[0] !== dyno.releaseVersion) return go('superseded');
  if (fieldsOf(dyno).stopRequested === true) return go('stop');
  if (dyno.kind === 'release') return ranMs >= HEROKU.releasePhaseMs ? go('release-timeout') : { kind: 'keep' };
  const { timeToLiveSeconds } = fieldsOf(dyno);
  if (timeToLiveSeconds !== undefined && ranMs >= 1_000 * timeToLiveSeconds) return go('time-to-live');
  return nowMs >= (dyno.cycleAtMs ?? Number.POSITIVE_INFINITY) ? go('cycle') : { kind: 'keep' };
}

export function runOnceFate(known: Known, seen: Seen, want: Want): Fate {
  const { dyno, task, is } = seen;
  const { name } = dyno;
  switch (is) {
    case 'unstarted': {
      const sinceMs = askedSinceMs(dyno);
      const tookOver = sinceMs !== undefined && sinceMs < (known.recoveredAtMs ?? 0);
      const mayHaveRun = tookOver || isForgotten(dyno, known.nowMs);
      if (mayHaveRun && !known.seen.complete) return unseenFate(known, seen);
      if (mayHaveRun || want.kind === 'remove') return ended(known, seen, [became('starting', 'complete')]);
      return beginFate(known, seen);
    }
    case 'pending':
    case 'awaiting-client':
    case 'booting':
    case 'up': {
      if (task === undefined) return unseenFate(known, seen);
      if (want.kind !== 'remove') return progressFate(known, { ...seen, task });
      const lines = want.cause === 'cycle' ? [WORDS.cycling, WORDS.sigterm] : [WORDS.sigterm];
      return leaveFate(known, { ...seen, task }, want.cause, lines);
    }
    case 'killed':
      return task === undefined ? unseenFate(known, seen) : killedFate(known, { ...seen, task });
    case 'stopping':
      return task === undefined ? unseenFate(known, seen) : stoppingFate(known, { ...seen, task });
    case 'stopped':
    case 'exited':
    case 'lost': {
      const { lines, last } = endOf(seen);
      return ended(known, seen, [...lines, became(last, 'complete')]);
    }
    case 'finished': {
      const { outcome, releaseVersion: version } = fieldsOf(dyno);
      if (dyno.kind !== 'release' || known.app.deletedAtMs !== undefined || outcome === undefined) {
        return ended(known, seen, []);
      }
      // Reported again when its record is deleted, in case a part of its end failed before.
      const told = { dyno, name, lines: [], completion: { version, outcome } } as const;
      return isPending(known, dyno) ? told : { ...told, becomes: 'gone' };
    }
    case 'unknown':
      return unseenFate(known, seen);
    case 'crashed':
    case 'idle':
      return ended(known, seen, []);
  }
}

const isPending = ({ app }: Known, { releaseVersion }: Dyno): boolean =>
  app.deletedAtMs === undefined && app.pendingReleaseVersions[0] === releaseVersion;

/** A release phase leaves a record of its outcome; all others leave nothing. */
function ended(known: Known, { dyno, task, is }: Seen, lines: readonly string[]): Fate {
  const { name } = dyno;
  if (dyno.kind !== 'release' || !isPending(known, dyno)) {
    return { dyno, name, becomes: 'gone', lines, ...(fieldsOf(dyno).job === undefined ? {} : { jobEnds: true }) };
  }
  const byItself = is === 'exited' && task?.exit?.reason === 'exited';
  const outcome = byItself && task.exit?.status === 0 ? 'succeeded' : 'failed';
  const becomes = { state: 'stopping', outcome, stateChangedAtMs: known.nowMs } as const;
  return { dyno, name, becomes, lines, completion: { version: dyno.releaseVersion, outcome } };
}

/** The oldest pending release runs its command, once. */
export function releaseFates(known: Known): readonly Fate[] {
  const { app, pendingRelease, dynos, nowMs } = known;
  if (pendingRelease === undefined || app.deletedAtMs !== undefined) return [];
  const { version, id, processTypes } = pendingRelease;
  if (dynos.some((dyno) => dyno.kind === 'release' && dyno.releaseVersion === version)) return [];
  const command = Object.entries(processTypes).find(([type]) => type === 'release')?.[1];
  if (command === undefined) return [{ name: 'release', lines: [], completion: { version, outcome: 'succeeded' } }];
  const sizeOf = (type: string) => app.formation.find((entry) => entry.type === type)?.size;
  const change = {
    type: 'release',
    kind: 'release',
    appId: app.id,
    releaseVersion: version,
    releaseId: id,
    size: sizeOf('release') ?? sizeOf('web') ?? app.formation[0]?.size ?? 'Standard-1X',
    command,
    state: 'starting',
    attempt: 1,
    crashCount: 0,
    restartEpoch: app.restarts.last,
    stateChangedAtMs: nowMs,
    createdAtMs: nowMs,
    intentAtMs: nowMs,
    cycleAtMs: cycleRange(nowMs),
    told: { starting: true },
  } as const;
  const newcomer = { name: 'release', change, starts: true, because: undefined };
  return [{ name: 'release', newcomer, lines: [starting(command)], lookMs: nowMs + OURS.movingLookMs }];
}
