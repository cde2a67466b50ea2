import { DescribeTasksCommand, paginateListTasks, StopTaskCommand } from '@aws-sdk/client-ecs';
import { type Account, isNamed } from '../account.ts';
import type { Say } from '../say.ts';
import { waitFor } from '../wait-for.ts';

/** SIGTERM, the container's stop timeout of up to two minutes, and removal of a Fargate task's network interface. */
const BOUND_MINUTES = 15;

/** Stops every task of the cluster, dynos and what services left: a running task blocks machines, interfaces and the cluster. */
export async function stopTasks({ ecs }: Account, cluster: string, say: Say): Promise<void> {
  const told = new Set<string>();
  await waitFor({
    what: `tasks of ${cluster} to stop`,
    boundMinutes: BOUND_MINUTES,
    say,
    next: 'Look at the cluster in ECS for a machine whose agent does not answer, end that machine, and run the command again.',
    look: async () => {
      const running = await list(ecs, cluster, 'RUNNING');
      for (const task of running.filter((arn) => !told.has(arn))) {
        await stop(ecs, cluster, task);
        told.add(task);
      }
      const left = new Set([...running, ...(await stopping(ecs, cluster, await list(ecs, cluster, 'STOPPED')))]);
      return left.size === 0 ? undefined : `${left.size} of them`;
    },
  });
}

async function list(client: Account['ecs'], cluster: string, desiredStatus: 'RUNNING' | 'STOPPED'): Promise<string[]> {
  const arns: string[] = [];
  try {
    for await (const page of paginateListTasks({ client }, { cluster, desiredStatus }))
      arns.push(...(page.taskArns ?? []));
  } catch (error) {
    if (!isNamed(error, 'ClusterNotFoundException')) throw error;
  }
  return arns;
}

async function stop(ecs: Account['ecs'], cluster: string, task: string): Promise<void> {
  try {
    await ecs.send(new StopTaskCommand({ cluster, task, reason: 'The platform is taken down' }));
  } catch (error) {
    // It stopped by itself meanwhile and ECS no longer knows it.
    if (!isNamed(error, 'InvalidParameterException', 'ClusterNotFoundException')) throw error;
  }
}

/** The given tasks that have not stopped yet: DescribeTasks takes a hundred at a time. */
async function stopping(ecs: Account['ecs'], cluster: string, arns: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (let at = 0; at < arns.length; at += 100) {
    const { tasks } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: arns.slice(at, at + 100) }));
    for (const { taskArn, lastStatus } of tasks ?? []) {
      if (lastStatus !== 'STOPPED' && taskArn !== undefined) found.push(taskArn);
    }
  }
  return found;
}
