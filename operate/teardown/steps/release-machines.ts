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
/** SetInstanceProtection takes so many instances. */
const INSTANCES_MAX = 50;

/**
 * Ends all machines before their stack goes. CloudFormation does not lift their protection from scale-in and then waits for them until it
 * fails (aws/aws-cdk#18179); ECS's hook holds each that ends for as long as its agent does not say that it is drained.
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
      // That is how ECS says that there is none of this name.
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
      // None is started while the others are released.
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
    // What waits in it goes on when it is gone.
    await autoScaling.send(new DeleteLifecycleHookCommand({ AutoScalingGroupName, LifecycleHookName }));
  }
  const none = { MinSize: 0, MaxSize: 0, DesiredCapacity: 0 };
  await autoScaling.send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName, ...none }));
}
