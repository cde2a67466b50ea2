import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { WebSocket } from 'ws';
import { createForwardIntake, type ForwardIntake } from '../../../services/logs/forward-intake.ts';
import { type AttachPort, createAttachPort } from '../../../services/rendezvous/attach-port.ts';
import { chunks } from '../../api/deploy.ts';
import { IGNORED_PROBLEMS } from '../../problems.ts';
import { messageMode } from '../logs/forward-protocol.ts';
import { until } from '../logs/until.ts';
import { type DoorFixture, openDoorFixture } from './door-fixture.ts';

jest.setTimeout(60_000);

/** What the tokens in URLs, and those of functions and dynos, are signed for. */
const PURPOSES: readonly string[] = [
  ...['blob-GET', 'blob-PUT', 'output', 'output-append', 'logs', 'log-intake', 'rendezvous', 'attach', 'dyno-log'],
];

let fixture: DoorFixture;
let forward: ForwardIntake;
let forwardPort: number;
let waiting: AttachPort;
let waitingPort: number;
let dynos = 0;

beforeAll(async () => {
  fixture = await openDoorFixture();
  const { platform } = fixture;
  const now = platform.clock.nowMs;
  const logs = { append: (more: readonly unknown[]) => void fixture.lines.push(...(more as never[])) };
  forward = createForwardIntake({
    ...{ signer: platform.signer, logs, outputs: platform.outputs, now, problems: IGNORED_PROBLEMS },
  });
  forwardPort = await forward.listen(0, '127.0.0.1');
  waiting = createAttachPort({ signer: platform.signer, now, attached: () => undefined, left: () => undefined });
  waitingPort = await waiting.listen(0, '127.0.0.1');
  await platform.blobs.put('thing', chunks(Buffer.from('content')), 1_000);
});
afterAll(async () => {
  await Promise.all([forward.close(), waiting.close()]);
  await fixture.closeAll();
});

/** A payload that its own door understands; each is for a dyno of its own, because some doors open once. */
const payloadOf = (purpose: string, dynoId: string): string => {
  if (purpose.startsWith('blob')) return 'thing';
  if (purpose === 'logs') return JSON.stringify({ appId: 'app', filter: {}, lines: 1, tail: false });
  if (purpose === 'attach') return `app/${dynoId}/1`;
  if (purpose === 'rendezvous') return `app/${dynoId}`;
  if (purpose === 'dyno-log') return JSON.stringify(['app', dynoId, 'web.1']);
  return purpose === 'log-intake' ? '' : `stream-${dynoId}`;
};

async function http(entry: 'direct' | 'services', method: string, path: string, token?: string): Promise<boolean> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const { status } = await fixture[entry].request(method, path, headers, method === 'GET' ? '' : 'x');
  if (![200, 204, 401, 403].includes(status)) throw new Error(`${method} ${path}: ${status}`);
  return status < 300;
}

/** Each door, tried with one token: whether it opens. */
const TRY: Readonly<Record<string, (token: string, dynoId: string) => Promise<boolean>>> = {
  'GET /blobs': (token) => http('direct', 'GET', `/blobs/${token}`),
  'PUT /blobs': (token) => http('direct', 'PUT', `/blobs/${token}`),
  'GET /streams': async (token, dynoId) => {
    fixture.platform.outputs.append(`stream-${dynoId}`, 'x');
    await fixture.platform.outputs.end(`stream-${dynoId}`);
    return http('direct', 'GET', `/streams/${token}`);
  },
  'POST /streams': (token) => http('services', 'POST', `/streams/${token}`),
  'GET /logs': (token) => http('direct', 'GET', `/logs/${token}`),
  'POST /intake': (token) => http('services', 'POST', '/intake', token),
  'rendezvous over TLS': async (token) => (await fixture.direct.rendezvous(token)).startsWith('rendezvous\r\n'),
  'rendezvous over a WebSocket': async (token) => {
    const socket = new WebSocket(`ws://127.0.0.1:${fixture.direct.port}/rendezvous`);
    let said = '';
    socket.on('message', (data) => {
      said += String(data);
    });
    socket.on('error', () => socket.terminate());
    socket.on('open', () => socket.send(`${token}\r\n`));
    await new Promise((resolve) => socket.on('close', resolve));
    return said.startsWith('rendezvous\r\n');
  },
  'the port of waiting dynos': async (token, dynoId) => {
    const socket = connect(waitingPort, '127.0.0.1');
    const said = text(socket).catch(() => '');
    socket.write(`${token}\n`);
    let dyno: ReturnType<AttachPort['attach']>;
    await until(() => {
      dyno = waiting.attach('app', dynoId);
      return dyno !== undefined || socket.closed;
    });
    dyno?.end();
    return (await said) === 'attached\n';
  },
  'the port of log records': async (token) => {
    const before = fixture.lines.length;
    const socket = connect(forwardPort, '127.0.0.1');
    const record = { log: 'line', DYNOFORM_LOG_TOKEN: token };
    socket.write(messageMode(fixture.clock.nowMs() / 1_000, record, { chunk: 'c' }));
    // Its acknowledgement means that the record was handled.
    await new Promise((resolve) => socket.once('data', resolve));
    socket.destroy();
    return fixture.lines.length > before;
  },
};

async function opened(
  tokenFor: (purpose: string, dynoId: string) => string,
): Promise<Record<string, readonly string[]>> {
  const seen: Record<string, string[]> = {};
  for (const purpose of PURPOSES) {
    seen[purpose] = [];
    for (const [door, open] of Object.entries(TRY)) {
      dynos += 1;
      const dynoId = `dyno-${dynos}`;
      if (await open(tokenFor(purpose, dynoId), dynoId)) seen[purpose]?.push(door);
    }
  }
  return seen;
}

const sign = (purpose: string, dynoId: string, forMs: number) =>
  fixture.platform.signer.sign(purpose, payloadOf(purpose, dynoId), fixture.clock.nowMs() + forMs);

test('a URL opens what it was made for, and nothing else', async () => {
  expect(await opened((purpose, dynoId) => sign(purpose, dynoId, 60_000))).toEqual({
    'blob-GET': ['GET /blobs'],
    'blob-PUT': ['PUT /blobs'],
    output: ['GET /streams'],
    'output-append': ['POST /streams'],
    logs: ['GET /logs'],
    'log-intake': ['POST /intake'],
    rendezvous: ['rendezvous over TLS', 'rendezvous over a WebSocket'],
    attach: ['the port of waiting dynos'],
    'dyno-log': ['the port of log records'],
  });
});

const NOTHING = Object.fromEntries(PURPOSES.map((purpose) => [purpose, []]));

test('a URL that has expired opens nothing', async () => {
  expect(await opened((purpose, dynoId) => sign(purpose, dynoId, 0))).toEqual(NOTHING);
});

test('a URL for one thing, changed to name another, opens nothing', async () => {
  const forged = (purpose: string, dynoId: string) => {
    const [body = '', signature] = sign(purpose, 'another', 60_000).split('.');
    const changed = Buffer.from(body, 'base64url')
      .toString()
      .replace(/ .*$/s, ` ${payloadOf(purpose, dynoId)}x`);
    return `${Buffer.from(changed).toString('base64url')}.${signature}`;
  };
  expect(await opened(forged)).toEqual(NOTHING);
});

test('a token of the API opens no door of URLs', async () => {
  const { token } = await fixture.principal('owner@example.com');
  expect(await opened(() => token)).toEqual(NOTHING);
});
