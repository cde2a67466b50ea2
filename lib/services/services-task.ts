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
import { acknowledge } from '../acknowledge.ts';
import type { StageConfig } from '../config/config.ts';
import { SERVICE_PORTS } from '../network/ports.ts';

/** What the image is made of: a change anywhere else, in a test or a page, must not replace running routers. */
const IMAGE_SOURCES = ['adapters', 'core', 'services', 'package.json', 'package-lock.json', '.npmrc', 'tsconfig.json'];

/** The parts of the image that a task runs. */
export type ServicePart = 'router' | 'services';

const PORTS_OF: Readonly<Record<ServicePart, readonly number[]>> = {
  // Its health is at the services' port too: every path of the other one belongs to apps.
  router: [SERVICE_PORTS.router, SERVICE_PORTS.services],
  services: [SERVICE_PORTS.services, SERVICE_PORTS.forward, SERVICE_PORTS.attach],
};

export interface ServicesTaskProps {
  readonly size: StageConfig['services'];
  readonly parts: readonly ServicePart[];
  readonly logs: ILogGroup;
  readonly environment: Readonly<Record<string, string>>;
  readonly may: readonly PolicyStatement[];
}

/** One image for all always-on parts, on Graviton; which of them a task runs is said by its environment. */
export class ServicesTask extends Construct {
  readonly definition: FargateTaskDefinition;

  constructor(scope: Construct, id: string, props: ServicesTaskProps) {
    super(scope, id);
    const taskRole = new Role(this, 'TaskRole', {
      assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com'),
      description: `Always-on services: ${props.parts.join(', ')}`,
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
    this.definition.addContainer('services', {
      image: ContainerImage.fromAsset(fileURLToPath(new URL('../..', import.meta.url)), {
        file: 'services/Dockerfile',
        platform: Platform.LINUX_ARM64,
        ignoreMode: IgnoreMode.DOCKER,
        exclude: ['*', ...IMAGE_SOURCES.map((path) => `!${path}`)],
      }),
      environment: { ...props.environment, DYNOFORM_PARTS: props.parts.join(',') },
      logging: LogDrivers.awsLogs({ logGroup: props.logs, streamPrefix: props.parts.join('-') }),
      portMappings: [...new Set(props.parts.flatMap((part) => PORTS_OF[part]))].map((containerPort) => ({
        containerPort,
      })),
      linuxParameters: linux,
      ulimits: [{ name: UlimitName.NOFILE, softLimit: 65_536, hardLimit: 65_536 }],
      // The most that Fargate gives: requests and log sessions that are under way may end.
      stopTimeout: Duration.seconds(120),
    });
  }
}
