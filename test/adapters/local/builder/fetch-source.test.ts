import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchSource } from '../../../../adapters/local/builder/fetch-source.ts';
import type { Blobs } from '../../../../core/ports/blobs.ts';
import type { BuildOrder } from '../../../../core/ports/builder.ts';
import { type Entries, tarball } from './build-fixture.ts';

const open = { resolve: async () => [{ address: '127.0.0.1', family: 4 }], allows: () => true };

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fetch-source-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

interface Asked {
  readonly content?: Buffer | undefined;
  readonly order?: Partial<BuildOrder>;
  readonly bytesMax?: number;
  readonly signal?: AbortSignal;
  /** Thrown after the content. */
  readonly breaks?: Error;
}

/** Fetches a source: returns the answer, and the files that then exist. */
async function fetched({ content, order = {}, bytesMax = 1e6, signal = new AbortController().signal, breaks }: Asked) {
  async function* pieces() {
    for (let at = 0; at < (content?.length ?? 0); at += 100) yield content?.subarray(at, at + 100) as Buffer;
    if (breaks !== undefined) throw breaks;
  }
  const blobs = { get: async (key: string) => (content === undefined || key !== 'key' ? undefined : pieces()) };
  const answer = await fetchSource(
    {
      order: { source: { blobKey: 'key' }, ...order } as BuildOrder,
      ...{ blobs: blobs as unknown as Blobs, reach: open, bytesMax, signal },
    },
    join(directory, 'app'),
  );
  const there = readdirSync(directory);
  return { answer, there, files: there.includes('app') ? readdirSync(join(directory, 'app')).sort() : undefined };
}
const FINE = { answer: { ok: true, value: undefined }, there: ['app'] };
const refused = (message: string) => ({ ok: false, error: { message } });
const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');
const TREE: Entries = { 'top/a': 'a', 'top/b/c': 'c' };

test.each<{ name: string; entries: Entries; files: readonly string[] }>([
  { name: 'files themselves', entries: { a: 'a', b: 'b' }, files: ['a', 'b'] },
  { name: 'one directory, which goes', entries: TREE, files: ['a', 'b'] },
  { name: 'a directory and a file beside it', entries: { ...TREE, a: 'a' }, files: ['a', 'top'] },
  { name: 'one file', entries: { only: 'a' }, files: ['only'] },
  { name: 'nothing', entries: {}, files: [] },
])('a source of $name is $files', async ({ entries, files }) => {
  expect(await fetched({ content: await tarball(entries) })).toEqual({ ...FINE, files });
});

test('a checksum that fits may be written in any way; none is asked for', async () => {
  const content = await tarball(TREE);
  const sum = sha256(content);
  for (const checksum of [sum, `SHA256:${sum}`, `sha256:${sum.toUpperCase()}`, undefined]) {
    const { answer } = await fetched({ content, order: checksum === undefined ? {} : { checksum } });
    expect(answer).toEqual({ ok: true, value: undefined });
    rmSync(join(directory, 'app'), { recursive: true });
  }
});

test.each(['sha512:', 'x', ''])('a checksum of %j fits nothing, and nothing is there', async (before) => {
  const content = await tarball(TREE);
  const sum = sha256(content);
  const checksum = before === '' ? '' : `${before}${sum}`;
  const { answer, files } = await fetched({ content, order: { checksum } });
  expect(answer).toEqual(refused(`The source's checksum does not match: SHA256:${sum} arrived.`));
  expect(files).toBeUndefined();
});

test('a source that was not uploaded, cannot be read or is no archive is told so', async () => {
  expect((await fetched({})).answer).toEqual(refused('Failed to fetch the source: it was not uploaded.'));
  const content = await tarball(TREE);
  const cut = content.subarray(0, 60);
  const broken = await fetched({
    content: cut,
    breaks: Object.assign(new Error('long words'), { code: 'ECONNRESET' }),
  });
  expect(broken.answer).toEqual(refused('The source could not be read completely (ECONNRESET).'));
  const nameless = await fetched({ content: cut, breaks: new Error('it broke') });
  expect(nameless.answer).toEqual(refused('The source could not be read completely (it broke).'));
  const { answer } = await fetched({ content: Buffer.from('no archive') });
  expect(answer).toEqual({
    ok: false,
    error: { message: expect.stringMatching(/^The source cannot be unpacked: not a readable .*\.$/) },
  });
});

test('an archive may be as large as is said, and not one byte more', async () => {
  const content = await tarball({ a: Buffer.from(createHash('sha512').update('x').digest('hex')) });
  expect((await fetched({ content, bytesMax: content.length })).answer.ok).toBe(true);
  rmSync(join(directory, 'app'), { recursive: true });
  const bytesMax = content.length - 1;
  expect((await fetched({ content, bytesMax })).answer).toEqual(
    refused(`The source is too large: its archive has more than ${bytesMax} bytes.`),
  );
});

test('a build that was canceled reads no further', async () => {
  const controller = new AbortController();
  controller.abort(new Error('canceled'));
  const { answer } = await fetched({ content: await tarball(TREE), signal: controller.signal });
  expect(answer).toEqual(refused('The source could not be read completely (canceled).'));
});

describe('from a URL', () => {
  let server: Server;
  let url: string;
  let answer: Buffer | number;
  beforeEach(async () => {
    server = createServer((_request, response) => {
      if (typeof answer === 'number') response.writeHead(answer).end();
      else response.end(answer);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  test('it is fetched as it is, or told why not', async () => {
    answer = await tarball(TREE);
    expect(await fetched({ order: { source: { url } } })).toEqual({ ...FINE, files: ['a', 'b'] });
    expect(readFileSync(join(directory, 'app', 'b', 'c'), 'utf8')).toBe('c');
    answer = 404;
    const { host } = new URL(url);
    expect((await fetched({ order: { source: { url } } })).answer).toEqual(
      refused(`Failed to fetch the source: ${host} answered 404.`),
    );
  });
});
