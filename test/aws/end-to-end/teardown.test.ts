import { ACMClient, ListCertificatesCommand, RequestCertificateCommand } from '@aws-sdk/client-acm';
import { CloudFormationClient, DescribeStacksCommand, ListStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient, CreateLogGroupCommand, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import {
  DescribeClustersCommand,
  ECSClient,
  ListTaskDefinitionFamiliesCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
} from '@aws-sdk/client-ecs';
import {
  AddListenerCertificatesCommand,
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { ListBucketsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ListSecretsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { until } from '../../platform/until.ts';
import { Background } from './background.ts';
import { REGION } from './emulator.ts';
import { Installation } from './installation.ts';

/** `npm run teardown` on a deployed platform whose data outlives its stacks. Steps build on each other. */

jest.setTimeout(300_000);

const CONFIG = 'teardown.config.ts';
const STACKS = ['network', 'data', 'edge', 'capacity', 'build', 'control', 'services', 'observability'];
const APP = '0b1f3c52-7a52-4d0c-9a4e-3f5d8e2f7a10';
/** Belongs to another stage whose name begins alike. */
const NEIGHBOR = `dynoform-down-dyno-dyno-${APP}`;

let installation: Installation;
let clients: ReturnType<typeof open>;
let keyId = '';

function open(endpoint: string) {
  const settings = { endpoint, region: REGION, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  return {
    acm: new ACMClient(settings),
    balancer: new ElasticLoadBalancingV2Client(settings),
    cloudFormation: new CloudFormationClient(settings),
    dynamo: new DynamoDBClient(settings),
    ecs: new ECSClient(settings),
    kms: new KMSClient(settings),
    lambda: new LambdaClient(settings),
    logs: new CloudWatchLogsClient(settings),
    s3: new S3Client({ ...settings, forcePathStyle: true }),
    secrets: new SecretsManagerClient(settings),
  };
}

beforeAll(async () => {
  // test/aws/recorded records only the session of platform.test.ts.
  delete process.env.EMULATOR_RECORDING;
  installation = await Installation.open();
  await installation.emulator.start();
  clients = open(installation.emulator.url);
  await installation.cdk.bootstrap();
  await installation.cdk.deploy(CONFIG);
});

afterAll(() => installation?.close());

function teardown(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Background {
  return new Background('teardown', ['npm', 'run', '-s', 'teardown', '--', ...args], {
    ...installation.emulator.environment,
    DYNOFORM_CONFIG: `${__dirname}/${CONFIG}`,
    NODE_NO_WARNINGS: '1',
    ...environment,
  });
}

async function done(run: Background): Promise<{ readonly code: number | null; readonly output: string }> {
  return { code: await run.exitCode(), output: run.output };
}

async function stacks(): Promise<string[]> {
  const { Stacks = [] } = await clients.cloudFormation.send(new DescribeStacksCommand({}));
  const prefix = `dynoform-down-${REGION}-`;
  return Stacks.flatMap(({ StackName = '' }) => (StackName.startsWith(prefix) ? [StackName.slice(prefix.length)] : []));
}

async function resource(stack: string, type: string): Promise<string> {
  const { StackResourceSummaries = [] } = await clients.cloudFormation.send(
    new ListStackResourcesCommand({ StackName: `dynoform-down-${REGION}-${stack}` }),
  );
  const id = StackResourceSummaries.find(({ ResourceType }) => ResourceType === type)?.PhysicalResourceId;
  if (id === undefined) throw new Error(`no ${type} in ${stack}`);
  return id;
}

/** What is left, by name, without the CDK's own stack. */
async function left() {
  const { acm, balancer, dynamo, ecs, lambda, logs, s3, secrets } = clients;
  const ours = (names: readonly (string | undefined)[] | undefined) =>
    (names ?? []).filter((name) => name?.toLowerCase().includes('dynoform'));
  return {
    stacks: await stacks(),
    buckets: ours((await s3.send(new ListBucketsCommand({}))).Buckets?.map(({ Name }) => Name)).length,
    tables: ours((await dynamo.send(new ListTablesCommand({}))).TableNames).length,
    secrets: ours((await secrets.send(new ListSecretsCommand({}))).SecretList?.map(({ Name }) => Name)).length,
    functions: ours((await lambda.send(new ListFunctionsCommand({}))).Functions?.map((one) => one.FunctionName)).length,
    balancers: (await balancer.send(new DescribeLoadBalancersCommand({}))).LoadBalancers?.length,
    certificates: (await acm.send(new ListCertificatesCommand({}))).CertificateSummaryList?.map(
      (one) => one.DomainName,
    ),
    families: (await ecs.send(new ListTaskDefinitionFamiliesCommand({ status: 'ACTIVE' }))).families?.filter((family) =>
      family.includes('-dyno-'),
    ),
    logGroups: (await logs.send(new DescribeLogGroupsCommand({}))).logGroups?.map((one) => one.logGroupName).sort(),
  };
}

describe('what no stack knows of', () => {
  test('task definitions, a dyno, certificates, objects and logs are made while the platform runs', async () => {
    const { acm, balancer, ecs, logs, s3 } = clients;
    for (const family of [`dynoform-down-dyno-${APP}`, NEIGHBOR]) {
      const containerDefinitions = [{ name: 'dyno', image: 'none', memory: 128 }];
      await ecs.send(new RegisterTaskDefinitionCommand({ family, containerDefinitions }));
    }
    const cluster = await resource('capacity', 'AWS::ECS::Cluster');
    const group = `app/${APP}/web`;
    await ecs.send(new RunTaskCommand({ cluster, taskDefinition: `dynoform-down-dyno-${APP}`, group }));
    const { clusters } = await ecs.send(new DescribeClustersCommand({ clusters: [cluster] }));
    expect(clusters).toHaveLength(1);

    for (const [DomainName, stage] of [
      ['shop.example.com', 'down'],
      ['neighbor.example.com', 'another'],
    ] as const) {
      const Tags = [{ Key: 'dynoform:stage', Value: stage }];
      const { CertificateArn } = await acm.send(new RequestCertificateCommand({ DomainName, Tags }));
      if (stage !== 'down') continue;
      const LoadBalancerArn = await resource('edge', 'AWS::ElasticLoadBalancingV2::LoadBalancer');
      const { Listeners } = await balancer.send(new DescribeListenersCommand({ LoadBalancerArn }));
      const ListenerArn = Listeners?.find(({ Protocol }) => Protocol === 'HTTPS')?.ListenerArn;
      await balancer.send(new AddListenerCertificatesCommand({ ListenerArn, Certificates: [{ CertificateArn }] }));
    }

    const Bucket = await resource('data', 'AWS::S3::Bucket');
    for (const Key of ['sources/1', 'sources/2']) await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
    const logGroupName = `/aws/lambda/${await resource('control', 'AWS::Lambda::Function')}`;
    await logs.send(new CreateLogGroupCommand({ logGroupName }));
    keyId = await resource('data', 'AWS::KMS::Key');
  });
});

describe('npm run teardown', () => {
  test.each<{ name: string; args: readonly string[]; environment?: Record<string, string>; output: string }>([
    { name: 'a stage that is not there', args: ['dawn', '--yes', 'dawn'], output: 'stages: none is called "dawn"' },
    {
      name: 'a region that the stage does not have',
      args: ['down', '--yes', 'down', '--region', 'eu-west-1'],
      output: 'stages[0].regions: "eu-west-1" is none of us-east-1',
    },
    {
      name: 'credentials of another account',
      args: ['down', '--yes', 'down'],
      environment: { AWS_ACCESS_KEY_ID: '111111111111' },
      output: 'stages[0].account: it is 000000000000, but these credentials are for 111111111111',
    },
    { name: 'nobody who could confirm', args: ['down'], output: 'Nothing was done. Type the name of the stage' },
  ])('refuses $name', async ({ args, environment, output }) => {
    const ended = await done(teardown(args, environment));
    expect(ended).toEqual({ code: 1, output: expect.stringContaining(output) });
    expect((await stacks()).sort()).toEqual([...STACKS].sort());
  });

  test('--dry-run says what it would do, and does nothing', async () => {
    const before = await left();
    const { code, output } = await done(teardown(['down', '--data', '--dry-run']));
    expect(code).toBe(0);
    expect(output).toContain('detach and delete 1 certificate of custom domains');
    expect(output).toMatch(/delete the stack \S+-network[\s\S]*delete the stack \S+-data/);
    expect(await left()).toEqual(before);
  });

  test('killed in the middle, the next run goes on, and keeps the data', async () => {
    const killed = teardown(['down', '--yes', 'down']);
    await until('it to delete stacks', () => /^\[\d+\/\d+\] delete the stack \S+-services$/m.test(killed.output));
    await killed.stop('SIGKILL');
    const halfway = await stacks();
    expect(halfway).not.toContain('observability');
    expect(halfway).toContain('network');

    const { code, output } = await done(teardown(['down', '--yes', 'down']));
    expect({ code, output }).toEqual({ code: 0, output: expect.stringMatching(/kept: \S+-data, with table, buckets/) });
    expect(await left()).toEqual({
      stacks: ['data'],
      buckets: 2,
      tables: 1,
      secrets: 2,
      functions: 0,
      balancers: 0,
      certificates: ['neighbor.example.com'],
      families: [NEIGHBOR],
      logGroups: expect.arrayContaining(['/dynoform/down/api', '/dynoform/down/services']),
    });
  });

  test('--data removes the rest, killed in the middle as well', async () => {
    const killed = teardown(['down', '--data', '--yes', 'down']);
    await until('it to remove data', () => /^\[\d+\/\d+\] delete permanently/m.test(killed.output));
    await killed.stop('SIGKILL');

    const { code, output } = await done(teardown(['down', '--data', '--yes', 'down']));
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('down was removed from us-east-1.') });
    expect(await left()).toEqual({
      stacks: [],
      buckets: 0,
      tables: 0,
      secrets: 0,
      functions: 0,
      balancers: 0,
      certificates: ['neighbor.example.com'],
      families: [NEIGHBOR],
      logGroups: [],
    });
    const { KeyMetadata } = await clients.kms.send(new DescribeKeyCommand({ KeyId: keyId }));
    expect(KeyMetadata?.KeyState).toBe('PendingDeletion');
  });

  test('with nothing left there is nothing to do', async () => {
    const { code, output } = await done(teardown(['down', '--data', '--yes', 'down']));
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('There is nothing to take down.') });
  });
});
