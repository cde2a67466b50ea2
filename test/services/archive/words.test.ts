import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';
import { extractTarGzip } from '../../../services/archive/extract-tar.ts';

type Member = Partial<Header> & { readonly name: string; readonly content?: string };

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'extract-words-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function unpack(members: readonly Member[], maxBytes = 10, maxEntries = 3) {
  const packing = pack();
  for (const { content, ...header } of members) packing.entry(header, content ?? '');
  packing.finalize();
  const parts: Buffer[] = [];
  for await (const part of packing) parts.push(part as Buffer);
  const whole = gzipSync(Buffer.concat(parts));
  return extractTarGzip(
    (async function* () {
      yield whole;
    })(),
    directory,
    { maxBytes, maxEntries },
  );
}
const LONG = 'n'.repeat(201);

test.each<{ members: readonly Member[]; kind: string; message: string }>([
  { members: [{ name: '/a' }], kind: 'unsafe', message: 'the archive contains an absolute path: "/a"' },
  { members: [{ name: 'a/../b' }], kind: 'unsafe', message: 'the archive contains a path with "..": "a/../b"' },
  {
    members: [{ name: `/${LONG}` }],
    kind: 'unsafe',
    message: `the archive contains an absolute path: "/${'n'.repeat(199)}…"`,
  },
  {
    members: [{ name: `/${LONG.slice(2)}` }],
    kind: 'unsafe',
    message: `the archive contains an absolute path: "/${'n'.repeat(199)}"`,
  },
  {
    members: [{ name: 'a', pax: { path: 'a\0b' } }],
    kind: 'unsafe',
    message: 'the archive contains a name with a NUL: "a\\u0000b"',
  },
  {
    members: [{ name: 'p', type: 'fifo' }],
    kind: 'unsafe',
    message: 'the archive contains a special file (fifo): "p"',
  },
  {
    members: [{ name: 'x', type: 'symlink', linkname: '..' }],
    kind: 'unsafe',
    message: 'the archive contains a link that leads out of it: "x"',
  },
  {
    members: [{ name: 'h', type: 'link', linkname: 'none' }],
    kind: 'corrupt',
    message: 'the archive links to a file that it does not contain: "h"',
  },
  {
    members: [
      { name: 'h', content: 'x' },
      { name: 'h', type: 'link', linkname: './h' },
    ],
    kind: 'corrupt',
    message: 'the archive links to a file that it does not contain: "h"',
  },
  {
    members: ['a', 'b', 'c', 'd'].map((name) => ({ name })),
    kind: 'too-big',
    message: 'the archive has more than 3 entries',
  },
  {
    members: [{ name: 'a', content: '12345678901' }],
    kind: 'too-big',
    message: 'the archive unpacks to more than 10 bytes',
  },
  {
    members: [
      { name: 'a', content: '123456' },
      { name: 'b', type: 'link', linkname: 'a' },
    ],
    kind: 'too-big',
    message: 'the archive unpacks to more than 10 bytes',
  },
])('$message', async ({ members, kind, message }) => {
  expect(await unpack(members)).toEqual({ ok: false, error: { kind, message } });
});

test('as many entries and bytes as are allowed are unpacked', async () => {
  const members = [{ name: 'a', content: '12345' }, { name: 'b', type: 'link' as const, linkname: 'a' }, { name: 'c' }];
  expect(await unpack(members)).toEqual({ ok: true, value: { entries: 3, bytes: 10 } });
  expect((await readdir(directory)).sort()).toEqual(['a', 'b', 'c']);
});

test('names are read as tar writes them: with dots and slashes to spare', async () => {
  const members = [
    { name: './/a/./b', content: 'x' },
    { name: './' },
    { name: 'a/link', type: 'symlink' as const, linkname: 'b' },
  ];
  expect(await unpack(members)).toEqual({ ok: true, value: { entries: 3, bytes: 1 } });
  expect((await readdir(directory, { recursive: true })).sort()).toEqual(['a', 'a/b', 'a/link']);
});

test('a name that the file system cannot have is told by its end', async () => {
  const name = `${'d'.repeat(100)}/${'n'.repeat(5_000)}`;
  expect(await unpack([{ name }])).toEqual({
    ok: false,
    error: { kind: 'corrupt', message: `the archive cannot be unpacked (ENAMETOOLONG): "${'n'.repeat(120)}"` },
  });
});

const whole = gzipSync(Buffer.alloc(2_048));
test.each([
  { name: 'no gzip', bytes: Buffer.from('plain text, long enough to be looked at'), says: 'incorrect header check' },
  { name: 'gzip that ends early', bytes: whole.subarray(0, -4), says: 'unexpected end of file' },
  {
    name: 'gzip of no tar',
    bytes: gzipSync(Buffer.alloc(5_000, 'z')),
    says: 'Invalid tar header. Maybe the tar is corrupted or it needs to be gunzipped?',
  },
])('$name is not read: $says', async ({ bytes, says }) => {
  const source = (async function* () {
    yield bytes;
  })();
  expect(await extractTarGzip(source, directory, { maxBytes: 10, maxEntries: 3 })).toEqual({
    ok: false,
    error: { kind: 'corrupt', message: `not a readable gzip'ed tarball: ${says}` },
  });
});
