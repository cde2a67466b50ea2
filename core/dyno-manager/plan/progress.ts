import { findDynoSize } from '../../dyno/dyno-size.ts';
import type { TaskObservation } from '../../ports/dyno-runtime.ts';
import type { App } from '../../records/app.ts';
import type { Dyno } from '../../records/dyno.ts';
import { MINUTE_MS, SECOND_MS } from '../../time.ts';
import type { AppSnapshot, Subject } from '../observe/app-snapshot.ts';
import { isProbed } from '../observe/classify.ts';
import { memoryVerdict } from '../observe/memory.ts';
import { cycleDueMs } from './cycling.ts';
import { type DynoPlan, dynoPlan, steady, systemLines } from './dyno-plan.ts';
import { launched } from './launched.ts';
import { leave } from './leave.ts';
import { cycleAtMs, startingLine } from './new-dyno.ts';
import {
  BOOT_TIMEOUT,
  DETACHED,
  HANG_UP,
  SIGKILL_PROCESS,
  type SystemLine,
  startFailed,
  stateChanged,
} from './system-lines.ts';
import {
  BOOT_TIMEOUT_MS,
  HANG_UP_INTERVAL_MS,
  HANG_UPS,
  MOVING_RECHECK_MS,
  PENDING_TIMEOUT_MS,
  RELEASE_TIMEOUT_MS,
} from './timers.ts';

/** An older intent without an answer is renewed before the runtime is asked again. */
const INTENT_FRESH_MS = MINUTE_MS;

/** A desired dyno without a task: requests its start, repeatedly if needed. The runtime recognizes a repeat by dyno and attempt. */
export function begin(snapshot: AppSnapshot, { dyno, version }: Subject): DynoPlan {
  const { nowMs, random } = snapshot;
  if (dyno.nextStartAtMs !== undefined && dyno.nextStartAtMs > nowMs) {
    return dynoPlan([dyno], { lookAtMs: dyno.nextStartAtMs, waiting: `${dyno.name} to be started again` });
  }
  const moving = { lookAtMs: nowMs + MOVING_RECHECK_MS, waiting: `${dyno.name} to start` };
  if (dyno.nextStartAtMs !== undefined) {
    // The first request of this attempt. It is recorded before, because the next pass may not see its task.
    const { nextStartAtMs: _due, ...rest } = dyno;
    const due: Dyno = { ...rest, intentAtMs: nowMs, updatedAtMs: nowMs };
    return dynoPlan([due], { writes: [{ kind: 'put', dyno: due, expect: version }], starts: [due], ...moving });
  }
  if (dyno.intentAtMs !== undefined && nowMs - dyno.intentAtMs < INTENT_FRESH_MS) {
    return dynoPlan([dyno], { starts: [dyno], ...moving });
  }
  if (dyno.intentAtMs !== undefined) {
    // A dyno that waited through an outage has its ten minutes for the launch from now on.
    const firstIntentAtMs = dyno.firstIntentAtMs ?? dyno.intentAtMs;
    const renewed: Dyno = { ...dyno, intentAtMs: nowMs, firstIntentAtMs, updatedAtMs: nowMs };
    return dynoPlan([renewed], {
      writes: [{ kind: 'put', dyno: renewed, expect: version }],
      starts: [renewed],
      ...moving,
    });
  }
  // A one-off that the API created.
  const attached = dyno.kind === 'one-off' && dyno.attach !== undefined;
  const wanted: Dyno = {
    ...dyno,
    intentAtMs: nowMs,
    cycleAtMs: cycleAtMs(nowMs, random),
    ...(attached ? {} : { told: { starting: true } }),
  };
  return dynoPlan([wanted], {
    writes: [{ kind: 'put', dyno: wanted, expect: version }],
    starts: [wanted],
    lines: attached ? [] : [startingLine(wanted)],
    ...moving,
  });
}

/** A live dyno without a change: records what was observed, and checks its times. */
export function progress(snapshot: AppSnapshot, subject: Subject & { readonly task: TaskObservation }): DynoPlan {
  const { dyno, version, task, condition } = subject;
  const { nowMs } = snapshot;
  const launch = launched(dyno, task);
  let { lines } = launch;
  let next: Dyno = launch.dyno;
  if (condition === 'up' && dyno.state !== 'up') {
    next = nowUp(next, task, nowMs);
    lines = [...lines, ...systemLines(dyno, stateChanged('starting', 'up'))];
  } else if (condition === 'up' && movedTo(next, task)) {
    next = { ...next, ...addressOf(task) };
  }
  if (next.kind === 'formation' && subject.decision.kind === 'keep' && subject.decision.cycleAtMs !== undefined) {
    next = { ...next, recycleAtMs: subject.decision.cycleAtMs };
  }
  const hungUp = hangUps(next, task, nowMs);
  if (hungUp !== undefined) {
    next = hungUp.dyno;
    lines = [...lines, ...hungUp.lines];
  }

  if (condition === 'pending' && nowMs - (dyno.intentAtMs ?? nowMs) >= PENDING_TIMEOUT_MS) {
    return givenUp(snapshot, subject);
  }
  const fault = faultOf(snapshot, subject);
  if (fault !== undefined) {
    next = { ...next, stopCause: fault.cause };
    return dynoPlan([next], {
      writes: [{ kind: 'put', dyno: next, expect: version }],
      stops: [{ taskRef: task.taskRef, deadlineMs: nowMs }],
      lines: [...lines, ...systemLines(dyno, ...fault.messages)],
      lookAtMs: nowMs + MOVING_RECHECK_MS,
      waiting: `${dyno.name} to be killed`,
    });
  }
  const lookAtMs = nextPassAtMs(snapshot, next, subject);
  if (next === dyno && condition === 'up' && lines.length === 0) return steady(dyno, lookAtMs);
  return dynoPlan([next], {
    writes: next === dyno ? [] : [{ kind: 'put', dyno: next, expect: version }],
    lines,
    lookAtMs,
    ...(condition === 'up' ? {} : { waiting: `${dyno.name} to be up` }),
  });
}

