import type { EventBus } from 'aws-cdk-lib/aws-events';
import { SERVICE_PORTS } from '../../adapters/aws/ports.ts';
import { inEnvironment, type Reader, readBy, type VARIABLES, type VariableName } from '../../adapters/aws/variables.ts';
import type { BuildStack } from '../build/build-stack.ts';
import type { CapacityStack } from '../capacity/capacity-stack.ts';
import type { StageConfig } from '../config/config.ts';
import type { DataStack } from '../data/data-stack.ts';
import type { EdgeStack } from '../edge/edge-stack.ts';
import { servicesHost } from '../network/network-stack.ts';
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

/** The values of all required variables. */
export type Values = Readonly<Record<Given, string>>;
type Given = {
  [N in VariableName]: (typeof VARIABLES)[N] extends { readonly absent: string } ? never : N;
}[VariableName];

export function variables({ stage, data, capacity, build, edge, queues, apiUrl, eventBus }: VariableSources): Values {
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

/** Each reader gets only the variables that it reads. */
export function environment(values: Values, reader: Reader): Readonly<Record<string, string>> {
  return Object.fromEntries(
    readBy(reader)
      .filter((name) => name in values)
      .map((name) => [inEnvironment(name), values[name as Given]]),
  );
}
