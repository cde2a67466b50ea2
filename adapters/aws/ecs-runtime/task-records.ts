import type { TaskExit } from '../../../core/ports/dyno-runtime.ts';
import type { Item, ItemKey, Store, Write } from '../../../core/ports/store.ts';
import { count, fields, flag, number, oneOf, optional, text } from '../../../core/records/checks.ts';
import { defineRecord } from '../../../core/records/define-record.ts';
import { DAY_MS } from '../../../core/time.ts';
import type { TaskFacts, TaskIdentity } from './task-facts.ts';

export interface TaskRecord extends TaskIdentity, TaskFacts {
  readonly taskArn: string;
  readonly recordedAtMs: number;
  /** A router was asked to probe its port. */
  readonly probed?: true;
}

interface StartedNote {
  readonly taskArn: string;
}

/** An hour after a task's end RunTask's token would start another one; this note outlasts every repeated start. */
const STARTED_MS = 3 * DAY_MS;

export const tasksOf = (appId: string): string => `tasks#${appId}`;
const nameOf = ({ dynoId, attempt }: Pick<TaskIdentity, 'dynoId' | 'attempt'>) => `${dynoId}#${attempt}`;

export const taskKey = (task: TaskIdentity): ItemKey => ({
  partition: tasksOf(task.appId),
  sort: `task#${nameOf(task)}`,
});
export const listeningKey = (task: TaskIdentity): ItemKey => ({
  partition: tasksOf(task.appId),
  sort: `listening#${nameOf(task)}`,
});
export const attachedKey = (task: TaskIdentity): ItemKey => ({
  partition: tasksOf(task.appId),
  sort: `attached#${nameOf(task)}`,
});
export const probeKey = (task: TaskIdentity): ItemKey => ({ partition: 'probes', sort: nameOf(task) });
const startedKey = ({ dynoId, attempt }: Pick<TaskIdentity, 'dynoId' | 'attempt'>): ItemKey => ({
  partition: `started#${dynoId}`,
  sort: `attempt#${attempt}`,
});

export const taskRecord = defineRecord({
  noun: 'task',
  version: 1,
  key: taskKey,
  shape: fields<TaskRecord>({
    appId: text,
    dynoId: text,
    attempt: count,
    type: text,
    attach: optional(oneOf(true)),
    version: count,
    state: oneOf('pending', 'running', 'stopped'),
    containerInstanceArn: optional(text),
    hostPort: optional(count),
    address: optional(fields<NonNullable<TaskFacts['address']>>({ host: text, port: count })),
    launchedAtMs: optional(number),
    stoppedAtMs: optional(number),
    graceExpired: flag,
    hostFault: optional(oneOf('draining', 'spot-notice', 'retiring', 'lost')),
    exit: optional(
      fields<TaskExit>({
        status: number,
        reason: oneOf('exited', 'attach-timeout', 'out-of-memory', 'start-failed', 'no-room', 'lost'),
        detail: optional(text),
      }),
    ),
    taskArn: text,
    recordedAtMs: number,
    probed: optional(oneOf(true)),
  }),
});

const startedRecord = defineRecord({
  noun: 'started task',
  version: 1,
  key: startedKey,
  shape: fields<StartedNote>({ taskArn: text }),
});

/** What the rendezvous service records of an attached one-off. */
export interface AttachedNote {
  readonly attachedAtMs: number;
  readonly leftAtMs?: number;
}

export const attachedRecord = defineRecord({
  noun: 'attached client',
  version: 1,
  key: attachedKey,
  shape: fields<AttachedNote>({ attachedAtMs: number, leftAtMs: optional(number) }),
});

/** The task that this attempt has started, if one is known. */
export async function startedTask(
  store: Store,
  attempt: Pick<TaskIdentity, 'dynoId' | 'attempt'>,
): Promise<string | undefined> {
  return (await startedRecord.get(store, attempt))?.value.taskArn;
}

/**
 * Records what is known of a task unless something newer is known: events repeat and overtake each other and the answers of
 * DescribeTasks. False: nothing was new.
 */
export async function noteTask(
  store: Store,
  task: TaskIdentity & { readonly taskArn: string },
  facts: TaskFacts,
  nowMs: number,
): Promise<boolean> {
  for (;;) {
    const known = await taskRecord.get(store, task);
    // A second task of one attempt is an orphan; the sweep stops it.
    if (known !== undefined && known.value.taskArn !== task.taskArn) return false;
    if (known !== undefined && known.value.version >= facts.version) return false;
    const record: TaskRecord = {
      ...task,
      ...facts,
      recordedAtMs: known?.value.recordedAtMs ?? nowMs,
      ...probed(known),
    };
    const put: Write = { kind: 'put', key: taskKey(task), value: record, expect: known?.version ?? 'absent' };
    const written = await store.transact(known === undefined ? [put, startedNote(task, nowMs)] : [put]);
    if (written.ok) return true;
  }
}

const probed = (known: Item<TaskRecord> | undefined) => (known?.value.probed === true ? { probed: true as const } : {});

function startedNote(task: TaskIdentity & { readonly taskArn: string }, nowMs: number): Write {
  const value: StartedNote = { taskArn: task.taskArn };
  return { kind: 'put', key: startedKey(task), value, expect: 'any', expiresAtMs: nowMs + STARTED_MS };
}

/** Deletes a task that ended long ago, with all notes about it. */
export function forgetTask(item: Item<TaskRecord>): readonly Write[] {
  const { value: task, version } = item;
  const goes = (key: ItemKey): Write => ({ kind: 'delete', key, expect: 'any' });
  return [
    { kind: 'delete', key: taskKey(task), expect: version },
    goes(listeningKey(task)),
    goes(attachedKey(task)),
    ...(task.probed === true ? [goes(probeKey(task))] : []),
  ];
}
