import { type Deployed, type Part, withoutHashes } from './deployed.ts';
import { notPublished } from './metrics.ts';

/** Severity; metric, and of which resource; when it rings; what missing data means. */
type Row = readonly [tells: 'page' | 'ticket', metric: string, of: string, rings: string, silence: 'is fine' | 'rings'];

const deadLetters = (tells: 'page' | 'ticket', queue: string): Row => [
  tells,
  'AWS/SQS ApproximateNumberOfMessagesVisible',
  `QueueName=Queues${queue}.QueueName`,
  'Maximum of 60 s >= 1, once',
  'is fine',
];

const ESSENTIAL: Readonly<Record<string, Row>> = {
  nudgedeadletters: deadLetters('page', 'nudgedeadletters'),
  delaydeadletters: deadLetters('page', 'delaydeadletters'),
  builddeadletters: deadLetters('ticket', 'builddeadletters'),
  certificatedeadletters: deadLetters('ticket', 'certificatedeadletters'),
  failedevents: deadLetters('ticket', 'failedevents'),
  tickstalled: [
    'page',
    'AWS/Lambda Invocations',
    'FunctionName=FunctionstickFunction',
    'Sum of 300 s < 1, once',
    'rings',
  ],
  nudgeswait: [
    'page',
    'AWS/SQS ApproximateAgeOfOldestMessage',
    'QueueName=Queuesnudge.QueueName',
    'Maximum of 60 s >= 300, 3 times',
    'is fine',
  ],
  apierrors: ['page', 'AWS/ApiGateway 5xx', 'ApiId=ApiHttp', 'Sum of 300 s >= 10, once', 'is fine'],
  norouter: [
    'page',
    'AWS/ApplicationELB HealthyHostCount',
    'LoadBalancer=app/LoadBalancerHttp/1 TargetGroup=Router.TargetGroupFullName',
    'Minimum of 60 s < 1, 3 times',
    'rings',
  ],
};

const fails = (name: string): Row => [
  'ticket',
  'AWS/Lambda Errors',
  `FunctionName=Functions${name}Function`,
  'Sum of 300 s >= 5, 2 times',
  'is fine',
];
const throttled = (name: string): Row => [
  'ticket',
  'AWS/Lambda Throttles',
  `FunctionName=Functions${name}Function`,
  'Sum of 300 s >= 20, 3 times',
  'is fine',
];
const cpu = (service: string): Row => [
  'ticket',
  'AWS/ECS CPUUtilization',
  `ClusterName=Cluster ServiceName=${service}Service.Name`,
  'Average of 300 s >= 80, 3 times',
  'is fine',
];
const memory = (service: string): Row => [
  'ticket',
  'AWS/ECS MemoryUtilization',
  `ClusterName=Cluster ServiceName=${service}Service.Name`,
  'Maximum of 300 s >= 85, 3 times',
  'is fine',
];
const noRoom = (machines: string): Row => [
  'ticket',
  'AWS/ECS/ManagedScaling CapacityProviderReservation',
  `CapacityProviderName=${machines}Provider ClusterName=Cluster`,
  'Minimum of 300 s >= 101, 3 times',
  'is fine',
];

const TICKETS: Readonly<Record<string, Row>> = {
  functionapifails: fails('api'),
  functionreconcilefails: fails('reconcile'),
  functiontaskeventsfails: fails('taskevents'),
  functiontickfails: fails('tick'),
  functionbuildsfails: fails('builds'),
  functioncertificatesfails: fails('certificates'),
  functionapithrottled: throttled('api'),
  functionreconcilethrottled: throttled('reconcile'),
  tablethrottled: [
    'ticket',
    'AWS/DynamoDB WriteThrottleEvents',
    'TableName=ItemsTable',
    'Sum of 300 s >= 50, once',
    'is fine',
  ],
  loadbalancererrors: [
    'ticket',
    'AWS/ApplicationELB HTTPCode_ELB_5XX_Count',
    'LoadBalancer=LoadBalancer.LoadBalancerFullName',
    'Sum of 300 s >= 20, once',
    'is fine',
  ],
  routerscpu: cpu('Routers'),
  routersmemory: memory('Routers'),
  otherscpu: cpu('Others'),
  othersmemory: memory('Others'),
  arm64hasnoroom: noRoom('Graviton'),
  amd64hasnoroom: noRoom('X86'),
};

