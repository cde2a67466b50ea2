import { type ECSClient, ListTasksCommand, type ListTasksCommandOutput, StopTaskCommand } from '@aws-sdk/client-ecs';
import type { Clock } from '../../../core/ports/clock.ts';
import type { ItemKey, Store } from '../../../core/ports/store.ts';
import { fields, text } from '../../../core/records/checks.ts';
import { defineRecord } from '../../../core/records/define-record.ts';
import { MINUTE_MS } from '../../../core/time.ts';
import { readTasks } from './read-tasks.ts';
import { identityOf } from './task-facts.ts';
import { taskRecord } from './task-records.ts';

export interface OrphanParts {
  readonly ecs: ECSClient;
  readonly store: Store;
  readonly clock: Clock;
  readonly cluster: string;
}

/** By then an event or a repeated start has recorded every task that belongs to a dyno. */
const ORPHAN_MS = 10 * MINUTE_MS;
const PAGE = 100;
/** Stops and starts share a limit of 40 per second. */
const STOPS_MAX = 20;
const CURSOR: ItemKey = { partition: 'platform', sort: 'orphan-sweep' };
const cursorRecord = defineRecord({
  noun: 'orphan sweep',
  version: 1,
  key: () => CURSOR,
  shape: fields<{ readonly nextToken: string }>({ nextToken: text }),
});

/**
 * Reads one page of the cluster's tasks, stops the dyno tasks that have no record, and stores where the next sweep
 * continues. Returns how many were stopped.
 */
export async function stopOrphans({ ecs, store, clock, cluster }: OrphanParts): Promise<number> {
  const cursor = await cursorRecord.get(store);
  const page = await ecs
    .send(
      new ListTasksCommand({
        cluster,
        desiredStatus: 'RUNNING',
        maxResults: PAGE,
        ...(cursor === undefined ? {} : { nextToken: cursor.value.nextToken }),
      }),
    )
    .catch((error: unknown): Pick<ListTasksCommandOutput, 'taskArns' | 'nextToken'> => {
      // The token has expired: start again from the first page.
      if (cursor !== undefined && Object(error).name === 'InvalidParameterException') return {};
      throw error;
    });
  const { tasks } = await readTasks(ecs, cluster, page.taskArns ?? []);
  let stopped = 0;
  for (const task of tasks.values()) {
    const identity = identityOf(task);
    const createdAtMs = task.createdAt?.getTime() ?? clock.nowMs();
    if (identity === undefined || clock.nowMs() - createdAtMs < ORPHAN_MS || stopped >= STOPS_MAX) continue;
    const record = await taskRecord.get(store, identity);
    if (record?.value.taskArn === task.taskArn) continue;
    await ecs.send(new StopTaskCommand({ cluster, task: task.taskArn, reason: 'no dyno has this task' }));
    stopped += 1;
  }
  const next = page.nextToken;
  await store.transact([
    next === undefined
      ? { kind: 'delete', key: CURSOR, expect: 'any' }
      : { kind: 'put', key: CURSOR, value: { nextToken: next }, expect: 'any' },
  ]);
  return stopped;
}
