import { findDynoSize } from '../../../core/dyno/dyno-size.ts';
import { countCrash } from '../../../core/dyno-manager/plan/crash-policy.ts';
import { isOld } from '../../../core/dyno-manager/plan/rollout.ts';
import type { Dyno } from '../../../core/records/dyno.ts';
import { DAY_MS, MINUTE_MS, SECOND_MS } from '../../../core/time.ts';
import { type DynoFields, fieldsOf } from '../../dyno-fields.ts';
import type { World } from '../world.ts';
import { rolloutOf, stopFault } from './cause-rules.ts';
import { judgeCycle, judgeCycledOneOff } from './cycle-rules.ts';
import type { Rules } from './rules.ts';
import { EQUAL_DRAWS_MAX } from './spread.ts';

/** The crash table of Heroku's Dev Center, in minutes: the longest wait after each crash in a row. */
const CRASH_TABLE = [0, 20, 40, 60, 180, 320];
const WAIT_FIRST_MS = 90 * SECOND_MS;
const CYCLE_SPREAD_MS = 216 * MINUTE_MS;

/** Causes that follow from the app or from other dynos: partial knowledge is not enough for them. */
const REPLACED = new Set(['release', 'restart', 'resize']);
const NEEDS_WHOLE_PICTURE = new Set(['release', 'restart', 'resize', 'scale', 'cycle', 'duplicate']);

export function judgeDynoChange(world: World, rules: Rules, before: Dyno, after: Dyno): void {
  if (after.attempt < before.attempt)
    rules.break('attempts only grow', `${after.name}: ${before.attempt} → ${after.attempt}`);
  if (before.stopCause === undefined && after.stopCause !== undefined && after.state !== 'crashed') {
    judgeStop(world, rules, before, after);
  }
  if (before.state !== 'crashed' && after.state === 'crashed') judgeWait(rules, after);
  if (before.state === 'stopping' && after.state !== 'stopping') {
    rules.break('a dyno told to stop does not come back', `${after.name} (${after.id})`);
  }
}

function judgeStop(world: World, rules: Rules, before: Dyno, after: Dyno): void {
  const cause = after.stopCause ?? '';
  world.coverage.stopped(cause);
  rules.mustTell(after);
  if (cause === 'idle') rules.eco.judgeSleep(after);
  if (cause === 'cycle' && after.kind === 'one-off') judgeCycledOneOff(world, rules, after);
  const fault = stopFault(world, before, after);
  if (fault !== undefined) rules.break('no dyno is stopped without a cause', `${after.name} (${cause}): ${fault}`);
  if (before.state === 'up' && REPLACED.has(cause)) judgeProven(world, rules, after);
  const partial = rules.acting?.working.get(after.appId)?.partial === true;
  if (partial && after.kind === 'formation' && NEEDS_WHOLE_PICTURE.has(cause)) {
    rules.break('nothing is stopped on partial knowledge', `${after.name} (${cause})`);
  }
}

/** If old dynos are kept until the new ones are proven, a serving dyno keeps running until it is replaced. */
function judgeProven(world: World, rules: Rules, dyno: Dyno): void {
  const rollout = rolloutOf(world, dyno);
  if (rollout?.switchedAtMs !== undefined || rollout?.abandonedAtMs !== undefined) return;
  const entry = world.app(dyno.appId)?.formation?.find(({ type }) => type === dyno.type);
  if (entry === undefined || dyno.number > entry.quantity) return;
  const rolling = inSpace(entry.size);
  if (!rolling && (rollout === undefined || !isOld(rollout, dyno))) return;
  const others = world.dynos(dyno.appId).filter(({ name, id }) => name === dyno.name && id !== dyno.id);
  const noRoom = others.some(({ attempt }) => attempt > 2);
  // A replacement that was started first for another reason gets its time; after that the old dyno is stopped anyway.
  const waited = others.some((other) => {
    const { replaces } = fieldsOf(other);
    return replaces?.dynoId === dyno.id && world.agenda.nowMs + world.skewMs - replaces.sinceMs >= WAIT_FIRST_MS;
  });
  // Of two old dynos one keeps running; a rolling deploy has replaced this one if another dyno is up.
  const goesOn = others.some(
    (other) => other.state === 'up' && (rolling || (rollout !== undefined && isOld(rollout, other))),
  );
  if (!noRoom && !waited && !goesOn)
    rules.break('old dynos go on until the new ones are proven', `${dyno.name} (${dyno.stopCause})`);
}

