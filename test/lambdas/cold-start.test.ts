import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openStandIn } from '../../bench/lambdas/aws-stand-in.ts';
import { bundleFunction } from '../../lib/control/bundle-function.ts';
import { httpEvent } from './api/gateway.ts';

const run = promisify(execFile);

/** Node loads its whole browser-like HTTP client for the first `Request`, and Node 24 also for `import 'node:http'`. */
const PROGRAM = `
const [, , bundle, ...events] = process.argv;
const { handler } = await import(bundle);
const seen = [];
for (const event of events) {
  const { statusCode } = await handler(JSON.parse(event), {});
  const loaded = process.moduleLoadList.some((name) => name.includes('deps/undici'));
  seen.push({ statusCode, loaded });
}
process.stdout.write(JSON.stringify(seen));
process.exit(0);
`;

let directory: string;
let standIn: Awaited<ReturnType<typeof openStandIn>>;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'cold-'));
  writeFileSync(join(directory, 'program.mjs'), PROGRAM);
  bundleFunction('lambdas/api/index.ts', directory);
  standIn = await openStandIn();
});
afterAll(() => {
  standIn.close();
  rmSync(directory, { recursive: true, force: true });
});

const environment = () => ({
  PATH: process.env.PATH,
  AWS_ENDPOINT_URL: standIn.url,
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'none',
  AWS_SECRET_ACCESS_KEY: 'none',
  DYNOFORM_STAGE: 'test',
  DYNOFORM_TABLE: 'items',
  DYNOFORM_SIGNING_SECRET_ARN: 'secret',
  DYNOFORM_NUDGE_QUEUE_URL: `${standIn.url}/nudge`,
  DYNOFORM_DELAY_QUEUE_URL: `${standIn.url}/delay`,
  DYNOFORM_BUILD_QUEUE_URL: `${standIn.url}/build`,
  DYNOFORM_EVENT_BUS: 'events',
  DYNOFORM_SERVICES_URL: standIn.url,
  DYNOFORM_API_URL: standIn.url,
  DYNOFORM_APPS_DOMAIN: 'apps.example.com',
  DYNOFORM_KEY_ARN: 'key',
  DYNOFORM_BLOBS_BUCKET: 'blobs',
  DYNOFORM_ECO_HOURS: 'unlimited',
});

test('the bundle that is deployed answers, and loads no HTTP client that a GET does not need', async () => {
  const headers = { authorization: 'Bearer HRKU-none' };
  const events = [httpEvent('GET', '/account', { headers }), httpEvent('POST', '/apps', { headers, body: '{}' })];
  const program = join(directory, 'program.mjs');
  const argv = [program, join(directory, 'index.mjs'), ...events.map((event) => JSON.stringify(event))];
  const { stdout } = await run(process.execPath, argv, { env: environment() });
  expect(JSON.parse(stdout)).toMatchObject([
    { statusCode: 401, loaded: false },
    { statusCode: 401, loaded: true },
  ]);
});
