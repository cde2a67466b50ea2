import { type Deployed, type Part, withoutHashes } from './deployed.ts';

const DAY_SECONDS = 24 * 60 * 60;

/** Six times its function's timeout: a message in work is not delivered again. */
const queue = (name: string, visibleAfterSeconds: number, more: object = {}) => ({
  RedrivePolicy: { deadLetterTargetArn: `Queues${name}deadletters`, maxReceiveCount: 5 },
  MessageRetentionPeriod: 4 * DAY_SECONDS,
  SqsManagedSseEnabled: true,
  VisibilityTimeout: visibleAfterSeconds,
  ...more,
});
/** SQS's longest retention. */
const deadLetters = (more: object = {}) => ({
  MessageRetentionPeriod: 14 * DAY_SECONDS,
  SqsManagedSseEnabled: true,
  ...more,
});

const QUEUES = {
  Queuesnudge: queue('nudge', 360, {
    FifoQueue: true,
    DeduplicationScope: 'messageGroup',
    FifoThroughputLimit: 'perMessageGroupId',
  }),
  Queuesdelay: queue('delay', 360),
  Queuesbuild: queue('build', 360),
  Queuescertificate: queue('certificate', 720),
  // SQS accepts dead letters only from a queue of the same kind.
  Queuesnudgedeadletters: deadLetters({ FifoQueue: true }),
  Queuesdelaydeadletters: deadLetters(),
  Queuesbuilddeadletters: deadLetters(),
  Queuescertificatedeadletters: deadLetters(),
  Queuesfailedevents: deadLetters(),
};

const told = (name: string, maxAgeSeconds: number) => ({
  to: `Functions${name}Function`,
  DeadLetterConfig: 'Queuesfailedevents',
  RetryPolicy: { MaximumEventAgeInSeconds: maxAgeSeconds, MaximumRetryAttempts: 3 },
});

const tried = (maxAgeSeconds: number, attempts: number) => ({
  MaximumEventAgeInSeconds: maxAgeSeconds,
  MaximumRetryAttempts: attempts,
  Qualifier: '$LATEST',
});

/** Memory in MiB, timeout in seconds, concurrency, and where events go that it did not accept. */
const FUNCTIONS = {
  FunctionsapiFunction: [1_024, 29, 50, undefined],
  FunctionsreconcileFunction: [512, 60, 10, undefined],
  FunctionstaskeventsFunction: [256, 30, 10, 'Queuesfailedevents'],
  FunctionstickFunction: [512, 55, 1, 'Queuesfailedevents'],
  FunctionsbuildsFunction: [512, 60, 3, 'Queuesfailedevents'],
  FunctionscertificatesFunction: [256, 120, 2, undefined],
  FunctionsbootstrapFunction: [256, 60, undefined, undefined],
};

/** The last part of an ARN, without hashes: the resource's name. */
const nameIn = (arn: string): string => withoutHashes(arn.replace(/^.*[:/]/, ''));

