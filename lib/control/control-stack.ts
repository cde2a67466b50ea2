import { CfnOutput, CustomResource } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { BuildStack } from '../build/build-stack.ts';
import type { CapacityStack } from '../capacity/capacity-stack.ts';
import type { DataStack } from '../data/data-stack.ts';
import type { EdgeStack } from '../edge/edge-stack.ts';
import { PlatformStack, type PlatformStackProps } from '../platform-stack.ts';
import { bootstrapProvider } from './bootstrap-provider.ts';
import { EventSources } from './event-sources.ts';
import { functionDefinitions, TIMEOUTS } from './function-definitions.ts';
import { Functions } from './functions.ts';
import { type ApiDomain, PlatformApi } from './http-api.ts';
import { Permissions } from './permissions.ts';
import { Queues } from './queues.ts';
import { type Values, variables } from './variables.ts';

export interface ControlStackProps extends PlatformStackProps {
  readonly data: DataStack;
  readonly capacity: CapacityStack;
  readonly build: BuildStack;
  readonly edge: EdgeStack;
}

/** The control plane: API, queues, functions. Dynos and routers run without it; only changes stop. */
export class ControlStack extends PlatformStack {
  readonly api: PlatformApi;
  readonly queues: Queues;
  readonly functions: Functions;
  readonly eventSources: EventSources;
  readonly permissions: Permissions;
  /** For the services, which share most of it. */
  readonly values: Values;

  constructor(scope: Construct, id: string, props: ControlStackProps) {
    super(scope, id, props);
    const { stage, data, capacity, build, edge } = props;
    // For subscribers to events of releases, builds and dynos.
    const eventBus = new EventBus(this, 'Events', { description: 'What happens to apps: releases, builds, dynos' });
    this.queues = new Queues(this, 'Queues', {
      timeouts: {
        nudge: TIMEOUTS.reconcile,
        delay: TIMEOUTS.reconcile,
        build: TIMEOUTS.builds,
        certificate: TIMEOUTS.certificates,
      },
    });
    this.permissions = new Permissions(this, data, eventBus);
    const domain = apiDomain(edge, stage.domain?.name);
    this.api = new PlatformApi(this, 'Api', { domain });
    this.values = variables({
      stage,
      data,
      capacity,
      build,
      edge,
      queues: this.queues,
      apiUrl: this.api.url,
      eventBus,
    });
    this.functions = new Functions(this, 'Functions', {
      definitions: functionDefinitions({
        capacity,
        build,
        edge,
        queues: this.queues,
        permissions: this.permissions,
      }),
      values: this.values,
      data,
      failedEvents: this.queues.failedEvents as IQueue,
      reservedConcurrency: stage.features.reservedConcurrency,
    });
    this.api.serve(this.functions.of('api').function, data.logs.of('api-access'), domain);
    this.eventSources = new EventSources(this, 'EventSources', {
      functions: this.functions,
      queues: this.queues,
      clusterArn: capacity.cluster.clusterArn,
      projectNames: build.projectNames,
    });
    new CustomResource(this, 'Owner', {
      resourceType: 'Custom::DynoformOwner',
      serviceToken: bootstrapProvider(this, this.functions.of('bootstrap').function, data.logs.of('bootstrap')),
      properties: { OwnerEmail: stage.ownerEmail },
    });
    new CfnOutput(this, 'ApiUrl', { value: this.api.url });
    new CfnOutput(this, 'EventBusName', { value: eventBus.eventBusName });
  }
}

function apiDomain({ certificate, zone }: EdgeStack, name: string | undefined): ApiDomain | undefined {
  if (certificate === undefined || name === undefined) return undefined;
  return { name: `api.${name}`, certificate, zone };
}
