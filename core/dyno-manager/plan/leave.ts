import type { TaskObservation } from '../../ports/dyno-runtime.ts';
import type { Dyno, StopCause } from '../../records/dyno.ts';
import type { AppSnapshot, Subject } from '../observe/app-snapshot.ts';
import { isProbed } from '../observe/classify.ts';
import { type DynoPlan, dynoPlan, systemLines } from './dyno-plan.ts';
import { launched } from './launched.ts';
import {
  ATTACH_ERROR,
  CYCLING,
  EXIT_TIMEOUT,
  exited,
  HOST_FAULT,
  MEMORY_VASTLY_EXCEEDED,
  memoryThreshold,
  RESTARTING,
  SIGKILL_REMAINING,
  type SystemLine,
  startFailed,
  stateChanged,
} from './system-lines.ts';
import { DRAIN_MS, GRACE_MS, MOVING_RECHECK_MS, STOP_AGAIN_AFTER_MS } from './timers.ts';

type Live = Pick<Subject, 'dyno' | 'version'> & { readonly task: TaskObservation };

/** SIGTERM, to a routed dyno once its routes are gone. The record stays, as `stopping`, until its exit was seen. */
export function leave(
  snapshot: AppSnapshot,
  { dyno, version, task }: Live,
  cause: StopCause,
  lines: readonly SystemLine[],
): DynoPlan {
  const { nowMs } = snapshot;
  const termAtMs = isProbed(dyno) && dyno.state === 'up' ? nowMs + DRAIN_MS : nowMs;
  const stopping: Dyno = {
    ...dyno,
    taskRef: task.taskRef,
    state: 'stopping',
    stopCause: cause,
    stoppingAtMs: termAtMs,
    stateChangedAtMs: nowMs,
    updatedAtMs: nowMs,
  };
  return dynoPlan([stopping], {
    writes: [{ kind: 'put', dyno: stopping, expect: version }],
    stops: termAtMs > nowMs ? [] : [{ taskRef: task.taskRef, deadlineMs: nowMs + GRACE_MS }],
    lines,
    lookAtMs: termAtMs > nowMs ? termAtMs : nowMs + GRACE_MS + STOP_AGAIN_AFTER_MS,
    waiting: `${dyno.name} to exit`,
  });
}

/** The log line of a replacement: `Restarting` or `Cycling`. */
export function replacementLines({ app }: AppSnapshot, dyno: Dyno, cause: StopCause): readonly SystemLine[] {
  const percent = app.dynoManager?.memoryThresholdPercent;
  return systemLines(
    dyno,
    ...(cause === 'memory-threshold' && percent !== undefined ? [memoryThreshold(percent)] : []),
    ...(cause === 'host-fault' ? [HOST_FAULT] : []),
    cause === 'cycle' || cause === 'memory-threshold' ? CYCLING : RESTARTING,
    ...(dyno.state === 'up' ? [stateChanged('up', 'starting')] : []),
  );
}

/** Stop requested and still there. The request is repeated with the rest of the grace: the first one may have been lost. */
export function stillStopping(snapshot: AppSnapshot, { dyno, version, task }: Live): DynoPlan {
  const { nowMs } = snapshot;
  const termAtMs = dyno.stoppingAtMs ?? nowMs;
  if (nowMs < termAtMs) return dynoPlan([dyno], { lookAtMs: termAtMs, waiting: `${dyno.name} to leave the routes` });
  const deadlineMs = termAtMs + GRACE_MS;
  const timeout = exitTimeout(dyno, task);
  return dynoPlan([timeout.dyno], {
    writes: timeout.dyno === dyno ? [] : [{ kind: 'put', dyno: timeout.dyno, expect: version }],
    stops: [{ taskRef: task.taskRef, deadlineMs }],
    lines: timeout.lines,
    lookAtMs: Math.max(deadlineMs + STOP_AGAIN_AFTER_MS, nowMs + STOP_AGAIN_AFTER_MS),
    waiting: `${dyno.name} to exit`,
  });
}

/** SIGKILL was requested; repeated until the task is gone. */
export function stillKilled(snapshot: AppSnapshot, { dyno, task }: Live): DynoPlan {
  return dynoPlan([dyno], {
    stops: [{ taskRef: task.taskRef, deadlineMs: snapshot.nowMs }],
    lookAtMs: snapshot.nowMs + MOVING_RECHECK_MS,
    waiting: `${dyno.name} to be killed`,
  });
}

/** The missing log lines of a task that has ended, up to its exit, and its last state. */
export function exitLines(
  dyno: Dyno,
  task: TaskObservation | undefined,
): { readonly lines: readonly SystemLine[]; readonly lastState: 'starting' | 'up' } {
  if (task === undefined) return { lines: [], lastState: dyno.upAtMs === undefined ? 'starting' : 'up' };
  const launch = launched(dyno, task);
  const lines: SystemLine[] = [...launch.lines];
  const hasLaunched = task.launchedAtMs !== undefined;
  const wasUp = dyno.upAtMs !== undefined || (hasLaunched && (!isProbed(dyno) || task.listening));
  // A stopping dyno was already announced as `up to starting` or `up to down`.
  if (wasUp && dyno.state === 'starting') lines.push(...systemLines(dyno, stateChanged('starting', 'up')));
  lines.push(...exitTimeout(dyno, task).lines);
  const { exit } = task;
  if (exit?.reason === 'attach-timeout') lines.push(...systemLines(dyno, ATTACH_ERROR));
  lines.push(...notLaunchedLines(dyno, task));
  if (exit?.reason === 'out-of-memory') lines.push(...systemLines(dyno, MEMORY_VASTLY_EXCEEDED));
  const said = exit !== undefined && (hasLaunched || exit.reason === 'attach-timeout');
  if (said) lines.push(...systemLines(dyno, exited(exit.status)));
  return { lines, lastState: wasUp ? 'up' : 'starting' };
}

export function notLaunchedLines(dyno: Dyno, { exit }: TaskObservation): readonly SystemLine[] {
  if (exit?.reason !== 'start-failed' && exit?.reason !== 'no-room') return [];
  return systemLines(dyno, startFailed(exit.detail ?? 'the process was not launched'));
}

function exitTimeout(
  dyno: Dyno,
  task: TaskObservation,
): { readonly dyno: Dyno; readonly lines: readonly SystemLine[] } {
  if (!task.graceExpired || dyno.told?.exitTimeout === true || dyno.state !== 'stopping') return { dyno, lines: [] };
  return {
    dyno: { ...dyno, told: { ...dyno.told, exitTimeout: true } },
    lines: systemLines(dyno, EXIT_TIMEOUT, SIGKILL_REMAINING),
  };
}
