import type { AwsEnvironment } from '../adapters/aws/environment.ts';

type Names = readonly (keyof AwsEnvironment)[];

/** What all functions read but `bootstrap`. */
export const SHARED_NEEDS = [
  'table',
  'signingSecretArn',
  'nudgeQueueUrl',
  'delayQueueUrl',
  'servicesUrl',
  'appsDomain',
] as const satisfies Names;

/** What the ECS runtime and the registering of task definitions read. */
export const ECS_NEEDS = [
  'stage',
  'cluster',
  'configBucket',
  'keyArn',
  'executionRoleArn',
  'repositoryUri',
  'capacity',
  'logAddress',
  'attachAddress',
] as const satisfies Names;

/** What each function reads besides: the infrastructure gives each of them this and no more, which a test compares. */
export const FUNCTION_NEEDS = {
  api: ['stage', 'keyArn', 'blobsBucket', 'buildQueueUrl', 'apiUrl', 'ecoHours', 'eventBus'],
  reconcile: [...ECS_NEEDS, 'blobsBucket', 'certificateQueueUrl', 'ecoHours', 'eventBus'],
  'task-events': ['cluster'],
  tick: ['cluster', 'buildQueueUrl', 'certificateQueueUrl', 'eventBus'],
  builds: [...ECS_NEEDS, 'blobsBucket', 'cacheRepositoryUri', 'buildProjects', 'apiUrl', 'eventBus'],
  certificates: ['stage', 'listenerArn'],
} as const satisfies Readonly<Record<string, Names>>;

export const BOOTSTRAP_NEEDS = ['table', 'ownerSecretArn'] as const satisfies Names;
