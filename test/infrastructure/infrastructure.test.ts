import { alarmTests } from './alarms.ts';
import { Assembly, STACKS, type StackName, type Stage } from './assembly.ts';
import { Deployed } from './deployed.ts';
import { hardeningTests } from './hardening.ts';
import { keepingTests } from './keeping.ts';
import { machineAndApiTests } from './machines-and-api.ts';
import { messageTests } from './messages.ts';
import { operationsTests } from './operations.ts';
import { ALLOWED, ALLOWED_APART } from './permissions/allowed.ts';
import { type Permitted, permissionTests } from './permissions/permissions.ts';
import { REFUSED, REFUSED_APART } from './permissions/refused.ts';
import { Roles } from './permissions/roles.ts';
import { snapshotTests } from './snapshots.ts';
import { roleStatements } from './statements.ts';
import { trafficTests } from './traffic.ts';
import { variableTests } from './variables.ts';
import { WILDCARDS } from './wildcards.ts';

const SMALL = 'small-us-east-1';
const LARGE = 'large-us-east-1';
const SPECIAL = 'special-eu-central-1';

/** All in one file, so that the templates are made only once: that takes nearly all of its time. */
let assembly: Assembly;
let small: Deployed;
let large: Deployed;
beforeAll(() => {
  assembly = new Assembly();
  small = new Deployed(assembly, SMALL);
  large = new Deployed(assembly, LARGE);
}, 180_000);
afterAll(() => assembly.remove());

describe('snapshots', () => snapshotTests(() => assembly));

describe('grants', () => {
  const stages: readonly Stage[] = [SMALL, LARGE, SPECIAL];

  test.each(stages)('%s: no action has a wildcard', (stage) => {
    const statements = roleStatements(assembly, stage);
    expect(statements.length).toBeGreaterThan(20);
    expect(statements.flatMap(({ actions }) => actions).filter((action) => action.includes('*'))).toEqual([]);
  });

  test.each(stages)('%s: roles are passed to ECS tasks only, and only the one for dynos', (stage) => {
    const passing = roleStatements(assembly, stage).filter(({ actions }) => actions.includes('iam:PassRole'));
    expect(passing.length).toBe(2);
    for (const { resources, condition } of passing) {
      expect(resources).toEqual([expect.stringMatching(/^<capacity\/DynoExecutionRole/)]);
      expect(condition).toBe('iam:PassedToService StringEquals ecs-tasks.amazonaws.com');
    }
  });

  test.each([
    { role: 'Functionsapi', never: /^(ecs|codebuild|acm|iam|elasticloadbalancing|ec2):/ },
    { role: 'Functionstaskevents', never: /^(ecs|kms:(?!Decrypt)|s3|codebuild|acm|iam|ec2|elasticloadbalancing):/ },
    { role: 'Functionstick', never: /^(ecs:(Run|Register)|iam|codebuild|acm|s3|elasticloadbalancing):?/ },
    { role: 'Functionsbuilds', never: /^(ecs:(Run|Stop)|acm|elasticloadbalancing|ec2):?/ },
    { role: 'Functionscertificates', never: /^(ecs|iam|codebuild|s3|ec2):/ },
    { role: 'Functionsreconcile', never: /^(codebuild|acm|elasticloadbalancing|secretsmanager:Put):?/ },
    { role: 'buildpacksarm64Role', never: /^(?!ecr:|logs:)/ },
    { role: 'dockerfilearm64Role', never: /^(?!ecr:|logs:)/ },
    { role: 'DynoExecutionRole', never: /^(?!ecr:(Batch|Get)|s3:Get|kms:Decrypt$)/ },
    { role: 'MachineRole', never: /^(?!ecs:)/ },
    { role: 'AllTaskTaskRole', never: /^(ecs|iam|codebuild|acm|elasticloadbalancing|ec2|events):/ },
  ])('$role never gets what is another’s', ({ role, never }) => {
    const actions = roleStatements(assembly, SMALL)
      .filter(({ holder }) => holder.startsWith(`<${role}`))
      .flatMap(({ actions }) => actions);
    expect(actions.length).toBeGreaterThan(0);
    expect(actions.filter((action) => never.test(action))).toEqual([]);
  });
});

test('cdk-nag finds nothing but wildcards that have a reason, and no reason is left over', () => {
  const findings = assembly
    .findings()
    .flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => ({ ruleName, constructPath })),
    );
  const used = new Set<string>();
  const left = findings.filter(({ ruleName, constructPath }) => {
    const [, finding = ''] = /^AwsSolutions-IAM5\[(.*)\]$/.exec(ruleName) ?? [];
    const found = WILDCARDS.find((one) => one.finding.test(finding) && one.at.test(constructPath));
    if (found !== undefined) used.add(found.reason);
    return found === undefined;
  });
  expect(left).toEqual([]);
  expect(WILDCARDS.map(({ reason }) => reason).filter((reason) => !used.has(reason))).toEqual([]);
});

