import { DescribeTasksCommand, type ECSClient } from '@aws-sdk/client-ecs';
import { batchesOf } from '../batches.ts';
import { type EcsTask, readTask } from './task-facts.ts';

export interface TasksRead {
  readonly tasks: ReadonlyMap<string, EcsTask>;
  /** ECS answers that it does not know them, as it also does for a while after RunTask. */
  readonly missing: ReadonlySet<string>;
  /** False: some are neither in `tasks` nor in `missing`. */
  readonly complete: boolean;
}

const PER_CALL_MAX = 100;

export async function readTasks(ecs: ECSClient, cluster: string, taskArns: readonly string[]): Promise<TasksRead> {
  const tasks = new Map<string, EcsTask>();
  const missing = new Set<string>();
  const answers = await Promise.allSettled(
    batchesOf(taskArns, PER_CALL_MAX).map((tasks) => ecs.send(new DescribeTasksCommand({ cluster, tasks }))),
  );
  for (const answer of answers) {
    if (answer.status === 'rejected') continue;
    for (const one of answer.value.tasks ?? []) {
      const task = readTask(one);
      if (task !== undefined) tasks.set(task.taskArn, task);
    }
    for (const { arn, reason } of answer.value.failures ?? []) if (arn && reason === 'MISSING') missing.add(arn);
  }
  return { tasks, missing, complete: taskArns.every((arn) => tasks.has(arn) || missing.has(arn)) };
}
