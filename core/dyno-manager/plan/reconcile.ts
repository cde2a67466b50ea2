import { chargeEco } from '../../account/eco-pool.ts';
import { type Item, TRANSACTION_WRITES_MAX } from '../../ports/store.ts';
import type { Dyno, FormationDyno, ReleaseDyno } from '../../records/dyno.ts';
import type { EcoPool } from '../../records/eco-pool.ts';
import type { Rollouts } from '../../records/rollout.ts';
import type { AppSnapshot, Candidate, Planning, Subject } from '../observe/app-snapshot.ts';
import { classify } from '../observe/classify.ts';
import { OwnTasks } from '../observe/own-tasks.ts';
import { type Decision, KEEP, runOnceDecision } from './decisions.ts';
import type { Completion, DynoPlan, DynoWrite, Stop } from './dyno-plan.ts';
import { formationDecisions } from './formation-decisions.ts';
import { formationStep } from './formation-step.ts';
import { missing } from './missing.ts';
import { oneOffStep } from './one-off-step.ts';
import { releaseStep, startRelease } from './release-step.ts';
import { EXHAUSTED, type Routing, routing } from './routes.ts';
import { ecoPassAtMs, maySleep, sleepAtMs, sleepOf } from './sleep.ts';
import type { SystemLine } from './system-lines.ts';
import { EMPTY_RECHECK_MS, GRACE_MS, INCOMPLETE_RECHECK_MS, MOVING_RECHECK_MS, STEADY_RECHECK_MS } from './timers.ts';
import { planTypes, type TypePlans } from './type-plans.ts';

/** Everything that one pass does. Executing it needs no more decisions. */
export interface Plan {
  readonly writes: readonly DynoWrite[];
  readonly starts: readonly Dyno[];
  readonly stops: readonly Stop[];
  readonly lines: readonly SystemLine[];
  readonly completions: readonly Completion[];
  /** Written with the rest if it is not the object that was read. */
  readonly rollouts: Rollouts;
  /** The hours that the owner's Eco dynos have used, if limited; written if it is not the object that was read. */
  readonly ecoPool: EcoPool | undefined;
  /** The app was deleted and nothing of it runs any more. */
  readonly purge: boolean;
  /** All dyno records after the writes. */
  readonly dynos: readonly Dyno[];
  /** Where requests go from now on; undefined: nowhere, the app is deleted. */
  readonly routes: Routing | undefined;
  readonly nextPassAtMs: number;
  readonly waiting: readonly string[];
}

/** Five writes of the transaction are the executor's: the app's version, the manager's mark, the rollouts, the Eco hours, the events. */
export const WRITES_PER_PASS_MAX = TRANSACTION_WRITES_MAX - 5;
/** Starts and stops: a pass over a large app must not hold up the others. */
export const ACTIONS_PER_PASS_MAX = 100;

/**
 * Takes desired and observed state, returns a plan; no I/O. It may run late, twice, or after a crash in the middle of the last
 * plan: it starts from the current records and tasks, never from what it believes it did.
 */
export function reconcile(snapshot: AppSnapshot): Plan {
  const { planning, candidates, active, subjects, plans } = judge(snapshot);
  const steps = subjects.map((subject) => stepFor(planning, subject));
  steps.push(...missing(planning, active));
  const release = startRelease(snapshot);
  if (release !== undefined) steps.push(release);
  return assemble(planning, steps, orphans(snapshot, candidates), plans);
}

export interface Judged {
  readonly planning: Planning;
  readonly candidates: readonly Candidate[];
  /** Dynos of the formation without a requested stop, by type. */
  readonly active: ReadonlyMap<string, readonly Candidate<FormationDyno>[]>;
  /** Every dyno record, with exactly one condition and one decision. */
  readonly subjects: readonly Subject[];
  readonly plans: TypePlans;
}

/** The condition of each dyno, and the decision about it. */
export function judge(snapshot: AppSnapshot): Judged {
  const tasks = new OwnTasks(snapshot.observations.tasks);
  const candidates = candidatesOf(snapshot, tasks);
  const active = activeByType(candidates);
  const plans = planTypes(snapshot, active);
  const sleep = sleepOf(snapshot, candidates);
  // The copied fields come last: V8 makes a slow object, six times as large, if others are added to a copy.
  const planning: Planning = { types: plans.types, sleep, tasks, leaving: leavingByType(candidates), ...snapshot };
  return { planning, candidates, active, subjects: subjectsOf(planning, candidates, active), plans };
}

