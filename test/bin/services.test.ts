import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Background } from '../../adapters/aws/background.ts';
import { listeningKey, probeKey } from '../../adapters/aws/ecs-runtime/task-records.ts';
import { HmacSigner } from '../../adapters/hmac-signer.ts';
import { openSqliteStore } from '../../adapters/local/sqlite-store.ts';
import { readOptions } from '../../bin/services/options.ts';
import { type Services, startServices } from '../../bin/services/start-services.ts';
import type { ManagerMessage } from '../../core/dyno-manager/manager-message.ts';
import { DYNO_LOG_VARIABLE, dynoLogToken } from '../../core/log/dyno-log-token.ts';
import { logSessionUrl } from '../../core/log/log-session.ts';
import type { Platform } from '../../core/platform.ts';
import { problemsTo } from '../problems.ts';
import { eventTime, messageMode } from '../services/logs/forward-protocol.ts';
import { until } from '../services/logs/until.ts';
import { MemoryBlobs } from '../services/outputs/memory-blobs.ts';

const signer = new HmacSigner(Buffer.alloc(32, 7));
const APP = '11111111-1111-4111-8111-111111111111';

let directory: string;
let store: ReturnType<typeof openSqliteStore>;
let services: Services;
let dyno: Server;
let nudged: string[];
let told: Omit<ManagerMessage, 'atMs'>[];
let problems: string[];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'services-'));
  store = openSqliteStore(':memory:');
  nudged = [];
  told = [];
  problems = [];
  dyno = createServer((request, response) => response.end(`from ${request.headers['x-forwarded-for']}`));
  await new Promise<void>((resolve) => dyno.listen(0, '127.0.0.1', resolve));
  const routes = {
    appId: APP,
    appName: 'shop',
    version: 1,
    hosts: ['shop.test'],
    maintenance: false,
    situation: 'serving',
    dynos: [{ name: 'web.1', dynoId: 'd', host: '127.0.0.1', port: portOf(dyno) }],
    sleeps: true,
  };
  await put('routes', APP, routes);
  services = await startServices(
    {
      ...readOptions({ DYNOFORM_TRUSTED_PROXIES: '127.0.0.0/8', DYNOFORM_DATA_DIRECTORY: directory }),
      host: '127.0.0.1',
      ports: { services: 0, router: 0, forward: 0, attach: 0 },
    },
    {
      // The routes of a full poll; polls of changes have their own test.
      store: { ...storeOf(), dueSince: async () => [] },
      blobs: new MemoryBlobs(),
      repositories: { read: async () => ({ kind: 'absent' }), replace: async () => '1' },
      signer,
      passRequests: {
        enqueue: (appId) => void nudged.push(appId),
        tell: async ({ atMs: _, ...message }) => void told.push(message),
      },
      background: new Background(problemsTo(problems)),
      apiUrl: 'http://127.0.0.1:1',
      servicesUrl: 'http://127.0.0.1:1',
      problems: problemsTo(problems),
    },
  );
});

afterEach(async () => {
  await services.stop(0, 0);
  dyno.closeAllConnections();
  dyno.close();
  store.close();
  rmSync(directory, { recursive: true, force: true });
  expect(problems).toEqual([]);
});

const portOf = (server: Server) => (server.address() as AddressInfo).port;
const storeOf = () => ({
  get: store.get.bind(store),
  list: store.list.bind(store),
  transact: store.transact.bind(store),
  due: store.due.bind(store),
});
const put = (partition: string, sort: string, value: unknown) =>
  store.transact([{ kind: 'put', key: { partition, sort }, value, expect: 'any' }]);
const url = (path: string) => `http://127.0.0.1:${services.ports.services}${path}`;

async function visit(headers: readonly string[] = []): Promise<string> {
  const socket = connect(services.ports.router ?? 0, '127.0.0.1');
  const fields = headers.map((header) => `${header}\r\n`).join('');
  socket.write(`GET / HTTP/1.1\r\nHost: shop.test\r\n${fields}Connection: close\r\n\r\n`);
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}

async function logLines(): Promise<string> {
  const clock = { nowMs: Date.now };
  const platform = { signer, clock, urls: { services: url('') } } as unknown as Platform;
  const session = { appId: APP, filter: {}, lines: 100, tail: false };
  return (await fetch(logSessionUrl(platform, session))).text();
}

describe('the services of one task', () => {
  it('route requests, log them, and tell the dyno manager of those for apps that may sleep', async () => {
    expect(await visit(['X-Forwarded-For: 1.2.3.4', 'X-Forwarded-Proto: https'])).toContain('from 1.2.3.4');
    await until(async () => (await logLines()).includes('heroku[router]: at=info method=GET path="/" host=shop.test'));
    await until(() => told.length === 1);
    expect(told).toEqual([{ kind: 'requests', appIds: [APP] }]);
  });

  it('take what dynos print', async () => {
    const token = dynoLogToken(signer, { appId: APP, dynoId: 'd', name: 'web.1' }, Date.now() + 60_000);
    const socket = connect(services.ports.forward ?? 0, '127.0.0.1');
    socket.end(messageMode(eventTime(Date.now()), { log: 'hello', [DYNO_LOG_VARIABLE]: token }));
    await until(async () => (await logLines()).includes('app[web.1]:'));
    expect(await logLines()).toContain('app[web.1]: hello');
  });

  it('find out that a dyno listens, note it and have its app looked at', async () => {
    const task = { appId: APP, dynoId: 'd', attempt: 1, type: 'web' };
    const { partition, sort } = probeKey(task);
    await put(partition, sort, { appId: APP, dynoId: 'd', attempt: 1, host: '127.0.0.1', port: portOf(dyno) });
    await until(() => nudged.includes(APP));
    expect(await store.get(listeningKey(task))).toBeDefined();
    expect(await store.list({ partition, prefix: '' })).toEqual([]);
  });

  it('are healthy until they are told to go, and then still serve', async () => {
    expect((await fetch(url('/health'))).status).toBe(200);
    const stopped = services.stop(500, 0);
    expect((await fetch(url('/health'))).status).toBe(503);
    expect(await visit()).toContain('HTTP/1.1 200');
    await stopped;
    const refused = connect(services.ports.router ?? 0, '127.0.0.1');
    await expect(once(refused, 'connect')).rejects.toThrow('ECONNREFUSED');
  });

  it('tell their health on no port but their own: on the router’s it is a path of an app', async () => {
    const asked = await fetch(`http://127.0.0.1:${services.ports.router}/health`);
    expect(asked.status).toBe(404);
    expect(await asked.text()).not.toBe('ok\n');
  });

  test.each([{ path: '/' }, { path: '/health/x' }, { path: '/apps' }])('know nothing of $path', async ({ path }) => {
    expect((await fetch(url(path))).status).toBe(404);
  });
});

test.each([{ value: 'router,lgos' }, { value: '' }, { value: ' , ' }])('roles «$value» are refused', ({ value }) => {
  expect(() => readOptions({ DYNOFORM_SERVICES: value })).toThrow('DYNOFORM_SERVICES');
});
