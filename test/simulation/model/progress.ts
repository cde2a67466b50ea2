import type { TaskObservation } from '../../../core/ports/dyno-runtime.ts';
import type { Dyno, DynoTold } from '../../../core/records/dyno.ts';
import { fieldsOf } from '../../dyno-fields.ts';
import { cycleAtMs } from './cycles.ts';
import type { Change, Fate } from './fate.ts';
import { HEROKU, memoryCase, OURS, percentOfQuota } from './heroku.ts';
import type { Known, Seen } from './known.ts';
import { cycleRange } from './newcomers.ts';
import { isWeb } from './what-is.ts';
import { became, exitedWith, notStarted, starting, WORDS } from './words.ts';

type Running = Seen & { readonly task: TaskObservation };

/** Desired, but without a task. */
export function beginFate({ nowMs }: Known, { dyno }: Seen): Fate {
  const { name, nextStartAtMs, intentAtMs, firstIntentAtMs } = dyno;
  if (nextStartAtMs !== undefined && nextStartAtMs > nowMs) return { dyno, name, lines: [], lookMs: nextStartAtMs };
  const asked = { dyno, name, lines: [], starts: true, lookMs: nowMs + OURS.movingLookMs } as const;
  if (nextStartAtMs !== undefined) return { ...asked, becomes: { nextStartAtMs: undefined, intentAtMs: nowMs } };
  if (intentAtMs === undefined) {
    // A one-off that the API created.
    const told = fieldsOf(dyno).attach === undefined ? { told: { starting: true } as const } : {};
    const lines = fieldsOf(dyno).attach === undefined ? [starting(dyno.command)] : [];
    return { ...asked, lines, becomes: { intentAtMs: nowMs, cycleAtMs: cycleRange(nowMs), ...told } };
  }
  if (nowMs - intentAtMs < OURS.intentMs) return asked;
  return { ...asked, becomes: { intentAtMs: nowMs, firstIntentAtMs: firstIntentAtMs ?? intentAtMs } };
}

interface Launch {
  readonly change: Change;
  readonly told: DynoTold | undefined;
  readonly lines: readonly string[];
}

/** The log lines of its process's launch, once. */
function launchOf({ dyno, task }: Running): Launch {
  const lines: string[] = [];
  let told = dyno.told;
  const ran = task.launchedAtMs !== undefined;
  if (
    fieldsOf(dyno).attach !== undefined &&
    (ran || task.state === 'awaiting-client') &&
    told?.awaitingClient !== true
  ) {
    told = { ...told, awaitingClient: true };
    lines.push(WORDS.awaitingClient);
  }
  if (ran && told?.starting !== true) {
    told = { ...told, starting: true };
    lines.push(starting(dyno.command));
  }
  return { change: dyno.taskRef === task.taskRef ? {} : { taskRef: task.taskRef }, told, lines };
}