function nowUp(dyno: Dyno, task: TaskObservation, nowMs: number): Dyno {
  return {
    ...dyno,
    state: 'up',
    upAtMs: nowMs,
    observedVersion: task.version,
    ...(task.launchedAtMs === undefined ? {} : { launchedAtMs: task.launchedAtMs }),
    ...addressOf(task),
    stateChangedAtMs: nowMs,
    updatedAtMs: nowMs,
  };
}

const addressOf = ({ address }: TaskObservation) => (address === undefined ? {} : { address });

function movedTo({ address: known }: Dyno, { address: seen }: TaskObservation): boolean {
  return seen !== undefined && (known?.host !== seen.host || known.port !== seen.port);
}

function hangUps(
  dyno: Dyno,
  task: TaskObservation,
  nowMs: number,
): { readonly dyno: Dyno; readonly lines: readonly SystemLine[] } | undefined {
  const told = dyno.told?.hangUps ?? 0;
  const seen = Math.min(task.hangUps, HANG_UPS);
  if (seen > told) {
    const lines = systemLines(dyno, ...Array.from({ length: seen - told }, () => HANG_UP));
    return { dyno: { ...dyno, told: { ...dyno.told, hangUps: seen, lastHangUpAtMs: nowMs } }, lines };
  }
  if (nowMs >= (detachedAtMs(dyno) ?? Number.POSITIVE_INFINITY)) {
    return { dyno: { ...dyno, told: { ...dyno.told, detached: true } }, lines: systemLines(dyno, DETACHED) };
  }
  return undefined;
}

/** When R16 is due: it got every SIGHUP and had time to react to the last one. */
function detachedAtMs({ told }: Dyno): number | undefined {
  if (told?.detached === true || told?.hangUps !== HANG_UPS || told.lastHangUpAtMs === undefined) return undefined;
  return told.lastHangUpAtMs + HANG_UP_INTERVAL_MS;
}

/** Boot timeout and memory quota: the process is killed, and its exit counts as a crash. */
function faultOf(
  { nowMs, memory }: AppSnapshot,
  { dyno, task, condition }: Subject,
): { readonly cause: 'boot-timeout' | 'memory-quota'; readonly messages: readonly string[] } | undefined {
  const launchedAtMs = task?.launchedAtMs;
  if (condition === 'booting' && launchedAtMs !== undefined && nowMs - launchedAtMs >= BOOT_TIMEOUT_MS) {
    return { cause: 'boot-timeout', messages: [BOOT_TIMEOUT, SIGKILL_PROCESS] };
  }
  const usedMiB = memory.get(dyno.id);
  const size = findDynoSize(dyno.size);
  if (usedMiB === undefined || size === undefined) return undefined;
  const verdict = memoryVerdict(usedMiB, size);
  return verdict?.kill === true ? { cause: 'memory-quota', messages: verdict.messages } : undefined;
}

function nextPassAtMs({ nowMs, app }: AppSnapshot, dyno: Dyno, { task, condition }: Subject): number {
  let atMs = condition === 'up' ? cyclePassAtMs(app, dyno, nowMs) : nowMs + MOVING_RECHECK_MS;
  const launchedAtMs = task?.launchedAtMs;
  if (launchedAtMs !== undefined) {
    if (condition === 'booting' && isProbed(dyno)) atMs = Math.min(atMs, launchedAtMs + BOOT_TIMEOUT_MS);
    if (dyno.kind === 'release') atMs = Math.min(atMs, launchedAtMs + RELEASE_TIMEOUT_MS);
    if (dyno.kind === 'one-off' && dyno.timeToLiveSeconds !== undefined) {
      atMs = Math.min(atMs, launchedAtMs + dyno.timeToLiveSeconds * SECOND_MS);
    }
  }
  return Math.min(atMs, detachedAtMs(dyno) ?? Number.POSITIVE_INFINITY);
}

/** A cycle that is already due waits for something else: for its turn, or until everything can be seen. */
function cyclePassAtMs(app: App, dyno: Dyno, nowMs: number): number {
  if (dyno.kind === 'release') return Number.POSITIVE_INFINITY;
  const dueMs = dyno.kind === 'formation' ? cycleDueMs(dyno, app.dynoManager) : dyno.cycleAtMs;
  if (dueMs === undefined) return Number.POSITIVE_INFINITY;
  return dueMs > nowMs ? dueMs : nowMs + MOVING_RECHECK_MS;
}

/**
 * Accepted long ago and never launched: abandoned. A dyno of the formation is then missing, and gets a new instance. As another
 * attempt of this one it could run twice, because the runtime may launch the old task before it receives the stop.
 */
function givenUp(
  snapshot: AppSnapshot,
  { dyno, version, task }: Subject & { readonly task: TaskObservation },
): DynoPlan {
  const lines = systemLines(dyno, startFailed('its process was not launched within 10 minutes'));
  return { ...leave(snapshot, { dyno, version, task }, 'pending-timeout', lines), lookAtMs: snapshot.nowMs };
}
