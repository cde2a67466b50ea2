import { Duration } from 'aws-cdk-lib';
import { Dashboard, GraphWidget, type IMetric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { HttpCodeTarget } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { Construct } from 'constructs';
import { FUNCTION_NAMES } from '../control/function-definitions.ts';
import { QUEUE_NAMES } from '../control/queues.ts';
import type { AlarmSources } from './alarm-definitions.ts';

/** What an operator checks first, from the visitor inwards. */
export function dashboard(scope: Construct, id: string, { control, edge, services }: AlarmSources): Dashboard {
  const graph = (title: string, left: IMetric[]) => new GraphWidget({ title, width: 12, height: 6, left });
  const functions = FUNCTION_NAMES.map((name) => control.functions.of(name).function);
  return new Dashboard(scope, id, {
    defaultInterval: Duration.hours(12),
    widgets: [
      [
        graph('Requests to apps', [
          edge.loadBalancer.metrics.requestCount({ statistic: Stats.SUM }),
          edge.router.metrics.httpCodeTarget(HttpCodeTarget.TARGET_5XX_COUNT, { statistic: Stats.SUM }),
        ]),
        graph('Time until apps answer', [
          edge.router.metrics.targetResponseTime({ statistic: 'p50' }),
          edge.router.metrics.targetResponseTime({ statistic: 'p99' }),
        ]),
      ],
      [
        graph('API', [
          control.api.api.metricCount(),
          control.api.api.metricClientError(),
          control.api.api.metricServerError(),
        ]),
        graph(
          'Functions: errors',
          functions.map((one) => one.metricErrors()),
        ),
      ],
      [
        graph(
          'Messages: age of the oldest, in seconds',
          QUEUE_NAMES.map((name) => control.queues.of(name).queue.metricApproximateAgeOfOldestMessage()),
        ),
        graph(
          'Functions: milliseconds',
          functions.map((one) => one.metricDuration({ statistic: 'p99' })),
        ),
      ],
      services.running.map((service) =>
        graph(`Service ${service.node.id}: CPU and memory in percent`, [
          service.metricCpuUtilization(),
          service.metricMemoryUtilization(),
        ]),
      ),
    ],
  });
}
