import type { ECSClient } from '@aws-sdk/client-ecs';
import { HANG_UP_INTERVAL_MS, HANG_UPS } from '../../../core/dyno-manager/plan/timers.ts';
import type { Observations, TaskObservation } from '../../../core/ports/dyno-runtime.ts';
import type { Problems } from '../../../core/ports/problems.ts';
import type { Item, Store, Write } from '../../../core/ports/store.ts';
import { HOUR_MS, MINUTE_MS } from '../../../core/time.ts';
import type { Machine, Machines } from './machines.ts';
import { readTasks, type TasksRead } from './read-tasks.ts';
import { factsOf, type TaskFacts } from './task-facts.ts';
import {
  type AttachedNote,
  attachedKey,
  attachedRecord,
  forgetTask,
  listeningKey,
  probeKey,
  type TaskRecord,
  taskKey,
  taskRecord,
  tasksOf,
} from './task-records.ts';

export interface ObserveParts {
  readonly ecs: ECSClient;
  readonly store: Store;
  readonly machines: Machines;
  readonly cluster: string;
  readonly nowMs: () => number;
  readonly problems: Problems;
}

/** DescribeTasks may answer MISSING for this long after RunTask (ECS API reference, RunTask). */
const MISSING_MS = 5 * MINUTE_MS;
const SHOWN_MS = 10 * MINUTE_MS;
/** The entry point's exit status when no client came. */
const NO_CLIENT_STATUS = 128;
const PROBE_MS = HOUR_MS;
const LOST_STATUS = 137;

interface Subject {
  readonly item: Item<TaskRecord>;
  /** The current state. */
  readonly record: TaskRecord;
  readonly listening: boolean;
  readonly attached: AttachedNote | undefined;
  readonly machine: Machine | undefined;
}

/** All tasks of an app, from recorded events and, for those not known to have ended, from ECS itself. */
export async function observeTasks(parts: ObserveParts, appId: string): Promise<Observations> {
  const { store, ecs, cluster, nowMs } = parts;
  const items = await store.list({ partition: tasksOf(appId), prefix: '' });
  const notes = new Map(items.map((item) => [item.sort, item]));
  const recorded = items.filter(({ sort }) => sort.startsWith('task#')).map((item) => taskRecord.read(item));
  const live = recorded.filter(({ value }) => value.state !== 'stopped');
  const read = await readTasks(
    ecs,
    cluster,
    live.map(({ value }) => value.taskArn),
  );
  const current = recorded.map((item) => ({ item, record: now(item.value, read, nowMs()) }));
  const machines = await findMachines(parts, current);
  const subjects = current.map(({ item, record }): Subject => {
    const machine = machines.found.get(record.containerInstanceArn ?? '');
    const attached = notes.get(attachedKey(record).sort);
    return {
      item,
      record: withAddress(record, machine),
      listening: notes.has(listeningKey(record).sort),
      attached: attached && attachedRecord.read(attached).value,
      machine,
    };
  });
  await keep(parts, subjects);
  const isShown = ({ stoppedAtMs }: TaskRecord) => stoppedAtMs === undefined || nowMs() - stoppedAtMs < SHOWN_MS;
  return {
    complete: read.complete && machines.complete,
    tasks: subjects.filter(({ record }) => isShown(record)).map((subject) => observation(subject, nowMs())),
  };
}

function now(record: TaskRecord, { tasks, missing }: TasksRead, nowMs: number): TaskRecord {
  const task = tasks.get(record.taskArn);
  if (task !== undefined && task.version > record.version) return { ...record, ...factsOf(task, nowMs) };
  if (!missing.has(record.taskArn) || nowMs - record.recordedAtMs < MISSING_MS) return record;
  const gone: Partial<TaskFacts> = {
    version: record.version + 1,
    state: 'stopped',
    stoppedAtMs: nowMs,
    exit: { status: LOST_STATUS, reason: 'lost', detail: 'ECS no longer lists its task' },
  };
  return { ...record, ...gone };
}

