import { DescribeAutoScalingGroupsCommand, type Instance } from '@aws-sdk/client-auto-scaling';
import { type Check, proven, refuted, unproven } from '../check.ts';
import { APP } from '../deploy-app.ts';
import { eventually, resources, type World } from '../world.ts';

/** Managed scaling watches an unused machine for fifteen minutes before it removes it. */
const SCALE_IN_MINUTES = 45;

export const machines: Check = {
  name: 'machines',
  proves: 'a dyno without room gets a machine, and a machine without dynos goes',
  how: 'the machines of the group while web.1 runs, and after web was scaled to 0',
  run: async (world) => {
    const before = await running(world);
    if (before.length === 0) return unproven('the group has no machine');
    await world.api.call('PATCH', `/apps/${APP}/formation`, { updates: [{ type: 'web', quantity: 0 }] });
    const none = await eventually(world, 'the machines to go', SCALE_IN_MINUTES, async () =>
      (await running(world)).length === 0 ? true : undefined,
    );
    const text = `${before.length} came (${before.map(({ InstanceType }) => InstanceType).join(', ')})`;
    return none ? proven(`${text}, and went`) : refuted(`${text}, and did not go in ${SCALE_IN_MINUTES} minutes`);
  },
};

async function running(world: World): Promise<Instance[]> {
  const AutoScalingGroupNames = resources(world, 'capacity', 'AWS::AutoScaling::AutoScalingGroup');
  const { AutoScalingGroups } = await world.account.autoScaling.send(
    new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames }),
  );
  return (AutoScalingGroups ?? []).flatMap(({ Instances }) => Instances ?? []);
}
