import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { clientOf } from '../../contract/aws/client-of.ts';
import { createQueues } from '../../contract/aws/queues.ts';
import { createTable } from '../../contract/aws/table.ts';
import { until } from '../../platform/until.ts';
import { Account } from '../dynos/account.ts';

/** Everything is downloaded from Debian's archive and npm's registry. */
jest.setTimeout(600_000);

const ROOT = path.resolve(__dirname, '../../..');
const BASE = 'dynoform-test:node24';
const IMAGE = 'dynoform-test:services';
const CONTAINER = 'dynoform-test-services';

const run = (file: string, ...args: readonly string[]): string =>
  execFileSync(file, args, {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, DOCKER_BUILDKIT: '1' },
    maxBuffer: 64 << 20,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
const docker = (...args: readonly string[]) => run('docker', ...args);
const inside = (...command: readonly string[]) => docker('run', '--rm', '--network', 'none', IMAGE, ...command).trim();

beforeAll(() => {
  run(path.join(__dirname, 'base-image.sh'), BASE);
  // The network of this machine, whose names a container of its own may not resolve.
  docker(
    'build',
    '--network',
    'host',
    '--build-arg',
    `NODE_IMAGE=${BASE}`,
    '-t',
    IMAGE,
    '-f',
    'services/Dockerfile',
    '.',
  );
});

test.each([
  { what: 'no root', command: ['id', '-un'], answer: 'node' },
  {
    what: 'two bundles and their maps, no packages',
    command: ['ls', '/app'],
    answer: 'router-process.mjs\nrouter-process.mjs.map\nservices.mjs\nservices.mjs.map',
  },
  {
    what: 'no npm packages anywhere',
    command: ['bash', '-c', 'ls /build /app/node_modules 2>/dev/null | wc -l'],
    answer: '0',
  },
])('the image has $what', ({ command, answer }) => {
  expect(inside(...command)).toBe(answer);
});

test('the image has git, which pushes need', () => {
  expect(inside('git', '--version')).toMatch(/^git version 2\./);
});

test('without its environment it ends, and says what is missing', () => {
  let said = '';
  try {
    inside();
  } catch (error) {
    said = String((error as { stdout?: unknown }).stdout);
  }
  expect(said).toContain('DYNOFORM_TABLE is missing; DYNOFORM_BLOBS_BUCKET is missing');
});

describe('in an emulated account, without capabilities and with nothing to write but its volume', () => {
  let account: Account;
  const status = async (target: string) => {
    const answer = await fetch(target).catch(() => undefined);
    return answer?.status;
  };
  const state = (format: string) => docker('inspect', '--format', `{{${format}}}`, CONTAINER).trim();

  beforeAll(async () => {
    account = await Account.open();
    const settings = clientOf(account.endpoint);
    const table = await createTable(account.endpoint);
    const queues = await createQueues(account.endpoint);
    await new S3Client({ ...settings, forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: 'blobs' }));
    const secret = { Name: 'signing', SecretString: 'x'.repeat(64) };
    const { ARN = '' } = await new SecretsManagerClient(settings).send(new CreateSecretCommand(secret));
    const environment = {
      AWS_ENDPOINT_URL: account.endpoint,
      AWS_REGION: settings.region,
      AWS_ACCESS_KEY_ID: settings.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: settings.credentials.secretAccessKey,
      DYNOFORM_TABLE: table.name,
      DYNOFORM_BLOBS_BUCKET: 'blobs',
      DYNOFORM_SIGNING_SECRET_ARN: ARN,
      DYNOFORM_NUDGE_QUEUE_URL: queues.nudgeQueueUrl,
      DYNOFORM_DELAY_QUEUE_URL: queues.delayQueueUrl,
      DYNOFORM_API_URL: 'http://api.test',
      DYNOFORM_SERVICES_URL: 'http://services.test',
    };
    const variables = Object.entries(environment).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
    const limits = ['--read-only', '--cap-drop', 'ALL', '--tmpfs', '/data:uid=1000'];
    docker('run', '--detach', '--name', CONTAINER, '--network', 'host', ...limits, ...variables, IMAGE);
  });
  afterAll(async () => {
    docker('rm', '--force', CONTAINER);
    await account?.close();
  });

  test('it is healthy, also to its own health check', async () => {
    await until('the services to answer', async () => (await status('http://127.0.0.1:5000/health')) === 200);
    await until('the health check to pass', () => state('.State.Health.Status') === 'healthy');
    expect(state('.State.Health.FailingStreak')).toBe('0');
  });

  test('the router knows of no app, and git asks who it is', async () => {
    expect(await status('http://127.0.0.1:8080/')).toBe(404);
    expect(await status('http://127.0.0.1:5000/shop.git/info/refs?service=git-receive-pack')).toBe(401);
  });

  test('told to go, it is unhealthy at once and ends by itself', async () => {
    docker('kill', '--signal', 'SIGTERM', CONTAINER);
    await until('the load balancer to be told', async () => (await status('http://127.0.0.1:5000/health')) === 503);
    await until('the container to end', () => state('.State.Running') === 'false');
    expect(state('.State.ExitCode')).toBe('0');
  });
});