const COMPARISONS: Readonly<Record<string, string>> = {
  GreaterThanOrEqualToThreshold: '>=',
  LessThanThreshold: '<',
};
const SILENCE: Readonly<Record<string, string>> = { notBreaching: 'is fine', breaching: 'rings' };

interface Dimension {
  readonly Name: string;
  readonly Value: string;
}

function row({ properties }: Part): readonly string[] {
  const {
    AlarmDescription: _,
    AlarmActions,
    OKActions,
    Namespace,
    MetricName,
    Dimensions,
    Statistic,
    Period,
    Threshold,
    ComparisonOperator,
    EvaluationPeriods,
    TreatMissingData,
    ...more
  } = properties;
  // No row mentions other properties, such as disabled actions or a metric in other units, so there must be none.
  expect(more).toEqual({});
  // Whoever gets the alarm also gets its end.
  expect(OKActions).toEqual(AlarmActions);
  const times = EvaluationPeriods === 1 ? 'once' : `${EvaluationPeriods} times`;
  return [
    AlarmActions.map((topic: string) => withoutHashes(topic).toLowerCase()).join(),
    `${Namespace} ${MetricName}`,
    (Dimensions as Dimension[]).map(({ Name, Value }) => `${Name}=${withoutHashes(Value)}`).join(' '),
    `${Statistic} of ${Period} s ${COMPARISONS[ComparisonOperator]} ${Threshold}, ${times}`,
    SILENCE[TreatMissingData] ?? TreatMissingData,
  ];
}

/** The lines of a dashboard graph, as CloudWatch reads them: namespace, metric, names and values of dimensions, options. */
type Line = readonly (string | { readonly stat?: string })[];

export function alarmTests(small: () => Deployed, large: () => Deployed): void {
  test('minimal: every alarm, what it watches and when it rings', () => {
    expect(small().table('AWS::CloudWatch::Alarm', row)).toEqual(ESSENTIAL);
  });

  test('resilient: every alarm, what it watches and when it rings', () => {
    expect(large().table('AWS::CloudWatch::Alarm', row)).toEqual({ ...ESSENTIAL, ...TICKETS });
  });

  test('AWS publishes every metric that an alarm watches, for such a resource', () => {
    const wrong = large()
      .parts('AWS::CloudWatch::Alarm')
      .flatMap(({ properties: { Namespace, MetricName, Dimensions, Statistic } }) =>
        notPublished({
          namespace: Namespace,
          name: MetricName,
          dimensions: (Dimensions as Dimension[]).map(({ Name }) => Name),
          statistic: Statistic,
        }),
      );
    expect(wrong).toEqual([]);
  });

  test('AWS publishes every metric of the dashboard', () => {
    const { properties } = large().part('AWS::CloudWatch::Dashboard');
    const { widgets } = JSON.parse(properties.DashboardBody) as {
      readonly widgets: readonly { readonly properties: { readonly metrics: readonly Line[] } }[];
    };
    const lines = widgets.flatMap(({ properties: { metrics } }) => metrics);
    expect(lines.length).toBeGreaterThan(25);
    const wrong = lines.flatMap((line) => {
      const [namespace = '', name = '', ...rest] = line.filter((part) => typeof part === 'string');
      const options = line.find((part) => typeof part === 'object');
      const dimensions = rest.filter((_, index) => index % 2 === 0);
      return notPublished({ namespace, name, dimensions, statistic: options?.stat ?? 'Average' });
    });
    expect(wrong).toEqual([]);
  });
}