/** A dyno went into back-off. */
function judgeWait(rules: Rules, { name, crashCount, nextStartAtMs, stateChangedAtMs, size }: Dyno): void {
  const { leastMs, mostMs } = waitRange(crashCount, size);
  const waitMs = (nextStartAtMs ?? 0) - stateChangedAtMs;
  if (waitMs < leastMs || waitMs > mostMs) {
    rules.break('back-off follows the crash table', `${name} (${size}) waits ${waitMs} ms after crash ${crashCount}`);
  }
  if (leastMs < mostMs && rules.spread.note(`crash ${crashCount}`, waitMs) > EQUAL_DRAWS_MAX) {
    rules.break('waits differ', `crash ${crashCount} always waits ${waitMs} ms`);
  }
}

/** In Private Spaces there is no back-off, only a short pause. */
function waitRange(crash: number, size: string): { readonly leastMs: number; readonly mostMs: number } {
  if (inSpace(size)) return { leastMs: SECOND_MS, mostMs: SECOND_MS };
  const mostMs = (CRASH_TABLE[Math.min(crash, CRASH_TABLE.length) - 1] ?? 0) * MINUTE_MS;
  return { leastMs: mostMs / 2, mostMs };
}

const inSpace = (size: string) => findDynoSize(size)?.privateSpaceOnly === true;

/** Records that were created and deleted in one transaction. */
export function judgeNames(
  world: World,
  rules: Rules,
  appId: string,
  removed: readonly Dyno[],
  added: readonly Dyno[],
): void {
  judgeTurns(world, rules, appId, added);
  for (const dyno of added) {
    const old = fieldsOf(dyno).startedBecause === 'cycle' ? predecessor(world, dyno, removed) : undefined;
    if (old !== undefined) judgeCycle(world, rules, old);
  }
  for (const dyno of removed) judgeRemoval(world, rules, dyno);
  for (const dyno of added) if (dyno.kind === 'formation') judgeNew(world, rules, dyno, removed);
  if (added.length > 0) judgeStanding(world, rules, appId);
}

/** The dyno that it replaces: still there until this one is proven, deleted in the same moment, or being stopped. */
function predecessor(
  world: World,
  { id, name, appId, replaces }: DynoFields,
  removed: readonly Dyno[],
): Dyno | undefined {
  const others = world.dynos(appId).filter((old) => old.name === name && old.id !== id);
  const stays = others.find((old) => old.id === replaces?.dynoId);
  return stays ?? removed.find((old) => old.name === name) ?? others.find(({ stopCause }) => stopCause === 'cycle');
}

/** Dynos that are due at the same time are not cycled together. */
function judgeTurns(world: World, rules: Rules, appId: string, added: readonly Dyno[]): void {
  const cycled = added.filter((dyno) => fieldsOf(dyno).startedBecause === 'cycle');
  if (cycled.length < 2) return;
  for (const type of new Set(cycled.map((dyno) => dyno.type))) {
    const quantity = world.app(appId)?.formation?.find((entry) => entry.type === type)?.quantity ?? 0;
    const count = cycled.filter((dyno) => dyno.type === type).length;
    if (count > Math.ceil(quantity / 4)) rules.break('cycles are staggered', `${count} of ${quantity} ${type} at once`);
  }
}

function judgeRemoval(world: World, rules: Rules, dyno: Dyno): void {
  for (const task of world.cluster.tasksOf(dyno.appId)) {
    if (task.dynoId !== dyno.id || task.state === 'stopped' || task.attempt !== dyno.attempt) continue;
    // Allowed: a start that takes effect late, and a machine that died silently.
    if (task.stopAskedAtMs !== undefined || task.silent || dyno.taskRef !== task.taskRef) continue;
    rules.break('no live dyno is forgotten', `${dyno.name} (${dyno.state}) lost its record, ${task.taskRef} lives`);
  }
}

