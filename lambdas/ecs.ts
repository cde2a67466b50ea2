import type { EcsRuntimeSettings } from '../adapters/aws/ecs-runtime/settings.ts';
import type { AwsEnvironment } from '../adapters/aws/environment.ts';
import type { ECS_NEEDS } from './needs.ts';

/** The environment says it in the runtime's own words. */
export const ecsSettings = (environment: Pick<AwsEnvironment, (typeof ECS_NEEDS)[number]>): EcsRuntimeSettings =>
  environment;
