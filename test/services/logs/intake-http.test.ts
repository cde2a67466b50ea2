import { once } from 'node:events';
import http, { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HmacSigner } from '../../../adapters/hmac-signer.ts';
import type { LogLine } from '../../../core/records/log-line.ts';
import { createIntakeHttp, INTAKE_PURPOSE } from '../../../services/logs/intake-http.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const signer = new HmacSigner(Buffer.alloc(32, 7));
const line: LogLine = { appId: 'a', atMs: NOW, source: 'heroku', process: 'router', message: 'at=info' };

let server: Server;
let url: string;
let lines: LogLine[];

beforeEach(async () => {
  lines = [];
  const intake = createIntakeHttp({
    signer,
    clock: { nowMs: () => NOW },
    logs: { append: (added) => lines.push(...added) },
  });
  server = createServer((request, response) => void intake(request, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/intake`;
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const send = (body: string | Uint8Array<ArrayBuffer>, token = signer.sign(INTAKE_PURPOSE, '', NOW + 1)) =>
  fetch(url, { method: 'POST', body, headers: { authorization: `Bearer ${token}` } });

describe('POST /intake', () => {
  it('takes lines of JSON, the last one without its newline too', async () => {
    const second = { ...line, message: 'zwölf 🦆' };
    const answer = await send(`${JSON.stringify(line)}\n${JSON.stringify(second)}`);
    expect(answer.status).toBe(204);
    expect(lines).toEqual([line, second]);
  });

  test.each([
    { name: 'no JSON', text: 'hello' },
    { name: 'null', text: 'null' },
    { name: 'a list', text: '[1]' },
    { name: 'another source', text: JSON.stringify({ ...line, source: 'root' }) },
    { name: 'a time that is text', text: JSON.stringify({ ...line, atMs: 'now' }) },
    { name: 'no message', text: JSON.stringify({ ...line, message: undefined }) },
  ])('leaves out $name and takes the rest', async ({ text }) => {
    const answer = await send(`${text}\n${JSON.stringify({ ...line, more: 1 })}\n`);
    expect(answer.status).toBe(204);
    expect(lines).toEqual([line]);
  });

  test.each([
    { name: 'a forged token', token: new HmacSigner(Buffer.alloc(32, 8)).sign(INTAKE_PURPOSE, '', NOW + 1) },
    { name: 'an expired token', token: signer.sign(INTAKE_PURPOSE, '', NOW) },
    { name: "a dyno's token", token: signer.sign('dyno-log', '["a","d","web.1"]', NOW + 1) },
    { name: 'no token', token: '' },
  ])('refuses $name', async ({ token }) => {
    expect((await send(`${JSON.stringify(line)}\n`, token)).status).toBe(401);
    expect(lines).toEqual([]);
  });

  it('takes a body however it is cut, within a character too', async () => {
    const text = Buffer.from(`${JSON.stringify({ ...line, message: 'zwölf 🦆' })}\n${JSON.stringify(line)}\n`);
    const pieces = Array.from(text, (_, index) => text.subarray(index, index + 1));
    const request = http.request(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${signer.sign(INTAKE_PURPOSE, '', NOW + 1)}` },
    });
    for (const piece of pieces) {
      request.write(piece);
      await new Promise(setImmediate);
    }
    request.end();
    const [answer] = (await once(request, 'response')) as [http.IncomingMessage];
    answer.resume();
    expect(answer.statusCode).toBe(204);
    expect(lines).toEqual([{ ...line, message: 'zwölf 🦆' }, line]);
  });

  it('takes no more than 8 MiB in one request', async () => {
    const body = Buffer.alloc(9 * 1024 * 1024, `${'x'.repeat(65_535)}\n`);
    const status = await send(new Uint8Array(body)).then(
      (answer) => answer.status,
      () => 413,
    );
    expect(status).toBe(413);
  });

  it('stops reading a line without end', async () => {
    // The answer may be lost with the connection, which is no longer read.
    const status = await send(new Uint8Array(2 * 1024 * 1024).fill(0x78)).then(
      (answer) => answer.status,
      () => 413,
    );
    expect(status).toBe(413);
    expect(lines).toEqual([]);
  });
});
