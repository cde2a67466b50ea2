import {
  type AutoScalingGroup,
  DeleteLifecycleHookCommand,
  DescribeAutoScalingGroupsCommand,
  DescribeLifecycleHooksCommand,
  SetInstanceProtectionCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { UpdateCapacityProviderCommand } from '@aws-sdk/client-ecs';
import { batchesOf } from '../../../adapters/aws/batches.ts';
import { type Account, unlessGone } from '../account.ts';
import type { Say } from '../say.ts';
import { waitFor } from '../wait-for.ts';

const BOUND_MINUTES = 20;
/** The limit of SetInstanceProtection. */
const INSTANCES_MAX = 50;

/**
 * Ends all machines before their stack is deleted. CloudFormation does not remove their protection from scale-in and then waits for
 * them until it fails (aws/aws-cdk#18179); ECS's hook holds each ending machine until its agent reports that it is drained.
 */
export async function releaseMachines(
  account: Account,
  { groups, providers }: { readonly groups: readonly string[]; readonly providers: readonly string[] },
  say: Say,
): Promise<void> {
  for (const name of providers) {
    await unlessGone(
      account.ecs.send(
        new UpdateCapacityProviderCommand({
          name,
          // ECS would start machines again, and protect them.
          autoScalingGroupProvider: {
            managedScaling: { status: 'DISABLED' },
            managedTerminationProtection: 'DISABLED',
          },
        }),
      ),
      // ECS's error for an unknown name.
      'ClientException',
      'InvalidParameterException',
    );
  }
  for (const group of await describe(account, groups)) await release(account, group);
  await waitFor({
    what: 'machines to end',
    boundMinutes: BOUND_MINUTES,
    say,
    next: 'Look at the activity of the Auto Scaling group, end the machines in EC2, and run the command again.',
    look: async () => {
      const machines = (await describe(account, groups)).flatMap(({ Instances }) => Instances ?? []);
      return machines.length === 0 ? undefined : `${machines.length} of them`;
    },
  });
}

async function describe({ autoScaling }: Account, names: readonly string[]): Promise<AutoScalingGroup[]> {
  if (names.length === 0) return [];
  const { AutoScalingGroups } = await autoScaling.send(
    new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [...names] }),
  );
  return (AutoScalingGroups ?? []).filter(({ Status }) => Status === undefined);
}

async function release({ autoScaling }: Account, group: AutoScalingGroup): Promise<void> {
  const { AutoScalingGroupName, Instances = [] } = group;
  await autoScaling.send(
    new UpdateAutoScalingGroupCommand({
      AutoScalingGroupName,
      NewInstancesProtectedFromScaleIn: false,
      // No new machine starts while the others are released.
      MinSize: 0,
      MaxSize: Instances.length,
    }),
  );
  const inService = Instances.filter(({ ProtectedFromScaleIn }) => ProtectedFromScaleIn);
  const InstanceIds = inService.flatMap(({ InstanceId }) => InstanceId ?? []);
  for (const some of batchesOf(InstanceIds, INSTANCES_MAX)) {
    await autoScaling.send(
      new SetInstanceProtectionCommand({ AutoScalingGroupName, InstanceIds: some, ProtectedFromScaleIn: false }),
    );
  }
  const { LifecycleHooks } = await autoScaling.send(new DescribeLifecycleHooksCommand({ AutoScalingGroupName }));
  for (const { LifecycleHookName } of LifecycleHooks ?? []) {
    // Machines that wait for the hook go on when it is deleted.
    await autoScaling.send(new DeleteLifecycleHookCommand({ AutoScalingGroupName, LifecycleHookName }));
  }
  const none = { MinSize: 0, MaxSize: 0, DesiredCapacity: 0 };
  await autoScaling.send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName, ...none }));
}
