import { Duration } from 'aws-cdk-lib';
import {
  DeduplicationScope,
  FifoThroughputLimit,
  type IQueue,
  Queue,
  QueueEncryption,
  type QueueProps,
} from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';

export const QUEUE_NAMES = ['nudge', 'delay', 'build', 'certificate'] as const;
export type QueueName = (typeof QUEUE_NAMES)[number];

export interface QueueWithDeadLetters {
  readonly queue: Queue;
  readonly deadLetters: Queue;
}

/** AWS's advice for queues that feed functions: six times the function's timeout, or messages return while in work. */
export const VISIBILITY_FACTOR = 6;

export interface QueuesProps {
  /** Timeout of the function that each queue feeds. */
  readonly timeouts: Readonly<Record<QueueName, Duration>>;
}

/** The queues of the control plane, each with a dead-letter queue for the operator. */
export class Queues extends Construct {
  readonly #queues: ReadonlyMap<QueueName, QueueWithDeadLetters>;
  /** Events that no function accepted. */
  readonly failedEvents: Queue;

  constructor(scope: Construct, id: string, { timeouts }: QueuesProps) {
    super(scope, id);
    const make = (name: QueueName, props: QueueProps = {}): QueueWithDeadLetters => {
      const deadLetters = this.#deadLetters(`${name}-dead-letters`, props.fifo === true ? { fifo: true } : {});
      const queue = new Queue(this, name, {
        encryption: QueueEncryption.SQS_MANAGED,
        enforceSSL: true,
        visibilityTimeout: Duration.seconds(timeouts[name].toSeconds() * VISIBILITY_FACTOR),
        retentionPeriod: Duration.days(4),
        deadLetterQueue: { queue: deadLetters as IQueue, maxReceiveCount: 5 },
        ...props,
      });
      return { queue, deadLetters };
    };
    this.#queues = new Map([
      [
        'nudge',
        make('nudge', {
          fifo: true,
          // By app: each has its own order, and none slows another down.
          deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
          fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
        }),
      ],
      // Standard: FIFO queues cannot delay single messages.
      ['delay', make('delay')],
      ['build', make('build')],
      ['certificate', make('certificate')],
    ]);
    this.failedEvents = this.#deadLetters('failed-events');
  }

  of(name: QueueName): QueueWithDeadLetters {
    const queue = this.#queues.get(name);
    if (queue === undefined) throw new Error(`no queue ${name}`);
    return queue;
  }

  #deadLetters(id: string, props: QueueProps = {}): Queue {
    const queue = new Queue(this, id, {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      ...props,
    });
    acknowledge(queue, { 'AwsSolutions-SQS3': 'It is the dead-letter queue of others.' });
    return queue;
  }
}