function judgeNew(world: World, rules: Rules, dyno: Dyno, removed: readonly Dyno[]): void {
  const { nowMs } = world.agenda;
  const app = world.app(dyno.appId);
  const from = rolloutOf(world, dyno)?.abandonedAtMs === undefined ? undefined : rolloutOf(world, dyno)?.from;
  if (
    dyno.releaseVersion !== from?.releaseVersion &&
    app !== undefined &&
    !world.unreadable.size &&
    dyno.releaseVersion !== app.currentReleaseVersion
  ) {
    rules.break(
      'a new dyno runs the current release',
      `${dyno.name} v${dyno.releaseVersion}, not v${app.currentReleaseVersion}`,
    );
  }
  if (dyno.state === 'idle') return;
  const spreadMs = (dyno.cycleAtMs ?? 0) - dyno.createdAtMs - DAY_MS;
  if (spreadMs < 0 || spreadMs > CYCLE_SPREAD_MS) {
    rules.break(
      'a cycle is 24 hours and up to 216 minutes after the start',
      `${dyno.name}: ${spreadMs} ms beyond a day`,
    );
  }
  if (rules.spread.note('cycle', spreadMs) > EQUAL_DRAWS_MAX)
    rules.break('waits differ', `cycles all at ${spreadMs} ms`);
  if (fieldsOf(dyno).startedBecause === 'wake') return;
  const before = removed.find(({ name, state }) => name === dyno.name && state !== 'stopping');
  if (before !== undefined) judgeSuccession(world, rules, before, dyno, nowMs);
}

/** When one dyno has ended and the next takes its name: its end decides what the next inherits, and when it may start. */
function judgeSuccession(world: World, rules: Rules, before: Dyno, next: Dyno, nowMs: number): void {
  const cycleDueMs = fieldsOf(before).recycleAtMs ?? before.cycleAtMs ?? Number.POSITIVE_INFINITY;
  // An app with a window has its cycles at other times.
  const windowed =
    fieldsOf(next).startedBecause === 'cycle' && world.app(next.appId)?.dynoManager?.cycleWindow !== undefined;
  const renewed =
    next.releaseVersion !== before.releaseVersion ||
    next.size !== before.size ||
    next.restartEpoch !== before.restartEpoch ||
    windowed ||
    cycleDueMs <= nowMs + world.skewMs;
  if (before.state === 'crashed') {
    if (
      !renewed &&
      nowMs + world.skewMs < before.stateChangedAtMs + waitRange(before.crashCount, before.size).leastMs
    ) {
      rules.break('back-off follows the crash table', `${next.name} is back too soon after crash ${before.crashCount}`);
    }
    if (!renewed && next.crashCount !== before.crashCount) {
      rules.break(
        'crashes are counted',
        `${next.name}: ${before.crashCount} → ${next.crashCount} while it was crashed`,
      );
    }
    return;
  }
  const task = rules.tasks.lastOf(before);
  if (task?.exit === undefined || renewed) return;
  const lost = task.exit.reason === 'lost' || task.exit.reason === 'no-room';
  if (lost && next.crashCount > before.crashCount) {
    rules.break('what the platform loses is no crash', `${next.name}: ${before.crashCount} → ${next.crashCount}`);
  }
  // No longer shown, or gone with its machine.
  const unseen = nowMs - (task.stoppedAtMs ?? nowMs) > 9 * MINUTE_MS || world.cluster.find(task.taskRef) === undefined;
  if (lost || unseen) return;
  const counted = countCrash(before, task.stoppedAtMs ?? nowMs);
  if (counted >= 2)
    rules.break('back-off follows the crash table', `${next.name} starts at once after crash ${counted}`);
}

/** A name belongs to one dyno at a time; a dyno that is being stopped has given up its name. */
function judgeStanding(world: World, rules: Rules, appId: string): void {
  const seen = new Map<string, Dyno[]>();
  for (const dyno of world.dynos(appId)) {
    // Stopping, or being killed.
    if (dyno.stopCause !== undefined) continue;
    const others = seen.get(dyno.name);
    if (others === undefined) seen.set(dyno.name, [dyno]);
    else others.push(dyno);
  }
  for (const [name, dynos] of seen) {
    // A dyno that keeps running until the other one is proven.
    const handedOver = dynos.some(
      (dyno) => fieldsOf(dyno).replaces !== undefined || rolloutOf(world, dyno) !== undefined,
    );
    if (dynos.length > (handedOver ? 2 : 1)) {
      rules.break('one dyno per name', `${dynos.length} of ${name} stand in ${appId}`);
    }
  }
}
