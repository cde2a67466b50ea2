import type { EcsRuntimeSettings } from '../adapters/aws/ecs-runtime/settings.ts';
import type { AwsEnvironment } from '../adapters/aws/environment.ts';

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
] as const satisfies readonly (keyof AwsEnvironment)[];

/** The environment says it in the runtime's own words. */
export const ecsSettings = (environment: Pick<AwsEnvironment, (typeof ECS_NEEDS)[number]>): EcsRuntimeSettings =>
  environment;