/** It keeps running: records what was seen of it, and checks times. `again`: its cycle was missed. */
export function progressFate(known: Known, seen: Running, again = false): Fate {
  const { dyno, task, is } = seen;
  const { nowMs } = known;
  const { name } = dyno;
  const launchedMs = task.launchedAtMs === undefined ? undefined : nowMs - task.launchedAtMs;
  if (is === 'pending' && nowMs - (dyno.intentAtMs ?? nowMs) >= OURS.notLaunchedMs) {
    const lines = [notStarted('its process was not launched within 10 minutes')];
    return { ...leaveFate(known, seen, 'pending-timeout', lines), lookMs: nowMs };
  }
  const launch = launchOf(seen);
  let { told } = launch;
  let change: Change = launch.change;
  const lines = [...launch.lines];
  const { address } = task;
  if (is === 'up' && dyno.state !== 'up') {
    change = { ...change, state: 'up', upAtMs: nowMs, stateChangedAtMs: nowMs };
    if (task.launchedAtMs !== undefined) change = { ...change, launchedAtMs: task.launchedAtMs };
    if (address !== undefined) change = { ...change, address };
    lines.push(became('starting', 'up'));
  } else if (is === 'up' && address !== undefined && JSON.stringify(address) !== JSON.stringify(dyno.address)) {
    change = { ...change, address };
  }
  if (again) change = { ...change, recycleAtMs: { leastMs: nowMs + 1, mostMs: nowMs + 1 + HEROKU.cycleSpreadMs } };
  const heard = told?.hangUps ?? 0;
  const hangUps = Math.min(task.hangUps, HEROKU.hangUps);
  if (hangUps > heard) {
    for (let count = heard; count < hangUps; count += 1) lines.push(WORDS.hangUp);
    told = { ...told, hangUps, lastHangUpAtMs: nowMs };
  } else if (nowMs >= detachedAtMs(told)) {
    lines.push(WORDS.r16);
    told = { ...told, detached: true };
  }
  if (JSON.stringify(told) !== JSON.stringify(dyno.told)) change = { ...change, told };

  const fault = faultOf(known, seen, launchedMs);
  if (fault !== undefined) {
    const stop = { taskRef: task.taskRef, deadlineMs: nowMs };
    const becomes = { ...change, stopCause: fault.cause };
    return { dyno, name, becomes, lines: [...lines, ...fault.lines], stop, lookMs: nowMs + OURS.movingLookMs };
  }
  const lookMs = Math.min(lookOf(known, seen), detachedAtMs(told));
  return { dyno, name, ...(Object.keys(change).length === 0 ? {} : { becomes: change }), lines, lookMs };
}

/** After the third SIGHUP and the time to react to it, once. */
function detachedAtMs(told: DynoTold | undefined): number {
  const last = told?.lastHangUpAtMs;
  if (told?.detached === true || told?.hangUps !== HEROKU.hangUps || last === undefined)
    return Number.POSITIVE_INFINITY;
  return last + HEROKU.hangUpEveryMs;
}

function faultOf(
  { overQuota }: Known,
  { dyno, is }: Running,
  launchedMs: number | undefined,
): { readonly cause: 'boot-timeout' | 'memory-quota'; readonly lines: readonly string[] } | undefined {
  if (is === 'booting' && launchedMs !== undefined && launchedMs >= HEROKU.bootMs) {
    return { cause: 'boot-timeout', lines: [WORDS.r10, WORDS.sigkill] };
  }
  const usedMiB = overQuota.get(dyno.id);
  if (usedMiB === undefined || memoryCase(dyno.size, usedMiB) !== 'R15') return undefined;
  return { cause: 'memory-quota', lines: [runningLine(dyno.size, usedMiB), WORDS.r15, WORDS.sigkill] };
}

export const runningLine = (size: string, usedMiB: number): string =>
  `Process running mem=${Math.floor(usedMiB)}M(${percentOfQuota(size, usedMiB).toFixed(1)}%)`;

/** When time alone changes something: a boot or a life is over. */
function lookOf({ app, nowMs }: Known, { dyno, task, is }: Running): number {
  const times: number[] = [];
  const ranFromMs = task.launchedAtMs;
  if (is === 'up' && dyno.kind !== 'release') {
    const dueMs = dyno.kind === 'formation' ? cycleAtMs(dyno, app) : (dyno.cycleAtMs ?? Number.POSITIVE_INFINITY);
    // Already due: it waits for something else.
    times.push(dueMs > nowMs ? dueMs : nowMs + OURS.movingLookMs);
  }
  if (is !== 'up') times.push(nowMs + OURS.movingLookMs);
  if (ranFromMs !== undefined) {
    if (is === 'booting') times.push(ranFromMs + HEROKU.bootMs);
    if (dyno.kind === 'release') times.push(ranFromMs + HEROKU.releasePhaseMs);
    const { timeToLiveSeconds } = fieldsOf(dyno);
    if (timeToLiveSeconds !== undefined) times.push(ranFromMs + timeToLiveSeconds * 1_000);
  }
  return Math.min(...times);
}

