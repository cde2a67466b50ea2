import { DYNO_ENTRY } from '../../../../adapters/aws/ecs-runtime/dyno-entry.ts';
import type { EcsRuntimeSettings } from '../../../../adapters/aws/ecs-runtime/settings.ts';
import { taskDefinition } from '../../../../adapters/aws/ecs-runtime/task-definition.ts';
import { image } from '../../../artifacts.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const settings: EcsRuntimeSettings = {
  stage: 'production',
  cluster: 'dynos',
  configBucket: 'blobs',
  keyArn: 'arn:aws:kms:us-east-1:1:key/1',
  executionRoleArn: 'arn:aws:iam::1:role/execution',
  repositoryUri: '1.dkr.ecr.us-east-1.amazonaws.com/slugs',
  capacity: {
    providers: { amd64: 'x86' },
    fargate: { subnets: [], securityGroups: [], publicAddresses: false, logRouterImage: 'fluent-bit:3' },
  },
  logAddress: 'logs.internal:24224',
  attachAddress: 'logs.internal:5002',
};
/** Of every dyno, wherever it runs. */
const dyno = {
  name: 'dyno',
  image: `1.dkr.ecr.us-east-1.amazonaws.com/slugs@${DIGEST}`,
  essential: true,
  entryPoint: ['bash', '-c', DYNO_ENTRY, 'dyno'],
  command: ['exit 126'],
  environment: [{ name: 'TINI_KILL_PROCESS_GROUP', value: '1' }],
  stopTimeout: 30,
  readonlyRootFilesystem: false,
  privileged: false,
  ulimits: [{ name: 'nofile', softLimit: 10_000, hardLimit: 10_000 }],
};

test('dynos of a shared machine: no new rights, no swap, a port that ECS chooses, lines sent by Docker', () => {
  expect(taskDefinition(settings, 'app-1', image({ digest: DIGEST }), 'shared')).toEqual({
    family: 'dynoform-production-dyno-app-1',
    networkMode: 'bridge',
    requiresCompatibilities: ['EC2'],
    runtimePlatform: { cpuArchitecture: 'X86_64', operatingSystemFamily: 'LINUX' },
    executionRoleArn: 'arn:aws:iam::1:role/execution',
    containerDefinitions: [
      {
        ...dyno,
        cpu: 64,
        memory: 1_024,
        memoryReservation: 512,
        portMappings: [{ containerPort: 5000, protocol: 'tcp', hostPort: 0 }],
        linuxParameters: { initProcessEnabled: true, capabilities: { drop: ['ALL'] }, maxSwap: 0 },
        dockerSecurityOptions: ['no-new-privileges'],
        logConfiguration: {
          logDriver: 'fluentd',
          options: {
            'fluentd-address': 'tcp://logs.internal:24224',
            'fluentd-async': 'true',
            'fluentd-sub-second-precision': 'true',
            'fluentd-buffer-limit': '4m',
            tag: 'dyno',
            env: 'DYNOFORM_LOG_TOKEN',
            mode: 'non-blocking',
            'max-buffer-size': '4m',
          },
        },
      },
    ],
  });
});

test('dynos on Fargate: their own address, and a log router that may fail without them', () => {
  const slug = image({ digest: DIGEST, architecture: 'arm64', origin: 'dockerfile' });
  expect(taskDefinition(settings, 'app-1', slug, 'dedicated')).toEqual({
    family: 'dynoform-production-dyno-app-1',
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    runtimePlatform: { cpuArchitecture: 'ARM64', operatingSystemFamily: 'LINUX' },
    executionRoleArn: 'arn:aws:iam::1:role/execution',
    cpu: '1024',
    memory: '2048',
    containerDefinitions: [
      {
        ...dyno,
        // A Dockerfile's own user may be root.
        user: '1000:1000',
        portMappings: [{ containerPort: 5000, protocol: 'tcp' }],
        linuxParameters: { initProcessEnabled: true, capabilities: { drop: ['ALL'] } },
        logConfiguration: {
          logDriver: 'awsfirelens',
          options: {
            Name: 'forward',
            Host: 'logs.internal',
            Port: '24224',
            Tag: `\${DYNOFORM_LOG_TOKEN}`,
            Retry_Limit: '2',
          },
        },
        dependsOn: [{ containerName: 'log-router', condition: 'START' }],
      },
      {
        name: 'log-router',
        image: 'fluent-bit:3',
        essential: false,
        restartPolicy: { enabled: true, restartAttemptPeriod: 60 },
        memoryReservation: 50,
        firelensConfiguration: { type: 'fluentbit' },
        readonlyRootFilesystem: false,
        linuxParameters: { capabilities: { drop: ['ALL'] } },
      },
    ],
  });
});
