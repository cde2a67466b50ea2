import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inEnvironment, readBy, VARIABLES } from '../../adapters/aws/variables.ts';
import { readConfig } from '../../lib/config/config.ts';
import { FUNCTION_NAMES } from '../../lib/control/function-definitions.ts';
import { counts } from '../../lib/cost/estimate.ts';
import { type Assembly, readable, STACKS, type Stage } from './assembly.ts';
import { STAGES } from './stages.ts';

const SMALL = 'small-us-east-1';
const LARGE = 'large-us-east-1';
const SPECIAL = 'special-eu-central-1';
const root = join(__dirname, '../..');

/** Queues, alarms, functions, and the differences between profiles. */
export function operationsTests(assembly: () => Assembly): void {
  const of = (stage: Stage, type: string) =>
    assembly()
      .all(stage, type)
      .map(([stack, id, resource]) => ({ stack, id, ...resource.Properties }));

  test('every queue gives up to a dead-letter queue, and every one of those has an alarm', () => {
    const queues = of(SMALL, 'AWS::SQS::Queue');
    const hasRedrive = queues.filter(({ RedrivePolicy }) => RedrivePolicy !== undefined);
    const deadLetters = queues.filter(({ RedrivePolicy }) => RedrivePolicy === undefined);
    expect(hasRedrive.map(({ id }) => id.slice(0, -8)).sort()).toEqual([
      'Queuesbuild',
      'Queuescertificate',
      'Queuesdelay',
      'Queuesnudge',
    ]);
    const used = new Set([
      ...hasRedrive.map(({ RedrivePolicy }) => readable(RedrivePolicy.deadLetterTargetArn)),
      ...of(SMALL, 'AWS::Lambda::Function').map(({ DeadLetterConfig }) => readable(DeadLetterConfig?.TargetArn ?? '')),
    ]);
    const watched = of(SMALL, 'AWS::CloudWatch::Alarm').map(({ Dimensions }) => readable(Dimensions?.[0]?.Value));
    for (const { id } of deadLetters) {
      expect(used).toContain(`<${id}.Arn>`);
      expect(watched).toContainEqual(expect.stringContaining(id));
    }
    expect(deadLetters).toHaveLength(5);
  });

  test('a message is hidden for six times the time that its function may take', () => {
    const functions = new Map(of(SMALL, 'AWS::Lambda::Function').map(({ id, Timeout }) => [`<${id}>`, Timeout]));
    const queues = new Map(
      of(SMALL, 'AWS::SQS::Queue').map(({ id, VisibilityTimeout }) => [`<${id}.Arn>`, VisibilityTimeout]),
    );
    const mappings = of(SMALL, 'AWS::Lambda::EventSourceMapping');
    expect(mappings).toHaveLength(4);
    for (const { EventSourceArn, FunctionName, FunctionResponseTypes } of mappings) {
      expect(queues.get(readable(EventSourceArn))).toBe(6 * functions.get(readable(FunctionName)));
      expect(FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
    }
  });

  test('a function is never fed more than its concurrency', () => {
    for (const { id, ReservedConcurrentExecutions } of of(SMALL, 'AWS::Lambda::Function')) {
      const fed = of(SMALL, 'AWS::Lambda::EventSourceMapping')
        .filter(({ FunctionName }) => readable(FunctionName) === `<${id}>`)
        .reduce((sum, { ScalingConfig }) => sum + ScalingConfig.MaximumConcurrency, 0);
      if (fed > 0) expect(ReservedConcurrentExecutions).toBeGreaterThanOrEqual(fed);
    }
  });

  test('functions are Node 24 on Graviton with a log group of their own', () => {
    const own = of(SMALL, 'AWS::Lambda::Function').filter(({ id }) => id.startsWith('Functions'));
    expect(own).toHaveLength(7);
    for (const { Runtime, Architectures, LoggingConfig, TracingConfig } of own) {
      expect({ Runtime, Architectures, TracingConfig }).toEqual({ Runtime: 'nodejs24.x', Architectures: ['arm64'] });
      expect(readable(LoggingConfig.LogGroup)).toMatch(/^<data\/Logs/);
    }
  });

  test.each(FUNCTION_NAMES)('the %s function has the variables that its code reads, and no other', (name) => {
    const [found] = of(SMALL, 'AWS::Lambda::Function').filter(({ id }) =>
      id.startsWith(`Functions${name.replaceAll('-', '')}Function`),
    );
    const read = readBy(name).filter((variable) => !('absent' in VARIABLES[variable]));
    expect(read).toContain('TABLE');
    expect(Object.keys(found?.Environment.Variables ?? {}).sort()).toEqual(read.map(inEnvironment).sort());
  });

  test('the nudge queue leaves deduplication to its senders', () => {
    const [nudge] = of(SMALL, 'AWS::SQS::Queue').filter(({ id }) => /^Queuesnudge[0-9A-F]{8}$/.test(id));
    expect(nudge).toMatchObject({
      FifoQueue: true,
      DeduplicationScope: 'messageGroup',
      FifoThroughputLimit: 'perMessageGroupId',
    });
    expect(nudge?.ContentBasedDeduplication).toBeUndefined();
  });

  test.each([SMALL, LARGE] as const)('%s: every alarm tells somebody and names a section of the runbook', (stage) => {
    const runbook = readFileSync(join(root, 'docs/operator-runbook.md'), 'utf8');
    const anchors = [...runbook.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    );
    for (const { AlarmDescription, AlarmActions } of of(stage, 'AWS::CloudWatch::Alarm')) {
      const [, section] = /docs\/operator-runbook\.md#([a-z-]+)$/.exec(AlarmDescription) ?? [];
      expect(anchors).toContain(section);
      expect(AlarmActions).toHaveLength(1);
    }
  });

  test.each([
    { stage: SMALL, index: 0 },
    { stage: LARGE, index: 1 },
  ] as const)('$stage: npm run cost counts what is in the templates', ({ stage, index }) => {
    const config = readConfig({ stages: STAGES }).stages[index];
    if (config === undefined) throw new Error('no such stage');
    const tasks = of(stage, 'AWS::ECS::Service').reduce((sum, { DesiredCount }) => sum + DesiredCount, 0);
    expect(counts(config)).toMatchObject({
      alarms: of(stage, 'AWS::CloudWatch::Alarm').length,
      secrets: of(stage, 'AWS::SecretsManager::Secret').length,
      natGateways: of(stage, 'AWS::EC2::NatGateway').length,
      serviceTasks: tasks,
    });
  });

  test('resilient differs from minimal where it must', () => {
    const difference = (stage: Stage) => ({
      zones: of(stage, 'AWS::EC2::Subnet').length,
      machines: of(stage, 'AWS::AutoScaling::AutoScalingGroup').map(({ MinSize, MaxSize }) => `${MinSize}-${MaxSize}`),
      fullTo: of(stage, 'AWS::ECS::CapacityProvider').map(
        ({ AutoScalingGroupProvider }) => AutoScalingGroupProvider.ManagedScaling.TargetCapacity,
      ),
      tasks: of(stage, 'AWS::ECS::Service').map(({ DesiredCount }) => DesiredCount),
      dashboards: of(stage, 'AWS::CloudWatch::Dashboard').length,
      flowLogs: of(stage, 'AWS::EC2::FlowLog').length,
      certificates: of(stage, 'AWS::CertificateManager::Certificate').length,
      buckets: of(stage, 'AWS::S3::Bucket').length,
    });
    expect({ minimal: difference(SMALL), resilient: difference(LARGE) }).toEqual({
      minimal: {
        zones: 2,
        machines: ['0-4', '0-4'],
        fullTo: [100, 100],
        tasks: [1],
        dashboards: 0,
        flowLogs: 0,
        certificates: 0,
        buckets: 2,
      },
      resilient: {
        zones: 3,
        machines: ['3-30', '0-30'],
        fullTo: [66, 66],
        tasks: [2, 1],
        dashboards: 1,
        flowLogs: 1,
        certificates: 1,
        buckets: 3,
      },
    });
  });

  test.each([
    { stage: SMALL, hours: 'unlimited' },
    { stage: SPECIAL, hours: '1000' },
  ] as const)('$stage: who counts hours of Eco dynos knows of $hours', ({ stage, hours }) => {
    const told = of(stage, 'AWS::Lambda::Function').map(({ Environment }) => Environment?.Variables.DYNOFORM_ECO_HOURS);
    expect(told.filter((value) => value !== undefined)).toEqual([hours, hours]);
  });

  test('what the third stage says is done', () => {
    expect(of(SPECIAL, 'AWS::AutoScaling::AutoScalingGroup')).toHaveLength(1);
    expect(of(SPECIAL, 'AWS::EC2::NatGateway')).toHaveLength(1);
    expect(of(SPECIAL, 'AWS::CodeBuild::Project')).toHaveLength(1);
    expect(of(SPECIAL, 'AWS::SNS::Subscription').map(({ Endpoint }) => Endpoint)).toEqual([
      'page@example.com',
      'ticket@example.com',
    ]);
    for (const { ReservedConcurrentExecutions } of of(SPECIAL, 'AWS::Lambda::Function')) {
      expect(ReservedConcurrentExecutions).toBeUndefined();
    }
    for (const { PermissionsBoundary } of of(SPECIAL, 'AWS::IAM::Role')) {
      expect(readable(PermissionsBoundary)).toBe('arn:aws:iam::111122223333:policy/boundary');
    }
  });

  test('everything that can have tags says whose it is', () => {
    for (const type of ['AWS::DynamoDB::Table', 'AWS::ECS::Cluster', 'AWS::Lambda::Function', 'AWS::SQS::Queue']) {
      // The CDK's own custom resource provider cannot have tags.
      for (const { Tags } of of(SPECIAL, type).filter(({ id }) => !id.startsWith('CustomS3'))) {
        expect(Tags).toEqual(
          expect.arrayContaining([
            { Key: 'platform', Value: 'dynoform' },
            { Key: 'stage', Value: 'special' },
            { Key: 'cell', Value: 'common' },
            { Key: 'team', Value: 'platform' },
          ]),
        );
      }
    }
  });

  test('certificates that are attached while it runs survive a deploy: no listener has a list', () => {
    expect(of(LARGE, 'AWS::ElasticLoadBalancingV2::ListenerCertificate')).toEqual([]);
    for (const { Certificates } of of(LARGE, 'AWS::ElasticLoadBalancingV2::Listener')) {
      expect((Certificates ?? []).length).toBeLessThanOrEqual(1);
    }
  });

  test('the same again is the same', () => {
    for (const stack of STACKS) expect(assembly().text(SMALL, stack, 'again')).toBe(assembly().text(SMALL, stack));
  });
}
