import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HmacSigner } from '../../../adapters/hmac-signer.ts';
import { LocalOutputStreams } from '../../../adapters/local/output-streams.ts';
import { APPEND_PURPOSE, createAppendHttp } from '../../../services/outputs/append-http.ts';
import { ArchivedOutputStreams, outputBlobKey } from '../../../services/outputs/archived-streams.ts';
import { outputsHandler } from '../../../services/outputs/http.ts';
import { problemsTo } from '../../problems.ts';
import { until } from '../logs/until.ts';
import { MemoryBlobs } from './memory-blobs.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const clock = { nowMs: () => NOW };
const signer = new HmacSigner(Buffer.alloc(32, 7));
const archive = new MemoryBlobs();
let directories: string[] = [];
let problems: string[] = [];
let servers: Server[] = [];

/** One task of the service, with its own disk and the shared archive. */
async function task() {
  const directory = mkdtempSync(join(tmpdir(), 'outputs-'));
  directories.push(directory);
  const reports = problemsTo(problems);
  const live = new LocalOutputStreams({ directory, problems: reports });
  const outputs = new ArchivedOutputStreams({ live, archive, maxBytes: 1_000_000, problems: reports });
  const append = createAppendHttp({ outputs, signer, clock });
  const read = outputsHandler({
    outputs: { read: (streamId, offset, signal) => outputs.find(streamId, offset, signal) },
    signer,
    clock,
  });
  const server = createServer((request, response) => {
    (request.method === 'POST' ? append : read)(request, response).catch(() => response.destroy());
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/streams/`;
  return {
    outputs,
    append: (text: string, end = false, token = signer.sign(APPEND_PURPOSE, 'stream', NOW + 1)) =>
      fetch(`${url}${token}`, { method: 'POST', body: text, headers: end ? { 'X-Dynoform-End': '1' } : {} }),
    read: (headers = {}) => fetch(`${url}${signer.sign('output', 'stream', NOW + 1)}`, { headers }),
  };
}

beforeEach(() => {
  archive.contents.clear();
  archive.broken = false;
  problems = [];
});

afterEach(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
  servers = [];
  directories = [];
});

describe('an output stream', () => {
  it('is read while it grows and ends where it is ended', async () => {
    const { append, read } = await task();
    expect((await append('one\n')).status).toBe(204);
    const reading = read().then((answer) => answer.text());
    await append('zwölf 🦆\n');
    await append('', true);
    expect(await reading).toBe('one\nzwölf 🦆\n');
  });

  it('that has ended outlives its task', async () => {
    await (await task()).append('zwölf 🦆\n', true);
    const next = await task();
    expect(await (await next.read()).text()).toBe('zwölf 🦆\n');
    expect(await (await next.read({ range: 'bytes=7-' })).text()).toBe('🦆\n');
    await next.append('late\n');
    expect(await (await next.read()).text()).toBe('zwölf 🦆\n');
  });

  it('that has not ended goes on in the next task', async () => {
    const first = await task();
    await first.append('zwölf ');
    await first.outputs.close();
    const next = await task();
    await next.append('🦆\n', true);
    expect(await (await next.read()).text()).toBe('zwölf 🦆\n');
    expect([...archive.contents.keys()]).toEqual([outputBlobKey('stream')]);
  });

  it('is read from its first byte in the next task, while that still asks the archive for it', async () => {
    const first = await task();
    await first.append('one\n');
    await first.outputs.close();
    const next = await task();
    const answers: (() => void)[] = [];
    const { size } = archive;
    archive.size = async (key) => {
      await new Promise<void>((resolve) => answers.push(resolve));
      return size.call(archive, key);
    };
    const appended = next.append('two\n', true);
    await until(() => answers.length > 0);
    const reading = next.read();
    // Long enough for a reader who does not wait.
    await new Promise((resolve) => setTimeout(resolve, 50));
    archive.size = size;
    for (const answer of answers) answer();
    await appended;
    expect(await (await reading).text()).toBe('one\ntwo\n');
  });

  it('is served from the disk while the archive is out of reach', async () => {
    const { append, read } = await task();
    archive.broken = true;
    await append('one\n', true);
    expect(await (await read()).text()).toBe('one\n');
    expect(problems).toEqual([
      'could not read the archive of outputs',
      'could not archive an output; it stays on the disk of this task',
    ]);
  });

  it('is wholly gone when it was removed before the task that goes on with it had heard of it', async () => {
    const first = await task();
    await first.append('one\n');
    await first.outputs.close();
    expect(archive.contents.size).toBe(1);
    await (await task()).outputs.remove('stream');
    expect([...archive.contents.keys()]).toEqual([]);
    const next = await task();
    await next.append('anew\n', true);
    expect(await (await next.read()).text()).toBe('anew\n');
  });

  it('is gone when it was removed', async () => {
    const { outputs, append, read } = await task();
    await append('one\n', true);
    await outputs.remove('stream');
    expect((await read()).status).toBe(404);
  });

  test.each([
    { name: 'that reads', token: signer.sign('output', 'stream', NOW + 1) },
    { name: 'that has expired', token: signer.sign(APPEND_PURPOSE, 'stream', NOW) },
    { name: 'that nobody signed', token: 'stream' },
  ])('takes nothing under a URL $name', async ({ token }) => {
    const { append, read } = await task();
    expect((await append('bad\n', false, token)).status).toBe(403);
    expect((await read()).status).toBe(404);
  });
});
