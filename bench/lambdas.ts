/** Sizes of the functions' bundles, and how long the API takes from a cold start to its first answer: `npm run bench:lambdas`. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { mayRun } from '../bin/no-options.ts';
import { median, ms, row } from './figures.ts';
import { openStandIn } from './lambdas/aws-stand-in.ts';
import { bundle, functionNames, ROOT } from './lambdas/bundle.ts';

const run = promisify(execFile);

const API_BYTES_MAX = 1.5 * 1024 * 1024;
/** docs/decisions/0025 explains why the baseline is not an empty function. */
const RATIO_MAX: Readonly<Record<string, number>> = { 'same-stack': 1.5, sdk: 1.75 };
const ROUNDS = 25;
const PARTS_SHOWN = 5;

const EVENT = {
  version: '2.0',
  routeKey: '$default',
  rawPath: '/account',
  rawQueryString: '',
  headers: { authorization: 'Bearer HRKU-none', accept: 'application/vnd.heroku+json; version=3' },
  requestContext: { domainName: 'api.example.com', http: { method: 'GET', path: '/account', sourceIp: '192.0.2.1' } },
  isBase64Encoded: false,
};

async function main(): Promise<boolean> {
  const directory = mkdtempSync(path.join(tmpdir(), 'lambdas-'));
  const standIn = await openStandIn();
  try {
    const apiBytes = sizes(directory);
    const isQuick = await firstAnswer(directory, standIn.url);
    return apiBytes <= API_BYTES_MAX && isQuick;
  } finally {
    standIn.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

function sizes(directory: string): number {
  let apiBytes = 0;
  for (const name of functionNames()) {
    const { bytes, firstBytes, parts } = bundle(`lambdas/${name}/index.ts`, path.join(directory, name));
    if (name === 'api') apiBytes = bytes;
    const largest = [...parts].sort((left, right) => right[1] - left[1]).slice(0, PARTS_SHOWN);
    const told = largest.map(([part, size]) => `${part} ${kib(size)}`).join(', ');
    console.log(`${name.padEnd(16)}${kib(bytes).padEnd(12)}at start ${kib(firstBytes).padEnd(12)}${told}`);
  }
  return apiBytes;
}

/** Baselines for the API, from an empty function to the least that Lambda needs for an API that authenticates. */
const FLOORS = ['empty', 'one-request', 'framework', 'sdk', 'same-stack'] as const;

async function firstAnswer(directory: string, endpoint: string): Promise<boolean> {
  const files = new Map([['api', path.join(directory, 'api', 'index.mjs')]]);
  for (const floor of FLOORS) {
    bundle(`bench/lambdas/floors/${floor}.ts`, path.join(directory, floor));
    files.set(floor, path.join(directory, floor, 'index.mjs'));
  }
  const answers = new Map<string, Answer[]>([...files.keys()].map((name) => [name, []]));
  // In turns, so that other load on the machine affects all of them.
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, file] of files) answers.get(name)?.push(await once(file, endpoint));
  }
  const of = (name: string, measure: (answer: Answer) => number) => median((answers.get(name) ?? []).map(measure));
  const tell = (what: string, measure: (answer: Answer) => number): boolean => {
    const api = of('api', measure);
    const ratios = FLOORS.map((floor) => {
      const least = of(floor, measure);
      const max = RATIO_MAX[floor];
      const target = max === undefined ? '' : `≤ ${max}`;
      row(`API: start to answer, ${what}`, ms(api), `${floor} ${ms(least)}`, (api / least).toFixed(2), target);
      return max === undefined || api / least <= max;
    });
    return !ratios.includes(false);
  };
  tell('wall', ({ sinceStartMs }) => sinceStartMs);
  return tell('processor', ({ cpuMs }) => cpuMs);
}

interface Answer {
  /** From the start of the process, which is part of a cold start. */
  readonly sinceStartMs: number;
  readonly cpuMs: number;
}

async function once(file: string, endpoint: string): Promise<Answer> {
  const program = path.join(ROOT, 'bench/lambdas/first-answer.mjs');
  const { stdout } = await run(process.execPath, [program, file, JSON.stringify(EVENT)], {
    env: { ...environment(endpoint), PATH: process.env.PATH },
  });
  const answer = JSON.parse(stdout) as Answer & { readonly status: number };
  if (answer.status !== 401) throw new Error(`${file} answered ${answer.status}`);
  return answer;
}

function environment(endpoint: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'none',
    AWS_SECRET_ACCESS_KEY: 'none',
    DYNOFORM_STAGE: 'bench',
    DYNOFORM_TABLE: 'items',
    DYNOFORM_SIGNING_SECRET_ARN: 'secret',
    DYNOFORM_NUDGE_QUEUE_URL: `${endpoint}/nudge`,
    DYNOFORM_DELAY_QUEUE_URL: `${endpoint}/delay`,
    DYNOFORM_BUILD_QUEUE_URL: `${endpoint}/build`,
    DYNOFORM_EVENT_BUS: 'events',
    DYNOFORM_SERVICES_URL: endpoint,
    DYNOFORM_API_URL: endpoint,
    DYNOFORM_APPS_DOMAIN: 'apps.example.com',
    DYNOFORM_KEY_ARN: 'key',
    DYNOFORM_BLOBS_BUCKET: 'blobs',
    DYNOFORM_ECO_HOURS: 'unlimited',
  };
}

const kib = (bytes: number): string => `${Math.round(bytes / 1024)} KiB`;

const HELP =
  'Usage: npm run bench:lambdas. Sizes of the functions, and how long the API takes from a cold start; a minute.\n';

if (mayRun(process.argv.slice(2), HELP) && !(await main())) process.exitCode = 1;
