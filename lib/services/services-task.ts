import { fileURLToPath } from 'node:url';
import { Duration, IgnoreMode } from 'aws-cdk-lib';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import {
  Capability,
  ContainerImage,
  CpuArchitecture,
  FargateTaskDefinition,
  LinuxParameters,
  LogDrivers,
  OperatingSystemFamily,
  UlimitName,
} from 'aws-cdk-lib/aws-ecs';
import { type PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { SERVICE_PORTS } from '../../adapters/aws/ports.ts';
import { inEnvironment, type ServiceRole } from '../../adapters/aws/variables.ts';
import { acknowledge } from '../acknowledge.ts';
import type { StageConfig } from '../config/config.ts';
import { IMAGE_SOURCES } from './image-sources.ts';

function portsOf(roles: readonly ServiceRole[]): readonly number[] {
  const { router, services, forward, attach } = SERVICE_PORTS;
  return [
    // Health too: every path of the router's port belongs to apps.
    services,
    ...(roles.includes('router') ? [router] : []),
    ...(roles.includes('logs') ? [forward] : []),
    ...(roles.includes('rendezvous') ? [attach] : []),
  ];
}

export const CONTAINER = 'services';

export interface ServicesTaskProps {
  readonly size: StageConfig['services'];
  /** The roles that the task runs. */
  readonly roles: readonly ServiceRole[];
  readonly logs: ILogGroup;
  readonly environment: Readonly<Record<string, string>>;
  /** CIDR block of the load balancer, whose forwarded client address is trusted. */
  readonly trustedProxies: string;
  readonly may: readonly PolicyStatement[];
}

/** One image for all always-on parts, on Graviton; its environment says which of them a task runs. */
export class ServicesTask extends Construct {
  readonly definition: FargateTaskDefinition;

  constructor(scope: Construct, id: string, props: ServicesTaskProps) {
    super(scope, id);
    const taskRole = new Role(this, 'TaskRole', {
      assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com'),
      description: `Always-on services: ${props.roles.join(', ')}`,
    });
    for (const statement of props.may) taskRole.addToPolicy(statement);
    this.definition = new FargateTaskDefinition(this, 'Task', {
      cpu: props.size.cpuUnits,
      memoryLimitMiB: props.size.memoryMiB,
      runtimePlatform: {
        cpuArchitecture: CpuArchitecture.ARM64,
        operatingSystemFamily: OperatingSystemFamily.LINUX,
      },
      taskRole,
    });
    acknowledge(this.definition, {
      'AwsSolutions-ECS2':
        'The variables are names and addresses; the signing secret is read at start and never in the environment.',
    });
    const linux = new LinuxParameters(this, 'Linux', { initProcessEnabled: true });
    linux.dropCapabilities(Capability.ALL);
    this.definition.addContainer(CONTAINER, {
      image: ContainerImage.fromAsset(fileURLToPath(new URL('../..', import.meta.url)), {
        file: 'services/Dockerfile',
        platform: Platform.LINUX_ARM64,
        ignoreMode: IgnoreMode.DOCKER,
        exclude: ['*', ...IMAGE_SOURCES.map((path) => `!${path}`)],
      }),
      environment: {
        ...props.environment,
        [inEnvironment('SERVICES')]: props.roles.join(','),
        [inEnvironment('TRUSTED_PROXIES')]: props.trustedProxies,
      },
      logging: LogDrivers.awsLogs({ logGroup: props.logs, streamPrefix: props.roles.join('-') }),
      portMappings: portsOf(props.roles).map((containerPort) => ({ containerPort })),
      linuxParameters: linux,
      ulimits: [{ name: UlimitName.NOFILE, softLimit: 65_536, hardLimit: 65_536 }],
      // Fargate's maximum: current requests and log sessions may end.
      stopTimeout: Duration.seconds(120),
    });
  }
}
