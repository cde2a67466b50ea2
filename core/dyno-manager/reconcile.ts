import type { Dyno } from '../dyno/dyno.ts';
import { type Item, type TaskObservation, TRANSACTION_WRITES_MAX } from '../ports.ts';
import { classify } from './classify.ts';
import { formationStep } from './formation-step.ts';
import type { Look, Subject } from './look.ts';
import { newFormationDyno, startingLine } from './new-dyno.ts';
import { oneOffStep } from './one-off-step.ts';
import { releaseStep, startRelease } from './release-step.ts';
import { type Completion, type DynoWrite, type Step, type Stop, say, step } from './step.ts';
import { type SystemLine, stateChanged } from './system-lines.ts';
import { EMPTY_RECHECK_MS, GRACE_MS, INCOMPLETE_RECHECK_MS, MOVING_RECHECK_MS, STEADY_RECHECK_MS } from './timers.ts';
import { wishFor } from './wishes.ts';

/** What one pass does. Carrying it out has no choices left. */
export interface Plan {
  readonly writes: readonly DynoWrite[];
  readonly starts: readonly Dyno[];
  readonly stops: readonly Stop[];
  readonly lines: readonly SystemLine[];
  readonly completions: readonly Completion[];
  /** The app was deleted and nothing of it runs any more. */
  readonly purge: boolean;
  /** All dyno records once the writes are done. */
  readonly dynos: readonly Dyno[];
  readonly nextLookAtMs: number;
  readonly waiting: readonly string[];
}

/** Two writes of the transaction are the executor's: the app's version and the manager's mark. */
export const WRITES_PER_PASS_MAX = TRANSACTION_WRITES_MAX - 2;

/**
 * Desired and observed in, a plan out; no I/O. It may run late, twice, or after a crash in the middle of the last
 * plan: it starts from the records and the tasks as they are, never from what it thinks it did.
 */
export function reconcile(look: Look): Plan {
  const tasks = tasksOf(look);
  const subjects = subjectsOf(look, tasks);
  const steps = [
    ...subjects.map((subject) => stepFor(look, subject)),
    ...missing(look),
    ...[startRelease(look)].filter((start) => start !== undefined),
  ];
  return assemble(look, steps, orphans(look, subjects));
}

function stepFor(look: Look, subject: Subject): Step {
  if (subject.dyno.kind === 'formation') return formationStep(look, subject);
  return subject.dyno.kind === 'release' ? releaseStep(look, subject) : oneOffStep(look, subject);
}

const taskKey = (dynoId: string, attempt: number) => `${dynoId}/${attempt}`;

function tasksOf({ observations }: Look): ReadonlyMap<string, TaskObservation> {
  const tasks = new Map<string, TaskObservation>();
  for (const task of observations.tasks) {
    const key = taskKey(task.dynoId, task.attempt);
    const known = tasks.get(key);
    // Observations of one task may come in any order.
    if (known === undefined || known.version < task.version) tasks.set(key, task);
  }
  return tasks;
}