function stepFor(planning: Planning, subject: Subject): DynoPlan {
  if (isOfFormation(subject)) return formationStep(planning, subject);
  return isOfRelease(subject) ? releaseStep(planning, subject) : oneOffStep(planning, subject);
}

const isOfFormation = <C extends Candidate>(candidate: C): candidate is C & { readonly dyno: FormationDyno } =>
  candidate.dyno.kind === 'formation';
const isOfRelease = (subject: Subject): subject is Subject<ReleaseDyno> => subject.dyno.kind === 'release';

const taskKey = (dynoId: string, attempt: number) => `${dynoId}/${attempt}`;

/** The oldest first. */
function candidatesOf({ dynos, observations }: AppSnapshot, tasks: OwnTasks): readonly Candidate[] {
  return [...dynos].sort(byAge).map(({ value: dyno, version }): Candidate => {
    const task = tasks.of(dyno);
    const condition = classify(dyno, task, observations.complete);
    return task === undefined ? { dyno, version, condition } : { dyno, version, task, condition };
  });
}

function activeByType(candidates: readonly Candidate[]): ReadonlyMap<string, readonly Candidate<FormationDyno>[]> {
  const byType = new Map<string, Candidate<FormationDyno>[]>();
  for (const candidate of candidates) {
    const { dyno } = candidate;
    if (!isOfFormation(candidate) || dyno.state === 'stopping') continue;
    const ofType = byType.get(dyno.type);
    if (ofType === undefined) byType.set(dyno.type, [candidate]);
    else ofType.push(candidate);
  }
  return byType;
}

const NONE_LEAVING: ReadonlyMap<string, number> = new Map();

function leavingByType(candidates: readonly Candidate[]): ReadonlyMap<string, number> {
  let leaving: Map<string, number> | undefined;
  for (const { dyno, condition } of candidates) {
    if (dyno.kind !== 'formation' || condition !== 'stopping') continue;
    leaving ??= new Map();
    leaving.set(dyno.type, (leaving.get(dyno.type) ?? 0) + 1);
  }
  return leaving ?? NONE_LEAVING;
}

/** Facts first, so that a full pass still records what has happened; then by number, the highest first for dynos that are stopped. */
function subjectsOf(
  planning: Planning,
  candidates: readonly Candidate[],
  active: ReadonlyMap<string, readonly Candidate<FormationDyno>[]>,
): readonly Subject[] {
  const { app, nowMs } = planning;
  const decisions = new Map<string, Decision>();
  for (const [type, ofType] of active) formationDecisions(planning, type, ofType, decisions);
  const context = { app, pendingVersion: app.pendingReleaseVersions[0], nowMs };
  const subjects = candidates.map((candidate): Subject => {
    const { dyno, version, task, condition } = candidate;
    const decision =
      dyno.kind === 'formation' ? (decisions.get(dyno.id) ?? KEEP) : runOnceDecision(context, dyno, task);
    return task === undefined ? { dyno, version, condition, decision } : { dyno, version, task, condition, decision };
  });
  return subjects.sort(byUrgency);
}

function byAge({ value: left }: Item<Dyno>, { value: right }: Item<Dyno>): number {
  return left.createdAtMs - right.createdAtMs || (left.id < right.id ? -1 : 1);
}

function byUrgency(left: Subject, right: Subject): number {
  const leftRank = rank(left);
  const rightRank = rank(right);
  if (leftRank !== rightRank) return leftRank - rightRank;
  const order = left.dyno.number - right.dyno.number;
  return left.decision.kind === 'remove' ? -order : order;
}

function rank({ condition, decision }: Subject): number {
  if (condition === 'exited' || condition === 'stopped' || condition === 'lost') return 0;
  if (decision.kind === 'remove') return 2;
  return decision.kind === 'replace' ? 3 : 1;
}

