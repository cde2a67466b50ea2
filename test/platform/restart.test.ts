import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiClient } from './api-client.ts';
import { PlatformProcess } from './platform-process.ts';

/** What visitors of a live app meet while its platform is stopped and started again. */
jest.setTimeout(180_000);

const platform = new PlatformProcess();
const api = new ApiClient(platform);

/** Where the app notes each request that reaches it. */
const directory = mkdtempSync(join(tmpdir(), 'dynoform-restart-'));
const SEEN = join(directory, 'seen');

/** Notes the request, answers after 20 ms, `/slow` after two seconds, and dies of SIGTERM at once, as most programs do. */
const APP = {
  Procfile: 'web: exec node web.js\n',
  'web.js': `
require('node:http')
  .createServer((request, response) => {
    require('node:fs').appendFileSync(process.env.SEEN, request.url + '\\n');
    setTimeout(() => response.end('ok'), request.url === '/slow' ? 2000 : 20);
  })
  .listen(Number(process.env.PORT));
`,
};

beforeAll(async () => {
  await platform.start('--no-demo');
  await api.call('POST', '/apps', { name: 'live' });
  await api.call('PATCH', '/apps/live/config-vars', { SEEN });
  await api.deploy('live', APP);
  await api.scale('live', { web: 2 });
  await api.dynosUp('live', 2);
});
afterAll(async () => {
  await platform.stop();
  platform.remove();
  rmSync(directory, { recursive: true });
});

/** The status, or the reason why there is none. */
function visit(target = '/'): Promise<string> {
  return new Promise((resolve) => {
    const host = `live.localhost:${platform.routerPort}`;
    const options = { host: '127.0.0.1', port: platform.routerPort, path: target, headers: { host }, agent: false };
    get(options, (response) => {
      response.resume();
      response.on('end', () => resolve(String(response.statusCode)));
      response.on('error', (error: NodeJS.ErrnoException) => resolve(`cut off: ${error.code}`));
    }).on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

let visits = 0;

async function visitOnce(): Promise<string> {
  const target = `/${visits++}`;
  const answer = await visit(target);
  // The kernel resets what arrives between the last accept and the end of the socket: no process has seen it.
  if (answer !== 'ECONNRESET') return answer;
  return readFileSync(SEEN, 'utf8').split('\n').includes(target) ? `${answer} after the app had it` : 'never accepted';
}

/** Visits every 10 ms until it is over; how often each answer was seen. */
async function visitDuring(work: () => Promise<unknown>): Promise<Record<string, number>> {
  const visits: Promise<string>[] = [];
  const timer = setInterval(() => visits.push(visitOnce()), 10);
  await sleep(300);
  await work();
  await sleep(300);
  clearInterval(timer);
  const seen: Record<string, number> = {};
  for (const answer of await Promise.all(visits)) seen[answer] = (seen[answer] ?? 0) + 1;
  return seen;
}

test('a restart of the platform never answers that my live app is not there, and cuts no request off', async () => {
  for (let round = 0; round < 3; round += 1) {
    const seen = await visitDuring(async () => {
      platform.signal('SIGINT');
      await platform.ended();
      await platform.start();
      await api.dynosUp('live', 2);
    });
    // Nobody listens for a moment: the next start makes the socket anew.
    const { 200: answered = 0, ECONNREFUSED: refused = 0, 'never accepted': _unaccepted, ...others } = seen;
    expect(others).toEqual({});
    expect(answered).toBeGreaterThan(20);
    expect(refused).toBeGreaterThan(0);
  }
});

test('a request that takes two seconds is answered, though its dyno would end at once', async () => {
  const slow = visit('/slow');
  await sleep(300);
  platform.signal('SIGINT');
  expect(await slow).toBe('200');
  expect(await platform.ended()).toBe(0);
  await platform.start();
  await api.dynosUp('live', 2);
});

test('a second Ctrl-C does not wait for the request', async () => {
  const slow = visit('/slow');
  await sleep(300);
  platform.signal('SIGINT');
  await sleep(600);
  platform.signal('SIGINT');
  expect(await slow).not.toBe('200');
  expect(await platform.ended()).toBe(0);
});