async function findMachines(
  { machines, problems }: ObserveParts,
  current: readonly { readonly record: TaskRecord }[],
): Promise<{ readonly found: ReadonlyMap<string, Machine>; readonly complete: boolean }> {
  const shared = current.filter(
    ({ record }) => record.state !== 'stopped' && record.containerInstanceArn !== undefined,
  );
  try {
    const found = await machines.find(shared.flatMap(({ record }) => record.containerInstanceArn ?? []));
    const known = ({ record }: { record: TaskRecord }) =>
      record.address !== undefined || record.hostPort === undefined || found.has(record.containerInstanceArn ?? '');
    return { found, complete: shared.every(known) };
  } catch (error) {
    problems.report('could not read the machines of dynos', error);
    return { found: new Map(), complete: shared.every(({ record }) => record.address !== undefined) };
  }
}

function withAddress(record: TaskRecord, machine: Machine | undefined): TaskRecord {
  if (record.hostPort === undefined || machine === undefined || record.address !== undefined) return record;
  return { ...record, address: { host: machine.host, port: record.hostPort } };
}

/** Stores what was learnt, so that the next pass need not ask. A conflict means that an event knew more. */
async function keep({ store, nowMs }: ObserveParts, subjects: readonly Subject[]): Promise<void> {
  const atMs = nowMs();
  const transactions = subjects.flatMap((subject): readonly (readonly Write[])[] => {
    const { item, record } = subject;
    if (record.stoppedAtMs !== undefined && atMs - record.stoppedAtMs >= SHOWN_MS) return [forgetTask(item)];
    const probe = probeWrites(subject, atMs);
    if (probe.length === 0 && record === item.value) return [];
    const { probed: _, ...rest } = record;
    const value = isProbed(subject) ? { ...rest, probed: true } : rest;
    return [[{ kind: 'put', key: taskKey(record), value, expect: item.version }, ...probe]];
  });
  await Promise.all(transactions.map((writes) => store.transact(writes)));
}

const isProbed = ({ record, listening }: Subject): boolean =>
  record.type === 'web' && record.state === 'running' && record.address !== undefined && !listening;

function probeWrites(subject: Subject, nowMs: number): readonly Write[] {
  const { record } = subject;
  const key = probeKey(record);
  if (isProbed(subject) === (record.probed === true)) return [];
  if (record.probed === true) return [{ kind: 'delete', key, expect: 'any' }];
  const value = { appId: record.appId, dynoId: record.dynoId, attempt: record.attempt, ...record.address };
  return [{ kind: 'put', key, value, expect: 'any', expiresAtMs: nowMs + PROBE_MS }];
}

function observation({ record, listening, attached, machine }: Subject, nowMs: number): TaskObservation {
  const { taskArn, appId, dynoId, attempt, version, state, address, stoppedAtMs, graceExpired, hostFault } = record;
  const waits = record.attach === true && attached === undefined;
  const launchedAtMs = record.attach === true ? attached?.attachedAtMs : record.launchedAtMs;
  const fault = hostFault ?? (machine?.draining === true ? 'draining' : undefined);
  const exit =
    waits && record.exit?.reason === 'exited' && record.exit.status === NO_CLIENT_STATUS
      ? { ...record.exit, reason: 'attach-timeout' as const }
      : record.exit;
  return {
    taskRef: taskArn,
    appId,
    dynoId,
    attempt,
    // A listening or attached note also changes a task, but has no version of ECS.
    version: version * 4 + (listening ? 1 : 0) + (attached === undefined ? 0 : 1),
    state: state === 'running' && waits ? 'awaiting-client' : state,
    listening: listening && state === 'running',
    ...(address === undefined ? {} : { address }),
    ...(launchedAtMs === undefined ? {} : { launchedAtMs }),
    ...(stoppedAtMs === undefined ? {} : { stoppedAtMs }),
    graceExpired,
    hangUps: hangUps(attached, nowMs),
    ...(fault === undefined || state === 'stopped' ? {} : { hostFault: fault }),
    ...(exit === undefined ? {} : { exit }),
  };
}

/** The entry point hangs up at once and then at this interval. */
function hangUps(attached: AttachedNote | undefined, nowMs: number): number {
  if (attached?.leftAtMs === undefined) return 0;
  return Math.min(HANG_UPS, 1 + Math.floor(Math.max(0, nowMs - attached.leftAtMs) / HANG_UP_INTERVAL_MS));
}