/** Stops it: SIGTERM; for a routed dyno a moment after it has left the routes. */
export function leaveFate(
  { nowMs }: Known,
  { dyno, task }: Running,
  cause: NonNullable<Dyno['stopCause']>,
  lines: readonly string[],
): Fate {
  const routed = isWeb(dyno) && dyno.state === 'up';
  const termAtMs = routed ? nowMs + OURS.drainMs : nowMs;
  const becomes: Change = {
    taskRef: task.taskRef,
    state: 'stopping',
    stopCause: cause,
    stoppingAtMs: termAtMs,
    stateChangedAtMs: nowMs,
  };
  const { name } = dyno;
  if (routed) return { dyno, name, becomes, lines, lookMs: termAtMs };
  const killAtMs = nowMs + HEROKU.graceMs;
  const stop = { taskRef: task.taskRef, deadlineMs: killAtMs };
  return { dyno, name, becomes, lines, stop, lookMs: killAtMs + OURS.stopAgainMs };
}

/** Being stopped, and still running. */
export function stoppingFate({ nowMs }: Known, { dyno, task }: Running): Fate {
  const { name, stoppingAtMs: termAtMs = nowMs } = dyno;
  if (nowMs < termAtMs) return { dyno, name, lines: [], lookMs: termAtMs };
  const deadlineMs = termAtMs + HEROKU.graceMs;
  const late = exitTimeoutLines(dyno, task);
  const noted = late.length > 0 ? { becomes: { told: { ...dyno.told, exitTimeout: true } as const } } : {};
  const lookMs = Math.max(deadlineMs, nowMs) + OURS.stopAgainMs;
  return { dyno, name, ...noted, lines: late, stop: { taskRef: task.taskRef, deadlineMs }, lookMs };
}

/** Being killed for a fault. */
export function killedFate({ nowMs }: Known, { dyno, task }: Running): Fate {
  const stop = { taskRef: task.taskRef, deadlineMs: nowMs };
  return { dyno, name: dyno.name, lines: [], stop, lookMs: nowMs + OURS.movingLookMs };
}

function exitTimeoutLines(dyno: Dyno, task: TaskObservation): readonly string[] {
  const hasChanged = dyno.state === 'stopping' && task.graceExpired && dyno.told?.exitTimeout !== true;
  return hasChanged ? [WORDS.r12, WORDS.sigkillRest] : [];
}

/** The remaining log lines of a dyno that has ended, and its last state. */
export function endOf({ dyno, task }: Seen): { readonly lines: readonly string[]; readonly last: 'starting' | 'up' } {
  if (task === undefined) return { lines: [], last: dyno.upAtMs === undefined ? 'starting' : 'up' };
  const lines = [...launchOf({ dyno, task, is: 'stopped' }).lines];
  const { exit, launchedAtMs } = task;
  const ran = launchedAtMs !== undefined;
  const wasUp = dyno.upAtMs !== undefined || (ran && (task.listening || !isWeb(dyno)));
  if (wasUp && dyno.state === 'starting') lines.push(became('starting', 'up'));
  lines.push(...exitTimeoutLines(dyno, task));
  if (exit?.reason === 'attach-timeout') lines.push(WORDS.r13);
  lines.push(...neverLaunchedLines(task));
  if (exit?.reason === 'out-of-memory') lines.push(WORDS.r15);
  if (exit !== undefined && (ran || exit.reason === 'attach-timeout')) lines.push(exitedWith(exit.status));
  return { lines, last: wasUp ? 'up' : 'starting' };
}

export function neverLaunchedLines({ exit }: TaskObservation): readonly string[] {
  const never = exit?.reason === 'start-failed' || exit?.reason === 'no-room';
  return never ? [notStarted(exit.detail ?? 'the process was not launched')] : [];
}
