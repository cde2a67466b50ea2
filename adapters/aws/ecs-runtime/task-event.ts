import type { Clock } from '../../../core/ports/clock.ts';
import type { PassRequests } from '../../../core/ports/pass-requests.ts';
import type { Problems } from '../../../core/ports/problems.ts';
import type { Store } from '../../../core/ports/store.ts';
import { factsOf, flawsOfTask, identityOf, readTask } from './task-facts.ts';
import { noteTask } from './task-records.ts';

export interface TaskEventParts {
  readonly store: Store;
  readonly passRequests: PassRequests;
  readonly clock: Clock;
  /** Name or ARN. */
  readonly cluster: string;
  readonly problems: Problems;
}

/**
 * ECS "Task State Change": records the state if it is newer than the known one, and requests a pass over its app. Ignores
 * events of other clusters and of tasks that are no dynos. An unreadable event is reported and not retried: it would stay
 * unreadable, and the next pass asks ECS.
 */
export async function recordTaskEvent(
  { store, passRequests, clock, cluster, problems }: TaskEventParts,
  detail: unknown,
): Promise<void> {
  const task = readTask(detail);
  if (task === undefined) {
    problems.report('could not read an event of ECS', new Error(flawsOfTask(detail).join('; ')));
    return;
  }
  const identity = identityOf(task);
  if (identity === undefined || !isCluster(task.clusterArn, cluster)) return;
  const nowMs = clock.nowMs();
  const hasChanged = await noteTask(store, { ...identity, taskArn: task.taskArn }, factsOf(task, nowMs), nowMs);
  if (hasChanged) passRequests.enqueue(identity.appId);
}

export function isCluster(arn: string, nameOrArn: string): boolean {
  return arn === nameOrArn || arn.endsWith(`:cluster/${nameOrArn}`);
}