/** What triggers a function, how often it is retried, and where it ends if every attempt fails. */
export function messageTests(small: () => Deployed, large: () => Deployed): void {
  describe.each([
    { profile: 'minimal', of: small },
    { profile: 'resilient', of: large },
  ])('$profile', ({ of }) => {
    test('every queue: how long messages are hidden and kept, and where hopeless ones go', () => {
      const found = of().table('AWS::SQS::Queue', ({ properties }) => {
        const { RedrivePolicy, ...more } = properties;
        if (RedrivePolicy === undefined) return more;
        return {
          ...more,
          RedrivePolicy: { ...RedrivePolicy, deadLetterTargetArn: nameIn(RedrivePolicy.deadLetterTargetArn) },
        };
      });
      expect(found).toEqual(QUEUES);
    });

    test('which queue feeds which function, and with how many at a time', () => {
      const feeds = of()
        .parts('AWS::Lambda::EventSourceMapping')
        .map(({ properties: { EventSourceArn, FunctionName, ...more } }) => ({
          feed: `${nameIn(EventSourceArn)} → ${nameIn(FunctionName)}`,
          ...more,
        }));
      const feed = (queueName: string, name: string, concurrency: number) => ({
        feed: `Queues${queueName} → Functions${name}Function`,
        BatchSize: 10,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: { MaximumConcurrency: concurrency },
      });
      expect(feeds).toEqual([
        feed('nudge', 'reconcile', 8),
        feed('delay', 'reconcile', 2),
        feed('build', 'builds', 2),
        feed('certificate', 'certificates', 2),
      ]);
    });

    test('which event starts which function', () => {
      const rules = of().table('AWS::Events::Rule', ({ properties }) => {
        const { Description: _, Targets, EventPattern, ...more } = properties;
        const [{ Id: __, Arn, DeadLetterConfig, ...target }, ...others] = Targets;
        expect(others).toEqual([]);
        return {
          ...more,
          ...(EventPattern === undefined ? {} : { on: EventPattern }),
          ...target,
          to: nameIn(Arn),
          DeadLetterConfig: nameIn(DeadLetterConfig.Arn),
        };
      });
      const projects = of()
        .parts('AWS::CodeBuild::Project')
        .map(({ id }) => id);
      expect(rules).toEqual({
        EventSourcesTick: { State: 'ENABLED', ScheduleExpression: 'rate(1 minute)', ...told('tick', 60) },
        EventSourcesTaskStates: {
          State: 'ENABLED',
          on: {
            source: ['aws.ecs'],
            'detail-type': ['ECS Task State Change'],
            detail: { clusterArn: [of().at.cluster], group: [{ prefix: 'app/' }] },
          },
          ...told('taskevents', 3_600),
        },
        EventSourcesBuildStates: {
          State: 'ENABLED',
          on: {
            source: ['aws.codebuild'],
            'detail-type': ['CodeBuild Build State Change'],
            // Every project: a build whose end is not seen is never released.
            detail: { 'project-name': projects },
          },
          ...told('builds', 3_600),
        },
      });
    });

    test('how often a function is tried again with an event', () => {
      const tries = of()
        .parts('AWS::Lambda::EventInvokeConfig')
        .map(({ properties: { FunctionName, ...more } }) => [nameIn(FunctionName), more]);
      expect(Object.fromEntries(tries)).toEqual({
        FunctionstaskeventsFunction: tried(3_600, 2),
        FunctionstickFunction: tried(60, 0),
        FunctionsbuildsFunction: tried(3_600, 2),
      });
    });

    test('what a function is given', () => {
      const given = of().table('AWS::Lambda::Function', ({ properties }: Part) => {
        const { MemorySize, Timeout, ReservedConcurrentExecutions, DeadLetterConfig } = properties;
        const failed = DeadLetterConfig === undefined ? undefined : nameIn(DeadLetterConfig.TargetArn);
        return [MemorySize, Timeout, ReservedConcurrentExecutions, failed];
      });
      const { ProviderframeworkonEvent: _, ...own } = given;
      expect(own).toEqual(FUNCTIONS);
    });

    test('each function runs as its own role, and each role is one function’s', () => {
      const roles = of().table('AWS::Lambda::Function', ({ properties: { Role } }) => nameIn(Role));
      for (const [name, role] of Object.entries(roles)) {
        expect(role).toBe(name === 'ProviderframeworkonEvent' ? 'ProviderRole' : name.replace(/Function$/, 'Role'));
      }
    });

    test('who may start which function: API Gateway the API, EventBridge what its rules name', () => {
      const started = of()
        .parts('AWS::Lambda::Permission')
        .map(({ properties: { Principal, FunctionName, SourceArn } }) =>
          [Principal, nameIn(FunctionName), withoutHashes(SourceArn).replace(/^.*:/, '')].join(' '),
        );
      expect(started.sort()).toEqual([
        'apigateway.amazonaws.com FunctionsapiFunction ApiHttp/*/*/{proxy+}',
        'events.amazonaws.com FunctionsbuildsFunction EventSourcesBuildStates',
        'events.amazonaws.com FunctionstaskeventsFunction EventSourcesTaskStates',
        'events.amazonaws.com FunctionstickFunction EventSourcesTick',
      ]);
    });
  });
}