describe('data', () => {
  /** Another logical id is another resource: CloudFormation would make an empty one, and drop the full one. */
  const STATEFUL: readonly (readonly [StackName, string, string])[] = [
    ['data', 'AWS::DynamoDB::Table', 'ItemsTable'],
    ['data', 'AWS::ECR::Repository', 'ImagesSlugs'],
    ['data', 'AWS::KMS::Key', 'Key'],
    ['data', 'AWS::S3::Bucket', 'BucketsBlobs'],
    ['data', 'AWS::S3::Bucket', 'BucketsConfig'],
    ['data', 'AWS::SecretsManager::Secret', 'SigningSecret'],
    ['data', 'AWS::SecretsManager::Secret', 'OwnerToken'],
  ];

  test('has logical ids that never change', () => {
    const types = new Set(STATEFUL.map(([, type]) => type));
    const ids = assembly
      .all(SMALL)
      .filter(([, , { Type }]) => types.has(Type) || Type === 'AWS::ElasticLoadBalancingV2::LoadBalancer');
    expect(ids.map(([stack, id]) => `${stack} ${id}`).sort()).toEqual([
      'data BucketsBlobsF94FAD01',
      'data BucketsConfig83E9E70D',
      'data ImagesCaches7216F624',
      'data ImagesSlugs3130C0B8',
      'data ItemsTableE2D1F4C3',
      'data Key961B73FD',
      'data OwnerToken',
      'data SigningSecretCF7EC744',
      'edge LoadBalancerBE9EEC3A',
    ]);
  });

  test.each(STATEFUL)('%s %s %s outlives its stack, unless the stage is one to throw away', (stack, type, prefix) => {
    for (const [stage, policy] of [
      [SMALL, 'Retain'],
      [LARGE, 'Retain'],
      [SPECIAL, 'Delete'],
    ] as const) {
      const found = assembly.all(stage, type).filter(([in_, id]) => in_ === stack && id.startsWith(prefix));
      expect(
        found.map(([, , { DeletionPolicy, UpdateReplacePolicy }]) => [DeletionPolicy, UpdateReplacePolicy]),
      ).toEqual([[policy, policy]]);
    }
  });

  test('is in the data stack only: what another one left would have the name that its next deploy gives', () => {
    for (const stage of [SMALL, LARGE] as const) {
      const kept = assembly
        .all(stage)
        .filter(([stack, , { DeletionPolicy }]) => stack !== 'data' && DeletionPolicy === 'Retain');
      expect(kept.map(([stack, id]) => `${stack} ${id}`)).toEqual([]);
    }
  });

  test('of the table can be restored to any second, and is not deleted by mistake', () => {
    const [[, , { Properties } = { Properties: {} }] = []] = assembly.all(SMALL, 'AWS::DynamoDB::Table');
    expect(Properties).toMatchObject({
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      GlobalSecondaryIndexes: [
        {
          IndexName: 'due',
          KeySchema: [
            { AttributeName: 'dueQueue', KeyType: 'HASH' },
            { AttributeName: 'dueAtMs', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    });
  });

  test.each([
    { stage: SMALL, protectedStacks: ['network', 'data', 'edge'] },
    { stage: SPECIAL, protectedStacks: [] },
  ] as const)('$stage: stacks that cannot be deleted by mistake', ({ stage, protectedStacks }) => {
    const found = STACKS.filter((stack) => assembly.stackProperties(stage, stack).terminationProtection === true);
    expect(found).toEqual(protectedStacks);
  });
});

describe('hardening', () => hardeningTests(() => assembly));
describe.each([
  { about: 'alarms', tests: alarmTests },
  { about: 'what is kept', tests: keepingTests },
  { about: 'messages and events', tests: messageTests },
  { about: 'machines and API', tests: machineAndApiTests },
  { about: 'traffic', tests: trafficTests },
  { about: 'variables', tests: variableTests },
])('$about', ({ tests }) =>
  tests(
    () => small,
    () => large,
  ),
);
describe('operations', () => operationsTests(() => assembly));
describe('permissions', () => {
  const permitted = ({ stacks, at }: Deployed): Permitted => ({ roles: new Roles(stacks), at });
  let ofSmall: Permitted;
  let ofLarge: Permitted;
  beforeAll(() => {
    [ofSmall, ofLarge] = [permitted(small), permitted(large)];
  });

  test('every role is in the tables', () => {
    const names = ({ roles }: Permitted) => roles.all.map(({ name }) => name);
    const told = [...Object.keys(ALLOWED), ...Object.keys(ALLOWED_APART)];
    expect(names(ofSmall).sort()).toEqual(Object.keys(ALLOWED).sort());
    expect(names(ofLarge).filter((name) => !told.includes(name))).toEqual([]);
  });

  permissionTests(() => ofSmall, ALLOWED, REFUSED);
  permissionTests(() => ofLarge, ALLOWED_APART, REFUSED_APART);
});
