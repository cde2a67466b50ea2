import type { EventBus } from 'aws-cdk-lib/aws-events';
import type { BuildStack } from '../build/build-stack.ts';
import type { CapacityStack } from '../capacity/capacity-stack.ts';
import type { StageConfig } from '../config/config.ts';
import type { DataStack } from '../data/data-stack.ts';
import type { EdgeStack } from '../edge/edge-stack.ts';
import { servicesHost } from '../network/network-stack.ts';
import { SERVICE_PORTS } from '../network/ports.ts';
import type { Queues } from './queues.ts';

export interface VariableSources {
  readonly stage: StageConfig;
  readonly data: DataStack;
  readonly capacity: CapacityStack;
  readonly build: BuildStack;
  readonly edge: EdgeStack;
  readonly queues: Queues;
  readonly apiUrl: string;
  readonly eventBus: EventBus;
}

/** The environment of functions and services (docs/aws.md), without the prefix. */
export type Variable =
  | 'STAGE'
  | 'TABLE'
  | 'BLOBS_BUCKET'
  | 'CONFIG_BUCKET'
  | 'KEY_ARN'
  | 'SIGNING_SECRET_ARN'
  | 'OWNER_SECRET_ARN'
  | 'NUDGE_QUEUE_URL'
  | 'DELAY_QUEUE_URL'
  | 'BUILD_QUEUE_URL'
  | 'CERTIFICATE_QUEUE_URL'
  | 'CLUSTER'
  | 'EXECUTION_ROLE_ARN'
  | 'CAPACITY'
  | 'REPOSITORY_URI'
  | 'CACHE_REPOSITORY_URI'
  | 'BUILD_PROJECTS'
  | 'LISTENER_ARN'
  | 'API_URL'
  | 'SERVICES_URL'
  | 'APPS_DOMAIN'
  | 'LOG_ADDRESS'
  | 'ATTACH_ADDRESS'
  | 'ECO_HOURS'
  | 'EVENT_BUS';

export function variables({
  stage,
  data,
  capacity,
  build,
  edge,
  queues,
  apiUrl,
  eventBus,
}: VariableSources): Readonly<Record<Variable, string>> {
  const inside = servicesHost(stage.name);
  return {
    STAGE: stage.name,
    TABLE: data.table.tableName,
    BLOBS_BUCKET: data.buckets.blobs.bucketName,
    CONFIG_BUCKET: data.buckets.config.bucketName,
    KEY_ARN: data.key.keyArn,
    SIGNING_SECRET_ARN: data.signingSecret.secretArn,
    OWNER_SECRET_ARN: data.ownerTokenSecret.secretArn,
    NUDGE_QUEUE_URL: queues.of('nudge').queue.queueUrl,
    DELAY_QUEUE_URL: queues.of('delay').queue.queueUrl,
    BUILD_QUEUE_URL: queues.of('build').queue.queueUrl,
    CERTIFICATE_QUEUE_URL: queues.of('certificate').queue.queueUrl,
    CLUSTER: capacity.cluster.clusterArn,
    EXECUTION_ROLE_ARN: capacity.executionRole.roleArn,
    CAPACITY: capacity.capacity,
    REPOSITORY_URI: data.repositories.slugs.repositoryUri,
    CACHE_REPOSITORY_URI: data.repositories.caches.repositoryUri,
    BUILD_PROJECTS: build.projects,
    LISTENER_ARN: edge.listener.listenerArn,
    API_URL: apiUrl,
    SERVICES_URL: edge.servicesUrl,
    APPS_DOMAIN: edge.appsDomain,
    LOG_ADDRESS: `${inside}:${SERVICE_PORTS.forward}`,
    ATTACH_ADDRESS: `${inside}:${SERVICE_PORTS.attach}`,
    EVENT_BUS: eventBus.eventBusName,
    ECO_HOURS: String(stage.ecoHoursPerMonth ?? 'unlimited'),
  };
}

/** Each gets only those that it uses. */
export function environment(
  values: Readonly<Record<Variable, string>>,
  names: readonly Variable[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [`DYNOFORM_${name}`, values[name]]));
}