/** Live tasks without a record: left by an interrupted pass or a lost record. */
function orphans(snapshot: AppSnapshot, candidates: readonly Candidate[]): readonly Stop[] {
  const alive = snapshot.observations.tasks.reduce((count, { state }) => (state === 'stopped' ? count : count + 1), 0);
  const wanted = candidates.reduce((count, one) => (ownsTask(one) && isAlive(one) ? count + 1 : count), 0);
  // The usual case: no live task but those of the dynos.
  if (alive === wanted) return [];
  const owned = new Set(candidates.filter(ownsTask).map(({ dyno }) => taskKey(dyno.id, dyno.attempt)));
  return snapshot.observations.tasks
    .filter((task) => task.state !== 'stopped' && !owned.has(taskKey(task.dynoId, task.attempt)))
    .map((task) => ({ taskRef: task.taskRef, deadlineMs: snapshot.nowMs + GRACE_MS }));
}

const ownsTask = ({ condition }: Candidate) =>
  condition !== 'crashed' && condition !== 'finished' && condition !== 'idle';
const isAlive = ({ task }: Candidate) => task !== undefined && task.state !== 'stopped';

function assemble(snapshot: Planning, steps: readonly DynoPlan[], orphaned: readonly Stop[], plans: TypePlans): Plan {
  const { nowMs, observations, app, tasks } = snapshot;
  const writes: DynoWrite[] = [];
  const starts: Dyno[] = [];
  const stops: Stop[] = [...orphaned];
  const lines: SystemLine[] = [...plans.lines];
  const completions: Completion[] = [];
  const dynos: Dyno[] = [];
  const waiting: string[] = [];
  let nextPassAtMs = plans.lookAtMs;
  let full = false;
  for (const one of steps) {
    if (
      writes.length + one.writes.length > WRITES_PER_PASS_MAX ||
      (one.starts.length > 0 && starts.length + one.starts.length > ACTIONS_PER_PASS_MAX)
    ) {
      const left = snapshot.dynos.find(({ value }) => one.writes.some(({ dyno }) => dyno.id === value.id));
      if (left !== undefined) dynos.push(left.value);
      full = true;
      continue;
    }
    writes.push(...one.writes);
    starts.push(...one.starts);
    stops.push(...one.stops);
    lines.push(...one.lines);
    dynos.push(...one.after);
    if (one.completion !== undefined) completions.push(one.completion);
    if (one.waiting !== undefined) waiting.push(one.waiting);
    if (one.lookAtMs !== undefined) nextPassAtMs = Math.min(nextPassAtMs, one.lookAtMs);
  }
  if (full) {
    waiting.push('the next pass: this one is full');
    nextPassAtMs = nowMs;
  }
  nextPassAtMs = Math.min(nextPassAtMs, ecoPassAtMs(snapshot, snapshot.sleep));
  nextPassAtMs = Math.min(nextPassAtMs, nowMs + (dynos.length === 0 ? EMPTY_RECHECK_MS : STEADY_RECHECK_MS));
  if (!observations.complete) nextPassAtMs = Math.min(nextPassAtMs, nowMs + INCOMPLETE_RECHECK_MS);
  if (orphaned.length > 0) nextPassAtMs = Math.min(nextPassAtMs, nowMs + MOVING_RECHECK_MS);
  if (snapshot.sleep === 'awake' && maySleep(app)) {
    const webs = dynos.filter(({ type, state }) => type === 'web' && state === 'up').map((dyno) => ({ dyno }));
    const atMs = sleepAtMs(snapshot, webs);
    if (webs.length > 0 && atMs > nowMs) nextPassAtMs = Math.min(nextPassAtMs, atMs);
  }
  const idle = dynos.length === 0 && observations.tasks.every(({ state }) => state === 'stopped');
  const purge = app.deletedAtMs !== undefined && observations.complete && idle;
  // Still to do after the records are written: if this pass dies first, the next one must not be far away.
  if (purge || completions.length > 0) nextPassAtMs = Math.min(nextPassAtMs, nowMs + MOVING_RECHECK_MS);
  const { rollouts } = plans;
  const { complete } = observations;
  const deleted = app.deletedAtMs !== undefined;
  const open = deleted ? undefined : routing(app, snapshot.release, dynos, { tasks, complete }, rollouts.web);
  const exhausted = snapshot.sleep === 'exhausted' && open?.situation === 'asleep';
  const routes = exhausted ? EXHAUSTED : open;
  const ecoPool = snapshot.eco && chargeEco(snapshot.eco.pool, app.id, dynos, nowMs);
  return { writes, starts, stops, lines, completions, rollouts, ecoPool, purge, dynos, routes, nextPassAtMs, waiting };
}
