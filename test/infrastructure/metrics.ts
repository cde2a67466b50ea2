interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: readonly string[];
  readonly statistic: string;
}

const STATISTIC = /^(Average|Maximum|Minimum|SampleCount|Sum|p\d{1,2}(\.\d+)?)$/;

const QUEUE = ['QueueName'];
const FUNCTION = ['FunctionName'];
const API = ['ApiId'];
const BALANCER = ['LoadBalancer'];
const TARGETS = ['LoadBalancer', 'TargetGroup'];
const TABLE = ['TableName'];
const SERVICE = ['ClusterName', 'ServiceName'];

/**
 * The metrics that AWS publishes (CloudWatch metrics of SQS, Lambda, HTTP APIs, Application Load Balancers, DynamoDB, ECS
 * services and ECS cluster auto scaling), each with its dimensions. CloudWatch accepts any other silently, and never has a value
 * for it.
 */
const PUBLISHED: Readonly<Record<string, readonly string[]>> = {
  'AWS/SQS ApproximateAgeOfOldestMessage': QUEUE,
  'AWS/SQS ApproximateNumberOfMessagesDelayed': QUEUE,
  'AWS/SQS ApproximateNumberOfMessagesNotVisible': QUEUE,
  'AWS/SQS ApproximateNumberOfMessagesVisible': QUEUE,
  'AWS/SQS NumberOfEmptyReceives': QUEUE,
  'AWS/SQS NumberOfMessagesDeleted': QUEUE,
  'AWS/SQS NumberOfMessagesReceived': QUEUE,
  'AWS/SQS NumberOfMessagesSent': QUEUE,
  'AWS/SQS SentMessageSize': QUEUE,
  'AWS/Lambda AsyncEventAge': FUNCTION,
  'AWS/Lambda AsyncEventsDropped': FUNCTION,
  'AWS/Lambda AsyncEventsReceived': FUNCTION,
  'AWS/Lambda ConcurrentExecutions': FUNCTION,
  'AWS/Lambda DeadLetterErrors': FUNCTION,
  'AWS/Lambda Duration': FUNCTION,
  'AWS/Lambda Errors': FUNCTION,
  'AWS/Lambda Invocations': FUNCTION,
  'AWS/Lambda Throttles': FUNCTION,
  'AWS/ApiGateway 4xx': API,
  'AWS/ApiGateway 5xx': API,
  'AWS/ApiGateway Count': API,
  'AWS/ApiGateway DataProcessed': API,
  'AWS/ApiGateway IntegrationLatency': API,
  'AWS/ApiGateway Latency': API,
  'AWS/ApplicationELB HTTPCode_ELB_4XX_Count': BALANCER,
  'AWS/ApplicationELB HTTPCode_ELB_5XX_Count': BALANCER,
  'AWS/ApplicationELB HTTPCode_Target_4XX_Count': TARGETS,
  'AWS/ApplicationELB HTTPCode_Target_5XX_Count': TARGETS,
  'AWS/ApplicationELB HealthyHostCount': TARGETS,
  'AWS/ApplicationELB RejectedConnectionCount': BALANCER,
  'AWS/ApplicationELB RequestCount': BALANCER,
  'AWS/ApplicationELB TargetConnectionErrorCount': TARGETS,
  'AWS/ApplicationELB TargetResponseTime': TARGETS,
  'AWS/ApplicationELB UnHealthyHostCount': TARGETS,
  'AWS/DynamoDB ReadThrottleEvents': TABLE,
  'AWS/DynamoDB WriteThrottleEvents': TABLE,
  'AWS/ECS CPUUtilization': SERVICE,
  'AWS/ECS MemoryUtilization': SERVICE,
  'AWS/ECS/ManagedScaling CapacityProviderReservation': ['CapacityProviderName', 'ClusterName'],
};

/** What is wrong with it; empty if AWS publishes it like this. */
export function notPublished({ namespace, name, dimensions, statistic }: Metric): readonly string[] {
  const metric = `${namespace} ${name}`;
  const published = PUBLISHED[metric];
  if (published === undefined) return [`there is no ${metric}`];
  return [
    ...([...dimensions].sort().join() === published.join() ? [] : [`${metric} is not by ${dimensions.join()}`]),
    ...(STATISTIC.test(statistic) ? [] : [`${metric} has no ${statistic}`]),
  ];
}
