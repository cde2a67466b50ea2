import type { ContainerDefinition, RegisterTaskDefinitionCommandInput } from '@aws-sdk/client-ecs';
import { DYNO_LOG_VARIABLE } from '../../../core/log/dyno-log-token.ts';
import type { SlugImage } from '../../../core/records/slug.ts';
import { DYNO_PORT } from '../ports.ts';
import { DYNO_ENTRY } from './dyno-entry.ts';
import type { CapacityClass } from './place.ts';
import type { EcsRuntimeSettings, FargateCapacity } from './settings.ts';

export const DYNO_CONTAINER = 'dyno';
export const LOG_CONTAINER = 'log-router';
/** Heroku's grace between SIGTERM and SIGKILL. ECS takes it only from the task definition. */
export const STOP_TIMEOUT_SECONDS = 30;
/** Heroku's limit of open files per dyno. */
const OPEN_FILES_MAX = 10_000;
/** The lowest values of each class; every run overrides them with those of its size. */
const DEDICATED_MINIMUM = { cpu: '1024', memory: '2048' };
const SHARED_MINIMUM = { cpu: 64, memory: 1_024, memoryReservation: 512 };
/** A Dockerfile's image chooses its own user, by default root; Heroku never allows that. */
const DOCKERFILE_USER = '1000:1000';
const LOG_ROUTER_MEMORY_MIB = 50;

export const familyPrefix = (stage: string): string => `dynoform-${stage}-dyno-`;

/** What all dynos of a slug share in one capacity class: no config var, no address and no dyno name. */
export function taskDefinition(
  settings: EcsRuntimeSettings,
  appId: string,
  image: SlugImage,
  capacity: CapacityClass,
): RegisterTaskDefinitionCommandInput {
  const shared = capacity === 'shared';
  const { fargate } = settings.capacity;
  return {
    family: `${familyPrefix(settings.stage)}${appId}`,
    networkMode: shared ? 'bridge' : 'awsvpc',
    requiresCompatibilities: [shared ? 'EC2' : 'FARGATE'],
    runtimePlatform: {
      cpuArchitecture: image.architecture === 'arm64' ? 'ARM64' : 'X86_64',
      operatingSystemFamily: 'LINUX',
    },
    // Pulls the image and reads the environment file. There is no task role: an app brings its own credentials.
    executionRoleArn: settings.executionRoleArn,
    ...(shared ? {} : DEDICATED_MINIMUM),
    containerDefinitions: [
      dynoContainer(settings, image, shared),
      ...(shared || fargate === undefined ? [] : [logRouter(fargate)]),
    ],
  };
}

function dynoContainer(settings: EcsRuntimeSettings, image: SlugImage, shared: boolean): ContainerDefinition {
  return {
    name: DYNO_CONTAINER,
    image: `${settings.repositoryUri}@${image.digest}`,
    essential: true,
    entryPoint: ['bash', '-c', DYNO_ENTRY, DYNO_CONTAINER],
    // Every dyno brings its own command; without one ECS would run the image's.
    command: ['exit 126'],
    // Docker's init then signals the whole process group, not only the command's shell.
    environment: [{ name: 'TINI_KILL_PROCESS_GROUP', value: '1' }],
    ...(image.origin === 'dockerfile' ? { user: DOCKERFILE_USER } : {}),
    ...(shared ? SHARED_MINIMUM : {}),
    // Bridge: ECS chooses a free port of the machine. awsvpc: the task has its own address.
    portMappings: [{ containerPort: DYNO_PORT, protocol: 'tcp', ...(shared ? { hostPort: 0 } : {}) }],
    stopTimeout: STOP_TIMEOUT_SECONDS,
    readonlyRootFilesystem: false,
    privileged: false,
    ulimits: [{ name: 'nofile', softLimit: OPEN_FILES_MAX, hardLimit: OPEN_FILES_MAX }],
    linuxParameters: {
      initProcessEnabled: true,
      capabilities: { drop: ['ALL'] },
      // Fargate has no swap, and refuses the field.
      ...(shared ? { maxSwap: 0 } : {}),
    },
    ...(shared ? { dockerSecurityOptions: ['no-new-privileges'] } : {}),
    logConfiguration: shared ? fluentd(settings.logAddress) : fireLens(settings.logAddress),
    ...(shared ? {} : { dependsOn: [{ containerName: LOG_CONTAINER, condition: 'START' }] }),
  };
}

/** Docker adds the dyno's token to each record. While the log service is down, lines are lost but dynos go on. */
function fluentd(address: string): ContainerDefinition['logConfiguration'] {
  return {
    logDriver: 'fluentd',
    options: {
      'fluentd-address': `tcp://${address}`,
      'fluentd-async': 'true',
      'fluentd-sub-second-precision': 'true',
      'fluentd-buffer-limit': '4m',
      tag: DYNO_CONTAINER,
      env: DYNO_LOG_VARIABLE,
      mode: 'non-blocking',
      'max-buffer-size': '4m',
    },
  };
}

/** Fluent Bit fills in its own environment, so one definition serves all dynos: the record's tag is the token. */
function fireLens(address: string): ContainerDefinition['logConfiguration'] {
  const [host = '', port = ''] = address.split(':');
  return {
    logDriver: 'awsfirelens',
    options: { Name: 'forward', Host: host, Port: port, Tag: `\${${DYNO_LOG_VARIABLE}}`, Retry_Limit: '2' },
  };
}

function logRouter({ logRouterImage }: FargateCapacity): ContainerDefinition {
  return {
    name: LOG_CONTAINER,
    image: logRouterImage,
    // The app goes on when its log router fails.
    essential: false,
    restartPolicy: { enabled: true, restartAttemptPeriod: 60 },
    memoryReservation: LOG_ROUTER_MEMORY_MIB,
    firelensConfiguration: { type: 'fluentbit' },
    readonlyRootFilesystem: false,
    linuxParameters: { capabilities: { drop: ['ALL'] } },
  };
}
