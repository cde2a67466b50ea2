import { DescribeTasksCommand, ListTasksCommand, type Task } from '@aws-sdk/client-ecs';
import { resources, type World } from '../world.ts';

/** The app's running tasks of a process type. */
export async function dynoTasks(world: World, type: string): Promise<Task[]> {
  const { ecs } = world.account;
  const [cluster] = resources(world, 'capacity', 'AWS::ECS::Cluster');
  const { taskArns = [] } = await ecs.send(new ListTasksCommand({ cluster }));
  if (taskArns.length === 0) return [];
  const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns }));
  return tasks.filter(({ group, lastStatus }) => group === `app/${world.app.id}/${type}` && lastStatus === 'RUNNING');
}
