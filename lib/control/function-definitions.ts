import { Duration } from 'aws-cdk-lib';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { VARIABLES } from '../../adapters/aws/variables.ts';
import type { BuildStack } from '../build/build-stack.ts';
import type { CapacityStack } from '../capacity/capacity-stack.ts';
import type { LogWriter } from '../data/log-groups.ts';
import type { EdgeStack } from '../edge/edge-stack.ts';
import type { Permissions } from './permissions.ts';
import type { QueueName, Queues } from './queues.ts';

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
  // API Gateway's timeout for an HTTP API is 30 seconds.
  api: Duration.seconds(29),
  reconcile: Duration.seconds(60),
  'task-events': Duration.seconds(30),
  // The next minute's tick follows right after it.
  tick: Duration.seconds(55),
  builds: Duration.seconds(60),
  certificates: Duration.seconds(120),
  bootstrap: Duration.seconds(60),
};

export interface FunctionDefinition {
  readonly description: string;
  readonly memoryMiB: number;
  /** The most concurrent executions. */
  readonly concurrency?: number;
  readonly may: readonly (PolicyStatement | readonly PolicyStatement[])[];
  /** For functions that events start: how long and how often an event is retried before it goes to the failed events. */
  readonly retries?: { readonly maxAge: Duration; readonly attempts: 0 | 1 | 2 };
}

export interface DefinitionParts {
  readonly capacity: CapacityStack;
  readonly build: BuildStack;
  readonly edge: EdgeStack;
  readonly queues: Queues;
  readonly permissions: Permissions;
}

/** What all functions but bootstrap (lambdas/open-function.ts) may use: table, signing secret, pass requests, more queues. */
function base({ permissions, queues }: DefinitionParts, more: readonly QueueName[] = []) {
  const sends: readonly QueueName[] = ['nudge', 'delay', ...more];
  return [
    permissions.readWriteTable(),
    permissions.readSigningSecret(),
    permissions.send(...sends.map((name) => queues.of(name).queue.queueArn)),
  ];
}

/** The functions of docs/aws.md: divided by permissions, not by subject. */
export function functionDefinitions(parts: DefinitionParts): Readonly<Record<FunctionName, FunctionDefinition>> {
  const { permissions, capacity } = parts;
  return {
    api: {
      description: 'HTTP API: writes what is desired, never touches what runs',
      memoryMiB: 1_024,
      concurrency: 50,
      may: [
        ...base(parts, ['build']),
        permissions.seal(),
        permissions.open(),
        permissions.blobs({ read: ['images', 'slugs', 'sources'] }),
        permissions.takeUploads('slugs', 'sources'),
      ],
    },
    reconcile: {
      description: 'Dyno manager: makes what runs what is desired, app by app',
      memoryMiB: 512,
      // It uses the whole account's 40 ECS calls a second: more instances would only be throttled.
      concurrency: Number(VARIABLES.RECONCILE_INSTANCES.absent),
      may: [
        ...base(parts, ['certificate']),
        permissions.publishEvents(),
        permissions.runTasks(capacity),
        permissions.observeTasks(capacity),
        permissions.findMachines(capacity),
        permissions.stopTasks(capacity),
        permissions.registerTaskDefinitions(capacity),
        permissions.writeConfigObjects(),
        permissions.open(),
        // Blobs of deleted apps.
        permissions.blobs({ remove: ['outputs', 'repositories', 'slugs'] }),
      ],
    },
    'task-events': {
      description: 'ECS task state changes: records them and requests passes over their apps',
      memoryMiB: 256,
      concurrency: 10,
      may: base(parts),
      retries: { maxAge: Duration.hours(1), attempts: 2 },
    },
    tick: {
      description: 'Once a minute: everything whose time has come',
      memoryMiB: 512,
      // Two sweeps at a time would do the same work.
      concurrency: 1,
      may: [
        ...base(parts, ['build', 'certificate']),
        permissions.listTasks(capacity),
        permissions.observeTasks(capacity),
        permissions.stopTasks(capacity),
        permissions.readDueQueues(),
      ],
      // What one minute missed is due in the next.
      retries: { maxAge: Duration.minutes(1), attempts: 0 },
    },
    builds: {
      description: 'Builds: starts the oldest when there is room, records how they end',
      memoryMiB: 512,
      concurrency: 3,
      may: [
        ...base(parts),
        permissions.startBuilds(parts.build.projectArns),
        permissions.registerTaskDefinitions(capacity),
        permissions.open(),
        permissions.blobs({ read: ['builds', 'sources'], write: ['builds', 'images'], remove: ['builds'] }),
      ],
      retries: { maxAge: Duration.hours(1), attempts: 2 },
    },
    certificates: {
      description: 'Custom domains: one ACM certificate each, attached to the load balancer',
      memoryMiB: 256,
      concurrency: 2,
      may: [...base(parts), permissions.manageCertificates(parts.edge.listener.listenerArn)],
    },
    bootstrap: {
      description: 'Deploy: an account for the owner, its first token into a secret',
      memoryMiB: 256,
      may: [permissions.readWriteTable(), permissions.writeOwnerToken()],
    },
  };
}
