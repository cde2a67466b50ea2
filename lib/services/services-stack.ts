import { Duration } from 'aws-cdk-lib';
import { FargateService } from 'aws-cdk-lib/aws-ecs';
import type { ApplicationTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { DnsRecordType } from 'aws-cdk-lib/aws-servicediscovery';
import type { Construct } from 'constructs';
import { SERVICE_PORTS } from '../../adapters/aws/ports.ts';
import type { ServiceRole } from '../../adapters/aws/variables.ts';
import type { CapacityStack } from '../capacity/capacity-stack.ts';
import type { ControlStack } from '../control/control-stack.ts';
import type { BlobKind } from '../control/permissions.ts';
import { environment } from '../control/variables.ts';
import type { DataStack } from '../data/data-stack.ts';
import type { EdgeStack } from '../edge/edge-stack.ts';
import type { NetworkStack } from '../network/network-stack.ts';
import { PlatformStack, type PlatformStackProps } from '../platform-stack.ts';
import { CONTAINER, ServicesTask } from './services-task.ts';

export interface ServicesStackProps extends PlatformStackProps {
  readonly network: NetworkStack;
  readonly data: DataStack;
  readonly capacity: CapacityStack;
  readonly edge: EdgeStack;
  readonly control: ControlStack;
}

/** Only one task runs these at a time: one task's memory holds the lines of an app. */
const OTHERS: readonly ServiceRole[] = ['logs', 'git', 'rendezvous'];

/** The blobs that each role uses. */
const BLOBS: Readonly<Record<ServiceRole, readonly BlobKind[]>> = {
  router: ['routes'],
  logs: ['outputs'],
  git: ['repositories'],
  rendezvous: [],
};

/**
 * The always-on services. A single router shares its task with the others; several routers are separate services, and the logs
 * of an app are still in one place.
 */
export class ServicesStack extends PlatformStack {
  readonly running: readonly FargateService[];
  readonly #props: ServicesStackProps;

  constructor(scope: Construct, id: string, props: ServicesStackProps) {
    super(scope, id, props);
    this.#props = props;
    const { routers } = props.stage.services;
    this.running =
      routers === 1
        ? [this.#run('All', ['router', ...OTHERS], 1)]
        : [this.#run('Routers', ['router'], routers), this.#run('Others', OTHERS, 1)];
  }

  #run(id: string, roles: readonly ServiceRole[], tasks: number): FargateService {
    const { stage, network, data, capacity, edge, control } = this.#props;
    const { permissions, queues } = control;
    const kinds = roles.flatMap((role) => BLOBS[role]);
    const { definition } = new ServicesTask(this, `${id}Task`, {
      size: stage.services,
      roles,
      logs: data.logs.of('services'),
      environment: environment(control.values, 'services'),
      trustedProxies: network.vpc.vpcCidrBlock,
      may: [
        permissions.readWriteTable(),
        ...(roles.includes('router') ? [permissions.readDueQueues()] : []),
        ...permissions.blobs({ read: kinds, write: kinds, remove: roles.includes('logs') ? ['outputs'] : [] }),
        ...permissions.readSigningSecret(),
        permissions.send(queues.of('nudge').queue.queueArn, queues.of('delay').queue.queueArn),
      ],
    });
    const service = new FargateService(this, id, {
      cluster: capacity.cluster,
      taskDefinition: definition,
      desiredCount: tasks,
      securityGroups: [network.groups.services],
      vpcSubnets: network.workloads,
      assignPublicIp: network.publicAddresses,
      capacityProviderStrategies: [{ capacityProvider: 'FARGATE', weight: 1 }],
      // The new task is healthy before the old one stops.
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      circuitBreaker: { rollback: true },
      healthCheckGracePeriod: Duration.seconds(60),
      enableExecuteCommand: false,
      ...(roles.includes('logs')
        ? {
            cloudMapOptions: {
              name: 'services',
              cloudMapNamespace: network.namespace,
              dnsRecordType: DnsRecordType.A,
              dnsTtl: Duration.seconds(10),
            },
          }
        : {}),
    });
    const serve = (group: ApplicationTargetGroup, containerPort: number) =>
      // By name and port: health is checked on the registered port, which by default is the container's first.
      service.loadBalancerTarget({ containerName: CONTAINER, containerPort }).attachToApplicationTargetGroup(group);
    if (roles.includes('router')) serve(edge.router, SERVICE_PORTS.router);
    if (roles.includes('logs')) serve(edge.services, SERVICE_PORTS.services);
    return service;
  }
}
