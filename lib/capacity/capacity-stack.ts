import { Cluster, ContainerInsights, type ICluster } from 'aws-cdk-lib/aws-ecs';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import type { Architecture } from '../config/config.ts';
import type { DataStack } from '../data/data-stack.ts';
import type { NetworkStack } from '../network/network-stack.ts';
import { PlatformStack, type PlatformStackProps } from '../platform-stack.ts';
import { dynoExecutionRole } from './execution-role.ts';
import { MachineGroup } from './machine-group.ts';
import { machineRole } from './machine-role.ts';

export interface CapacityStackProps extends PlatformStackProps {
  readonly network: NetworkStack;
  readonly data: DataStack;
}

/** AWS's build of Fluent Bit; takes the output of dynos on Fargate, which does not offer Docker's fluentd driver. */
const LOG_ROUTER_IMAGE = 'public.ecr.aws/aws-observability/aws-for-fluent-bit:2.32.5';

const ARCHITECTURES: readonly Architecture[] = ['arm64', 'amd64'];

/** Where dynos run. */
export class CapacityStack extends PlatformStack {
  readonly cluster: ICluster;
  readonly executionRole: IRole;
  /** Name of the capacity provider of each architecture. */
  readonly providers: Readonly<Partial<Record<Architecture, string>>>;
  /** Where the functions can place a dyno: the JSON of `DYNOFORM_CAPACITY`. */
  readonly capacity: string;

  constructor(scope: Construct, id: string, props: CapacityStackProps) {
    super(scope, id, props);
    const { stage, network, data } = props;
    const cluster = new Cluster(this, 'Cluster', {
      vpc: network.vpc,
      containerInsightsV2: stage.features.containerInsights ? ContainerInsights.ENABLED : ContainerInsights.DISABLED,
      enableFargateCapacityProviders: true,
    });
    if (!stage.features.containerInsights) {
      acknowledge(cluster, {
        'AwsSolutions-ECS4':
          'Container Insights bills every metric of every dyno; it is a feature of the stage (features.containerInsights).',
      });
    }
    this.cluster = cluster as ICluster;
    this.executionRole = dynoExecutionRole(this, 'DynoExecutionRole', {
      slugs: data.repositories.slugs,
      config: data.buckets.config,
      key: data.key,
    });
    const role = machineRole(this, 'MachineRole', cluster.clusterArn);
    const providers: Partial<Record<Architecture, string>> = {};
    for (const architecture of ARCHITECTURES) {
      const config = stage.capacity.machines[architecture];
      if (config === undefined) continue;
      const { provider } = new MachineGroup(this, architecture === 'arm64' ? 'Graviton' : 'X86', {
        architecture,
        config,
        targetCapacityPercent: stage.capacity.targetCapacityPercent,
        protectBusyMachines: stage.keepData,
        vpc: network.vpc,
        subnets: network.workloads,
        publicAddresses: network.publicAddresses,
        securityGroup: network.groups.machines,
        role,
      });
      cluster.addAsgCapacityProvider(provider);
      providers[architecture] = provider.capacityProviderName;
    }
    this.providers = providers;
    this.capacity = this.toJsonString({
      providers,
      ...(stage.capacity.fargate
        ? {
            fargate: {
              subnets: network.vpc.selectSubnets(network.workloads).subnetIds,
              securityGroups: [network.groups.dynos.securityGroupId],
              publicAddresses: network.publicAddresses,
              logRouterImage: LOG_ROUTER_IMAGE,
            },
          }
        : {}),
    });
  }
}
