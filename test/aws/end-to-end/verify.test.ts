import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { Background } from './background.ts';
import { Installation } from './installation.ts';
import { CUSTOM_DOMAIN, DOMAIN } from './stage.config.ts';

/** `npm run verify:aws` as far as an emulated account allows: it tests the program, not AWS. */

jest.setTimeout(600_000);

let installation: Installation;
const home = mkdtempSync(path.join(tmpdir(), 'dynoform-home-'));

beforeAll(async () => {
  // test/aws/recorded records only the session of platform.test.ts.
  delete process.env.EMULATOR_RECORDING;
  installation = await Installation.open();
  await installation.emulator.start();
  await installation.cdk.bootstrap();
});

afterAll(async () => {
  await installation?.close();
  rmSync(home, { recursive: true, force: true });
});

function verify(...args: string[]): Background {
  return new Background('verify:aws', ['npm', 'run', '-s', 'verify:aws', '--', ...args], {
    ...installation.emulator.environment,
    ...installation.trust,
    // The CDK caches accounts by access key there.
    HOME: home,
    CDK_DISABLE_CLI_TELEMETRY: '1',
    CDK_DOCKER: `${__dirname}/docker-stand-in.sh`,
    NODE_NO_WARNINGS: '1',
  });
}

async function stacks(): Promise<string[]> {
  const { Stacks = [] } = await new CloudFormationClient(installation.emulator.client).send(
    new DescribeStacksCommand({}),
  );
  return Stacks.flatMap(({ StackName }) => (StackName?.startsWith('dynoform-') ? [StackName] : []));
}

test.each<{ name: string; args: string[]; output: string }>([
  {
    name: 'a check that is not there',
    args: ['--only', 'everything'],
    output: '--only: no check is called "everything"',
  },
  { name: 'nobody who could confirm the costs', args: [], output: 'Nothing was done.' },
])('refuses $name', async ({ args, output }) => {
  const run = verify(...args);
  expect({ code: await run.exitCode(), output: run.output }).toEqual({
    code: 1,
    output: expect.stringContaining(output),
  });
  expect(await stacks()).toEqual([]);
});

test('interrupted, it takes down what was deployed', async () => {
  const run = verify('--yes', '--domain', DOMAIN);
  await run.ready(() => run.output.includes('waiting for API and services'), 300_000);
  await run.stop('SIGINT', 300_000);
  await run.exitCode();
  expect(run.output).toContain('interrupted (SIGINT)');
  expect(run.output).not.toContain('could not be deleted');
  expect(await stacks()).toEqual([]);
});

test('deploys, says of each check how it stands, and leaves nothing', async () => {
  const run = verify('--yes', '--domain', DOMAIN, '--custom-domain', CUSTOM_DOMAIN);
  await run.ready(() => /waiting for API and services/.test(run.output), 300_000);
  await installation.openDoors();
  await installation.startServices();
  const code = await run.exitCode(400_000);

  process.stderr.write(run.output.slice(run.output.indexOf('waiting for API')));
  const lines = [...run.output.matchAll(/^(PROVEN|REFUTED|unproven) +([a-z]+): (.*)$/gm)];
  expect(lines.map(([, verdict, name]) => `${name}: ${verdict}`)).toEqual([
    'tags: PROVEN',
    // The emulator's IAM allows everything.
    'grants: REFUTED',
    'tick: PROVEN',
    // The lifecycle is a stand-in.
    'build: unproven',
    'images: PROVEN',
    'serving: PROVEN',
    'placement: unproven',
    'logs: PROVEN',
    'terminal: PROVEN',
    'idle: PROVEN',
    // Tasks have no network interfaces.
    'dedicated: REFUTED',
    'git: PROVEN',
    'certificate: PROVEN',
    // There is one machine, and it is in no group.
    'machines: unproven',
  ]);
  expect(code).toBe(1);
  expect(await stacks()).toEqual([]);
});
