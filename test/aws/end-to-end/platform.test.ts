import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { Terminal } from '../../cli/terminal.ts';
import { until } from '../../platform/until.ts';
import type { Deployed } from './cdk.ts';
import { Installation } from './installation.ts';

/** The real app, deployed as a user deploys it, and driven with the unmodified Heroku CLI. Steps build on each other. */

/** A cold machine bundles seven functions and installs the CLI. */
jest.setTimeout(300_000);

let installation: Installation;
let terminal: Terminal | undefined;

beforeAll(async () => {
  installation = await Installation.open();
  await installation.emulator.start();
});

afterAll(async () => {
  await installation?.close();
  terminal?.remove();
});

const heroku = async (line: string) => {
  if (terminal === undefined) throw new Error('there is no terminal yet');
  return terminal.ok(`heroku ${line}`);
};

function visit(host: string): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port: 80, headers: { host }, agent: false });
    asked.on('response', async (answer) => resolve({ status: answer.statusCode ?? 0, body: await text(answer) }));
    asked.on('error', reject);
    asked.end();
  });
}

describe('deploying', () => {
  let first: Deployed;

  test('cdk bootstrap and cdk deploy', async () => {
    const bootstrapped = await installation.cdk.bootstrap();
    first = await installation.cdk.deploy();
    const complete = first.output.match(
      /CREATE_COMPLETE +\| AWS::(?!CloudFormation::Stack)\S+|CREATE_COMPLETE +\| Custom::/g,
    );
    process.stderr.write(
      `${complete?.length} resources; bootstrap ${bootstrapped.seconds} s, deploy ${first.seconds} s with bundling\n`,
    );
    expect(first.output.match(/^✅ .*$/gm) ?? []).toHaveLength(8);
  });

  test('a second deploy changes nothing', async () => {
    const again = await installation.cdk.deploy();
    const stacks = again.output.match(/✅.*$/gm) ?? [];
    expect(stacks).toHaveLength(8);
    for (const stack of stacks) expect(stack).toMatch(/\(no changes\)$/);
  });

  test('the token of the owner is in its secret, and nowhere in what the deploy printed', async () => {
    const token = await installation.token();
    expect(token).toMatch(/^HRKU-/);
    expect(first.output).not.toContain(token);
  });

  test('every function starts with the environment that it is given', async () => {
    await installation.openDoors();
    await installation.startServices();
    const names = (await installation.functionNames()).filter((name) => /Functions(?!api|bootstrap)/.test(name));
    expect(names).toHaveLength(5);
    const errors = await Promise.all(names.map((name) => installation.emulator.invoke(name, { Records: [] })));
    expect(errors.filter((error) => error?.includes('environment'))).toEqual([]);
  });
});

describe('the Heroku CLI through the bridge', () => {
  test('connects, and there are no apps', async () => {
    await installation.connect();
    terminal = new Terminal(installation);
    expect(await heroku('apps')).toContain('You have no apps.');
  });

  test('create, apps, config:set, config', async () => {
    await terminal?.ok(
      // A release phase would need a machine.
      'sed -i /^release/d Procfile && git init -q -b main && git config user.email me@example.com && git config user.name Me && git add -A && git commit -qm "First"',
    );
    expect(await heroku('create shop')).toContain('http://shop.localhost/');
    expect(await heroku('apps')).toMatch(/^shop$/m);
    expect(await heroku(`config:set GREETING=$'two\\nlines'`)).toContain('v3');
    expect(await heroku('config:get GREETING')).toBe('two\nlines\n');
  });

  test('what functions log reaches the services, and heroku logs', async () => {
    await until('the log to tell of the release', async () => /app\[api\]: Release v3/.test(await heroku('logs')));
  });

  test('the router tells that there is no such app, and of an app that has nothing to run', async () => {
    expect((await visit('nosuchapp.localhost')).status).toBe(404);
    await until('the router to know of the app', async () => (await visit('shop.localhost')).status === 502);
  });

  test('a push is built by CodeBuild with the buildspec of the project, and released', async () => {
    const output = (await terminal?.ok('git push heroku main')) ?? '';
    expect(output).toContain('[Stand-in of the lifecycle] web, worker');
    expect(output).toMatch(/Released v4/);
    expect(await heroku('releases')).toMatch(/v4 +Deploy/);
  });
});
