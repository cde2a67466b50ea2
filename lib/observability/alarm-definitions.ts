import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, type IMetric, Metric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { HttpCodeElb } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { CapacityStack } from '../capacity/capacity-stack.ts';
import type { ControlStack } from '../control/control-stack.ts';
import { FUNCTION_NAMES } from '../control/function-definitions.ts';
import { QUEUE_NAMES } from '../control/queues.ts';
import type { DataStack } from '../data/data-stack.ts';
import type { EdgeStack } from '../edge/edge-stack.ts';
import type { ServicesStack } from '../services/services-stack.ts';

/** `page`: users notice. `ticket`: they will notice later, or work that can be repeated was lost. */
export type Severity = 'page' | 'ticket';

export interface AlarmDefinition {
  readonly id: string;
  readonly severity: Severity;
  readonly meaning: string;
  /** Heading of docs/operator-runbook.md, as its anchor. */
  readonly section: string;
  readonly metric: IMetric;
  readonly threshold: number;
  readonly comparison?: ComparisonOperator;
  readonly periods?: number;
  readonly missing?: TreatMissingData;
}

export interface AlarmSources {
  readonly data: DataStack;
  readonly edge: EdgeStack;
  readonly capacity: CapacityStack;
  readonly control: ControlStack;
  readonly services: ServicesStack;
}

const minutes = (count: number) => ({ period: Duration.minutes(count) });

/** The alarms of every profile. */
export function essentialAlarms({ control, edge }: AlarmSources): AlarmDefinition[] {
  const { queues, functions, api } = control;
  const deadLetters = [
    ...QUEUE_NAMES.map((name) => ({ name: `${name}-dead-letters`, queue: queues.of(name).deadLetters })),
    { name: 'failed-events', queue: queues.failedEvents },
  ];
  return [
    ...deadLetters.map(
      ({ name, queue }): AlarmDefinition => ({
        id: name,
        severity: name.startsWith('nudge') || name.startsWith('delay') ? 'page' : 'ticket',
        meaning: `messages in ${name}: each was tried again and again without success`,
        section: 'dead-letters',
        metric: queue.metricApproximateNumberOfMessagesVisible({ ...minutes(1), statistic: Stats.MAXIMUM }),
        threshold: 1,
      }),
    ),
    {
      id: 'tick-stalled',
      severity: 'page',
      meaning: 'no tick for five minutes: cycling, sleeping, recurring jobs and every repair of lost events wait',
      section: 'the-tick-has-stalled',
      metric: functions.of('tick').function.metricInvocations({ ...minutes(5), statistic: Stats.SUM }),
      threshold: 1,
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
      missing: TreatMissingData.BREACHING,
    },
    {
      id: 'nudges-wait',
      severity: 'page',
      meaning: 'apps have waited more than five minutes for the dyno manager',
      section: 'the-dyno-manager-is-behind',
      metric: queues.of('nudge').queue.metricApproximateAgeOfOldestMessage({ ...minutes(1), statistic: Stats.MAXIMUM }),
      threshold: 300,
      periods: 3,
    },
    {
      id: 'api-errors',
      severity: 'page',
      meaning: 'the API answers with errors of its own',
      section: 'the-api-fails',
      metric: api.api.metricServerError({ ...minutes(5), statistic: Stats.SUM }),
      threshold: 10,
    },
    {
      id: 'no-router',
      severity: 'page',
      meaning: 'the load balancer sees no healthy router: no app can be reached',
      section: 'no-healthy-router',
      metric: edge.router.metrics.healthyHostCount({ ...minutes(1), statistic: Stats.MINIMUM }),
      threshold: 1,
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
      periods: 3,
      missing: TreatMissingData.BREACHING,
    },
  ];
}

/** Alarms that save time; they cost as much as the others, and users can do without. */
export function ticketAlarms({ control, data, edge, capacity, services }: AlarmSources): AlarmDefinition[] {
  const ticket = { severity: 'ticket' } as const;
  return [
    ...FUNCTION_NAMES.filter((name) => name !== 'bootstrap').map(
      (name): AlarmDefinition => ({
        ...ticket,
        id: `function-${name}-fails`,
        meaning: `the function ${name} fails`,
        section: 'a-function-fails',
        metric: control.functions.of(name).function.metricErrors({ ...minutes(5), statistic: Stats.SUM }),
        threshold: 5,
        periods: 2,
      }),
    ),
    ...(['api', 'reconcile'] as const).map(
      (name): AlarmDefinition => ({
        ...ticket,
        id: `function-${name}-throttled`,
        meaning: `more of the function ${name} is wanted than its concurrency allows`,
        section: 'a-function-is-throttled',
        metric: control.functions.of(name).function.metricThrottles({ ...minutes(5), statistic: Stats.SUM }),
        threshold: 20,
        periods: 3,
      }),
    ),
    {
      ...ticket,
      id: 'table-throttled',
      meaning: 'DynamoDB refuses requests to the table',
      section: 'the-table-is-throttled',
      metric: new Metric({
        namespace: 'AWS/DynamoDB',
        metricName: 'WriteThrottleEvents',
        dimensionsMap: { TableName: data.table.tableName },
        statistic: Stats.SUM,
        ...minutes(5),
      }),
      threshold: 50,
    },
    {
      ...ticket,
      id: 'load-balancer-errors',
      meaning: 'the load balancer answers in place of the router',
      section: 'no-healthy-router',
      metric: edge.loadBalancer.metrics.httpCodeElb(HttpCodeElb.ELB_5XX_COUNT, { ...minutes(5), statistic: Stats.SUM }),
      threshold: 20,
    },
    ...services.running.flatMap((service): AlarmDefinition[] => [
      {
        ...ticket,
        id: `${service.node.id}-cpu`.toLowerCase(),
        meaning: 'an always-on service has had little CPU left for a quarter of an hour',
        section: 'a-service-is-short-of-cpu-or-memory',
        metric: service.metricCpuUtilization({ ...minutes(5), statistic: Stats.AVERAGE }),
        threshold: 80,
        periods: 3,
      },
      {
        ...ticket,
        id: `${service.node.id}-memory`.toLowerCase(),
        meaning: 'an always-on service has little memory left',
        section: 'a-service-is-short-of-cpu-or-memory',
        metric: service.metricMemoryUtilization({ ...minutes(5), statistic: Stats.MAXIMUM }),
        threshold: 85,
        periods: 3,
      },
    ]),
    ...Object.entries(capacity.providers).map(
      ([architecture, provider]): AlarmDefinition => ({
        ...ticket,
        id: `${architecture}-has-no-room`,
        meaning: `dynos have waited for ${architecture} machines for a quarter of an hour`,
        section: 'dynos-wait-for-machines',
        metric: new Metric({
          namespace: 'AWS/ECS/ManagedScaling',
          metricName: 'CapacityProviderReservation',
          dimensionsMap: { ClusterName: capacity.cluster.clusterName, CapacityProviderName: provider },
          statistic: Stats.MINIMUM,
          ...minutes(5),
        }),
        threshold: 101,
        periods: 3,
      }),
    ),
  ];
}
