import { Duration } from 'aws-cdk-lib';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { BuildStack } from '../build/build-stack.ts';
import type { CapacityStack } from '../capacity/capacity-stack.ts';
import type { LogWriter } from '../data/log-groups.ts';
import type { EdgeStack } from '../edge/edge-stack.ts';
import type { Permissions } from './permissions.ts';
import type { QueueName, Queues } from './queues.ts';
import type { Variable } from './variables.ts';

export const FUNCTION_NAMES = [
  'api',
  'reconcile',
  'task-events',
  'tick',
  'builds',
  'certificates',
  'bootstrap',
] as const satisfies readonly LogWriter[];
export type FunctionName = (typeof FUNCTION_NAMES)[number];

export const TIMEOUTS: Readonly<Record<FunctionName, Duration>> = {
  // API Gateway gives an HTTP API 30 seconds.
  api: Duration.seconds(29),
  reconcile: Duration.seconds(60),
  'task-events': Duration.seconds(30),
  // The next minute's comes right after it.
  tick: Duration.seconds(55),
  builds: Duration.seconds(60),
  certificates: Duration.seconds(120),
  bootstrap: Duration.seconds(60),
};

export interface FunctionDefinition {
  readonly description: string;
  readonly memoryMiB: number;
  /** Executions at a time. */
  readonly concurrency?: number;
  readonly may: readonly (PolicyStatement | readonly PolicyStatement[])[];
  readonly needs: readonly Variable[];
  /** Started by events: how long and how often one is tried again before it goes to the failed events. */
  readonly retries?: { readonly maxAge: Duration; readonly attempts: 0 | 1 | 2 };
}

export interface DefinitionParts {
  readonly capacity: CapacityStack;
  readonly build: BuildStack;
  readonly edge: EdgeStack;
  readonly queues: Queues;
  readonly permissions: Permissions;
}

const QUEUE_VARIABLES: Readonly<Record<QueueName, Variable>> = {
  nudge: 'NUDGE_QUEUE_URL',
  delay: 'DELAY_QUEUE_URL',
  build: 'BUILD_QUEUE_URL',
  certificate: 'CERTIFICATE_QUEUE_URL',
};
const CORE = ['TABLE', 'SIGNING_SECRET_ARN', 'SERVICES_URL', 'APPS_DOMAIN'] as const satisfies readonly Variable[];
const DYNOS = [
  'STAGE',
  'CLUSTER',
  'EXECUTION_ROLE_ARN',
  'CAPACITY',
  'REPOSITORY_URI',
  'LOG_ADDRESS',
  'ATTACH_ADDRESS',
  'CONFIG_BUCKET',
  'KEY_ARN',
] as const satisfies readonly Variable[];

/** What all but bootstrap have (lambdas/open-function.ts): the table, the signing secret, nudges; and more queues to write to. */
function base({ permissions, queues }: DefinitionParts, more: readonly QueueName[] = []) {
  const sends: readonly QueueName[] = ['nudge', 'delay', ...more];
  return {
    may: [
      permissions.readWriteTable(),
      permissions.readSigningSecret(),
      permissions.send(...sends.map((name) => queues.of(name).queue.queueArn)),
    ],
    needs: [...CORE, ...sends.map((name) => QUEUE_VARIABLES[name])],
  };
}

/** The functions of docs/aws.md: split by what they may do, not by what they are about. */
export function functionDefinitions(parts: DefinitionParts): Readonly<Record<FunctionName, FunctionDefinition>> {
  const { permissions, capacity } = parts;
  const api = base(parts, ['build']);
  const reconcile = base(parts, ['certificate']);
  const taskEvents = base(parts);
  const tick = base(parts, ['build', 'certificate']);
  const builds = base(parts);
  const certificates = base(parts);
  return {
    api: {
      description: 'HTTP API: writes what is desired, never touches what runs',
      memoryMiB: 1_024,
      concurrency: 50,
      may: [
        ...api.may,
        permissions.publishEvents(),
        permissions.seal(),
        permissions.open(),
        permissions.blobs({ read: ['images', 'slugs', 'sources'] }),
        permissions.takeUploads('slugs', 'sources'),
      ],
      needs: [...api.needs, 'EVENT_BUS', 'STAGE', 'KEY_ARN', 'BLOBS_BUCKET', 'API_URL', 'ECO_HOURS'],
    },
    reconcile: {
      description: 'Dyno manager: makes what runs what is desired, app by app',
      memoryMiB: 512,
      // It spends ECS's 40 calls a second, of the whole account: more of it would only be throttled.
      concurrency: 10,
      may: [
        ...reconcile.may,
        permissions.publishEvents(),
        permissions.runTasks(capacity),
        permissions.observeTasks(capacity),
        permissions.findMachines(capacity),
        permissions.stopTasks(capacity),
        permissions.registerTaskDefinitions(capacity),
        permissions.writeConfigObjects(),
        permissions.open(),
        // Of apps that are gone.
        permissions.blobs({ remove: ['outputs', 'repositories', 'slugs'] }),
      ],
      needs: [...reconcile.needs, 'EVENT_BUS', ...DYNOS, 'BLOBS_BUCKET', 'ECO_HOURS'],
    },
    'task-events': {
      description: 'ECS task state changes: records them and nudges their apps',
      memoryMiB: 256,
      concurrency: 10,
      may: taskEvents.may,
      needs: [...taskEvents.needs, 'CLUSTER'],
      retries: { maxAge: Duration.hours(1), attempts: 2 },
    },
    tick: {
      description: 'Once a minute: everything whose time has come',
      memoryMiB: 512,
      // Two sweeps at a time would do the same work.
      concurrency: 1,
      may: [
        ...tick.may,
        permissions.publishEvents(),
        permissions.listTasks(capacity),
        permissions.observeTasks(capacity),
        permissions.stopTasks(capacity),
        permissions.readDueQueues(),
      ],
      needs: [...tick.needs, 'EVENT_BUS', 'CLUSTER'],
      // What one minute missed is due in the next.
      retries: { maxAge: Duration.minutes(1), attempts: 0 },
    },
    builds: {
      description: 'Builds: starts the oldest when there is room, records how they end',
      memoryMiB: 512,
      concurrency: 3,
      may: [
        ...builds.may,
        permissions.publishEvents(),
        permissions.startBuilds(parts.build.projectArns),
        permissions.registerTaskDefinitions(capacity),
        permissions.open(),
        permissions.blobs({ read: ['builds', 'sources'], write: ['builds', 'images'], remove: ['builds'] }),
      ],
      needs: [
        ...builds.needs,
        'EVENT_BUS',
        ...DYNOS,
        'CACHE_REPOSITORY_URI',
        'BUILD_PROJECTS',
        'BLOBS_BUCKET',
        'API_URL',
      ],
      retries: { maxAge: Duration.hours(1), attempts: 2 },
    },
    certificates: {
      description: 'Custom domains: one ACM certificate each, attached to the load balancer',
      memoryMiB: 256,
      concurrency: 2,
      may: [...certificates.may, permissions.manageCertificates(parts.edge.listener.listenerArn)],
      needs: [...certificates.needs, 'STAGE', 'LISTENER_ARN'],
    },
    bootstrap: {
      description: 'Deploy: an account for the owner, its first token into a secret',
      memoryMiB: 256,
      may: [permissions.readWriteTable(), permissions.writeOwnerToken()],
      needs: ['TABLE', 'OWNER_SECRET_ARN'],
    },
  };
}
