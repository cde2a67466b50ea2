import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { FunctionName } from './function-definitions.ts';
import type { Functions } from './functions.ts';
import type { QueueName, Queues } from './queues.ts';

export interface EventSourcesProps {
  readonly functions: Functions;
  readonly queues: Queues;
  readonly clusterArn: string;
  readonly projectNames: readonly string[];
}

/** The triggers of the functions. Together, a function's mappings use no more than its concurrency. */
export class EventSources extends Construct {
  readonly tick: Rule;

  constructor(scope: Construct, id: string, { functions, queues, clusterArn, projectNames }: EventSourcesProps) {
    super(scope, id);
    const feed = (queue: QueueName, name: FunctionName, maxConcurrency: number): void => {
      functions.of(name).function.addEventSource(
        new SqsEventSource(queues.of(queue).queue as IQueue, {
          batchSize: 10,
          // Above it messages wait in the queue, instead of using up their attempts on a throttled function.
          maxConcurrency,
          reportBatchItemFailures: true,
        }),
      );
    };
    feed('nudge', 'reconcile', 8);
    feed('delay', 'reconcile', 2);
    feed('build', 'builds', 2);
    feed('certificate', 'certificates', 2);

    const target = (name: FunctionName, maxEventAge: Duration): LambdaFunction =>
      new LambdaFunction(functions.of(name).function, {
        deadLetterQueue: queues.failedEvents as IQueue,
        maxEventAge,
        retryAttempts: 3,
      });
    this.tick = new Rule(this, 'Tick', {
      description: 'Drives every timer of more than 15 minutes, and makes up for lost events',
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [target('tick', Duration.minutes(1))],
    });
    new Rule(this, 'TaskStates', {
      description: 'Dynos that start and stop',
      eventPattern: {
        source: ['aws.ecs'],
        detailType: ['ECS Task State Change'],
        // The platform's own services are in another group: service:<name>.
        detail: { clusterArn: [clusterArn], group: [{ prefix: 'app/' }] },
      },
      targets: [target('task-events', Duration.hours(1))],
    });
    new Rule(this, 'BuildStates', {
      description: 'Builds that end',
      eventPattern: {
        source: ['aws.codebuild'],
        detailType: ['CodeBuild Build State Change'],
        detail: { 'project-name': [...projectNames] },
      },
      targets: [target('builds', Duration.hours(1))],
    });
  }
}