/** Facts first, so that a full pass still takes note of what has happened; then by number, the highest first where dynos go. */
function subjectsOf(look: Look, tasks: ReadonlyMap<string, TaskObservation>): readonly Subject[] {
  const kept = new Set<string>();
  const context = {
    app: look.app,
    releaseVersion: look.release?.version,
    pendingVersion: look.app.pendingReleaseVersions[0],
    nowMs: look.nowMs,
  };
  const subjects = [...look.dynos].sort(byAge).map(({ value: dyno, version }): Subject => {
    const task = tasks.get(taskKey(dyno.id, dyno.attempt));
    const standing = dyno.kind === 'formation' && dyno.state !== 'stopping';
    const duplicate = standing && kept.has(dyno.name);
    if (standing) kept.add(dyno.name);
    return {
      dyno,
      version,
      ...(task === undefined ? {} : { task }),
      condition: classify(dyno, task, look.observations.complete),
      wish: wishFor(context, dyno, task, duplicate),
    };
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
  return left.wish.kind === 'remove' ? -order : order;
}

function rank({ condition, wish }: Subject): number {
  if (condition === 'exited' || condition === 'stopped' || condition === 'lost') return 0;
  if (wish.kind === 'keep') return 1;
  return wish.kind === 'remove' ? 2 : 3;
}

/** Dynos of the formation that have no record: 1..quantity of each type, once there is code to run. */
function missing(look: Look): readonly Step[] {
  const { app, release, dynos, nowMs } = look;
  if (app.deletedAtMs !== undefined || release?.slugId === undefined) return [];
  const names = new Set(
    dynos
      .filter(({ value }) => value.kind === 'formation' && value.state !== 'stopping')
      .map(({ value }) => value.name),
  );
  const steps: Step[] = [];
  for (const entry of app.formation) {
    for (let number = 1; number <= entry.quantity; number += 1) {
      if (names.has(`${entry.type}.${number}`)) continue;
      const dyno = newFormationDyno(look, { entry, number, release, crashCount: 0, announced: true });
      steps.push(
        step([dyno], {
          writes: [{ kind: 'put', dyno, expect: 'absent' }],
          starts: [dyno],
          lines: [...say(dyno, stateChanged('created', 'starting')), startingLine(dyno)],
          lookAtMs: nowMs + MOVING_RECHECK_MS,
          waiting: `${dyno.name} to start`,
        }),
      );
    }
  }
  return steps;
}

/** Live tasks that no record stands for: what an interrupted pass or a lost record left behind. */
function orphans(look: Look, subjects: readonly Subject[]): readonly Stop[] {
  const owned = new Set(
    subjects
      .filter(({ condition }) => condition !== 'crashed' && condition !== 'finished')
      .map(({ dyno }) => taskKey(dyno.id, dyno.attempt)),
  );
  return look.observations.tasks
    .filter((task) => task.state !== 'stopped' && !owned.has(taskKey(task.dynoId, task.attempt)))
    .map((task) => ({ taskRef: task.taskRef, deadlineMs: look.nowMs + GRACE_MS }));
}

function assemble(look: Look, steps: readonly Step[], orphaned: readonly Stop[]): Plan {
  const { nowMs, observations, app } = look;
  const writes: DynoWrite[] = [];
  const starts: Dyno[] = [];
  const stops: Stop[] = [...orphaned];
  const lines: SystemLine[] = [];
  const completions: Completion[] = [];
  const dynos: Dyno[] = [];
  const waiting: string[] = [];
  let nextLookAtMs = Number.POSITIVE_INFINITY;
  let full = false;
  for (const one of steps) {
    if (writes.length + one.writes.length > WRITES_PER_PASS_MAX) {
      const left = look.dynos.find(({ value }) => one.writes.some(({ dyno }) => dyno.id === value.id));
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
    if (one.lookAtMs !== undefined) nextLookAtMs = Math.min(nextLookAtMs, one.lookAtMs);
  }
  if (full) {
    waiting.push('the next pass: this one is full');
    nextLookAtMs = nowMs;
  }
  nextLookAtMs = Math.min(nextLookAtMs, nowMs + (dynos.length === 0 ? EMPTY_RECHECK_MS : STEADY_RECHECK_MS));
  if (!observations.complete) nextLookAtMs = Math.min(nextLookAtMs, nowMs + INCOMPLETE_RECHECK_MS);
  if (orphaned.length > 0) nextLookAtMs = Math.min(nextLookAtMs, nowMs + MOVING_RECHECK_MS);
  const idle = dynos.length === 0 && observations.tasks.every(({ state }) => state === 'stopped');
  const purge = app.deletedAtMs !== undefined && observations.complete && idle;
  return { writes, starts, stops, lines, completions, purge, dynos, nextLookAtMs, waiting };
}
