import { DescribeContainerInstancesCommand } from '@aws-sdk/client-ecs';
import { type Check, proven, refuted, unproven } from '../check.ts';
import { resources } from '../world.ts';
import { dynoTasks } from './dyno-tasks.ts';

const AS_ECS_SAYS = { arm64: 'arm64', amd64: 'x86_64' };

export const placement: Check = {
  name: 'placement',
  proves: 'ECS places dynos on machines of their architecture (run it with --architecture amd64 too)',
  how: 'the machine of web.1, and the attributes that its agent has registered',
  run: async (world) => {
    const { architecture } = world.options;
    const [task] = await dynoTasks(world, 'web');
    if (task === undefined) return refuted('web.1 has no task that runs');
    if (task.containerInstanceArn === undefined) return refuted(`web.1 is on no machine, but on ${task.launchType}`);
    const [cluster] = resources(world, 'capacity', 'AWS::ECS::Cluster');
    const { containerInstances } = await world.account.ecs.send(
      new DescribeContainerInstancesCommand({ cluster, containerInstances: [task.containerInstanceArn] }),
    );
    const [machine] = containerInstances ?? [];
    const said = machine?.attributes?.find(({ name }) => name === 'ecs.cpu-architecture')?.value;
    if (said === undefined) return unproven('the machine reports no architecture');
    const text = `web.1 runs on ${machine?.ec2InstanceId}, which is ${said}`;
    return said === AS_ECS_SAYS[architecture] ? proven(text) : refuted(text);
  },
};
