import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { type Header, pack } from 'tar-stream';
import { extractTarGzip } from '../../../services/archive/extract-tar.ts';

interface Member extends Partial<Header> {
  readonly name: string;
  readonly content?: string | Buffer;
}

const LIMITS = { maxBytes: 1_000_000, maxEntries: 100 };

async function tarball(members: readonly Member[]): Promise<Buffer> {
  const packing = pack();
  for (const { content, ...header } of members) packing.entry(header, content ?? '');
  packing.finalize();
  const parts: Buffer[] = [];
  for await (const part of packing) parts.push(part as Buffer);
  return gzipSync(Buffer.concat(parts));
}

async function* inPieces(content: Uint8Array, size = 1000): AsyncIterable<Uint8Array> {
  for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size);
}

let outer: string;
let directory: string;
beforeEach(async () => {
  outer = await mkdtemp(join(tmpdir(), 'extract-'));
  directory = join(outer, 'tree');
  await mkdir(directory);
});
afterEach(() => rm(outer, { recursive: true }));

const unpack = async (members: readonly Member[], limits = LIMITS) =>
  extractTarGzip(inPieces(await tarball(members)), directory, limits);

test('unpacks files, directories and links with modes and times', async () => {
  const mtime = new Date('2024-05-06T07:08:09Z');
  const result = await unpack([
    { name: './', type: 'directory' },
    { name: './app/empty/', type: 'directory' },
    { name: './app/bin/run', mode: 0o4755, mtime, content: '#!/bin/sh\n' },
    { name: './app/large', content: Buffer.alloc(600_000, 'x') },
    { name: './app/run', type: 'symlink', linkname: 'bin/run' },
    { name: './app/bin/up', type: 'symlink', linkname: '../../app/large' },
    { name: './app/hard', type: 'link', linkname: './app/bin/run' },
  ]);
  expect(result).toEqual({ ok: true, value: { entries: 7, bytes: 600_020 } });
  const run = await stat(join(directory, 'app/bin/run'));
  expect(run.mode & 0o7777).toBe(0o755);
  expect(run.mtime).toEqual(mtime);
  expect(await readlink(join(directory, 'app/run'))).toBe('bin/run');
  expect((await readFile(join(directory, 'app/bin/up'))).length).toBe(600_000);
  expect(await readFile(join(directory, 'app/hard'), 'utf8')).toBe('#!/bin/sh\n');
  expect((await stat(join(directory, 'app/hard'))).ino).not.toBe(run.ino);
  expect(await readdir(join(directory, 'app/empty'))).toEqual([]);
});

test('streams files larger than what it holds in memory', async () => {
  const content = Buffer.alloc(3_000_000, 'abcdefg');
  const result = await unpack([{ name: 'a/b/large', content }], { maxBytes: 3_000_000, maxEntries: 1 });
  expect(result.ok).toBe(true);
  expect((await readFile(join(directory, 'a/b/large'))).equals(content)).toBe(true);
});

test.each([
  { mode: 0o444, becomes: 0o644 },
  { mode: 0o500, becomes: 0o700 },
  { mode: 0o2755, becomes: 0o755 },
  { mode: 0o1777, becomes: 0o777 },
])('gives a file of mode $mode to its owner to read and replace, and no special rights', async ({ mode, becomes }) => {
  const umask = process.umask(0);
  try {
    await unpack([{ name: 'a', mode, content: 'x' }]);
  } finally {
    process.umask(umask);
  }
  expect((await stat(join(directory, 'a'))).mode & 0o7777).toBe(becomes);
});

test('keeps the time of every file, also of large ones and of hard links', async () => {
  const mtime = new Date('2024-05-06T07:08:09Z');
  const result = await unpack(
    [
      { name: 'small', mtime, content: 'x' },
      { name: 'large', mtime, content: Buffer.alloc(2_000_000) },
      { name: 'hard', type: 'link', linkname: 'small', mtime },
    ],
    { maxBytes: 3_000_000, maxEntries: 3 },
  );
  expect(result.ok).toBe(true);
  for (const name of ['small', 'large', 'hard']) expect((await stat(join(directory, name))).mtime).toEqual(mtime);
});

test('a link to a place within the tree that is not there, or around in circles, harms nobody', async () => {
  const result = await unpack([
    { name: 'nothing', type: 'symlink', linkname: 'not/here' },
    { name: 'a', type: 'symlink', linkname: 'b' },
    { name: 'b', type: 'symlink', linkname: 'a' },
    { name: 'self/self', type: 'symlink', linkname: '../self' },
  ]);
  expect(result).toEqual({ ok: true, value: { entries: 4, bytes: 0 } });
  expect((await readdir(directory)).sort()).toEqual(['a', 'b', 'nothing', 'self']);
});

test('a hard link to a symbolic link is the same symbolic link, as tar writes two that are one', async () => {
  const result = await unpack([
    { name: 'a', content: 'x' },
    { name: 'link', type: 'symlink', linkname: 'a' },
    { name: 'hard', type: 'link', linkname: 'link' },
  ]);
  expect(result).toEqual({ ok: true, value: { entries: 3, bytes: 1 } });
  expect(await readlink(join(directory, 'hard'))).toBe('a');
});

test('a hard link to a symbolic link leaves the tree no more than that one', async () => {
  const result = await unpack([
    { name: 'a/link', type: 'symlink', linkname: '../x' },
    { name: 'hard', type: 'link', linkname: 'a/link' },
  ]);
  expect(result).toMatchObject({
    ok: false,
    error: { kind: 'unsafe', message: expect.stringMatching(/leads out of it/) },
  });
});

test('keeps the later of two entries with one name', async () => {
  await unpack([
    { name: 'a', content: 'first' },
    { name: 'b', type: 'symlink', linkname: 'a' },
    { name: 'a', content: 'second' },
    { name: 'b', content: 'a file now' },
  ]);
  expect(await readFile(join(directory, 'a'), 'utf8')).toBe('second');
  expect((await lstat(join(directory, 'b'))).isSymbolicLink()).toBe(false);
});

test.each<{ name: string; members: readonly Member[]; kind: string; message: RegExp }>([
  { name: 'a path with ..', members: [{ name: 'a/../../evil' }], kind: 'unsafe', message: /"\.\."/ },
  { name: 'an absolute path', members: [{ name: '/etc/evil' }], kind: 'unsafe', message: /absolute/ },
  {
    name: 'a device',
    members: [{ name: 'null', type: 'character-device' }],
    kind: 'unsafe',
    message: /character-device/,
  },
  { name: 'a block device', members: [{ name: 'sda', type: 'block-device' }], kind: 'unsafe', message: /device/ },
  { name: 'a named pipe', members: [{ name: 'pipe', type: 'fifo' }], kind: 'unsafe', message: /fifo/ },
  {
    name: 'an absolute link',
    members: [{ name: 'passwd', type: 'symlink', linkname: '/etc/passwd' }],
    kind: 'unsafe',
    message: /leads out of it: "passwd"/,
  },
  {
    name: 'a link upwards out of the tree',
    members: [{ name: 'a/b', type: 'symlink', linkname: '../../x' }],
    kind: 'unsafe',
    message: /leads out of it/,
  },
  {
    name: 'a link that leaves through another link',
    members: [
      { name: 'a/b/', type: 'directory' },
      { name: 'a/b/top', type: 'symlink', linkname: '../..' },
      { name: 'x', type: 'symlink', linkname: 'a/b/top/..' },
    ],
    kind: 'unsafe',
    message: /leads out of it: "x"/,
  },
  {
    name: 'a link that leaves through another one where case does not matter',
    members: [
      { name: 'a/b/top', type: 'symlink', linkname: '../..' },
      { name: 'x', type: 'symlink', linkname: 'A/B/TOP/..' },
    ],
    kind: 'unsafe',
    message: /leads out of it/,
  },
  {
    name: 'a file below a link',
    members: [
      { name: 'd', type: 'symlink', linkname: '.' },
      { name: 'd/evil', content: 'x' },
    ],
    kind: 'corrupt',
    message: /EEXIST/,
  },
  {
    name: 'a hard link out of the tree',
    members: [{ name: 'h', type: 'link', linkname: '../../etc/passwd' }],
    kind: 'unsafe',
    message: /"\.\."/,
  },
  {
    name: 'a hard link to nothing',
    members: [{ name: 'h', type: 'link', linkname: 'missing' }],
    kind: 'corrupt',
    message: /does not contain/,
  },
  {
    name: 'a file and a directory of one name',
    members: [{ name: 'a', content: 'x' }, { name: 'a/b' }],
    kind: 'corrupt',
    message: /cannot be unpacked/,
  },
  {
    name: 'a link, twice, where a directory is',
    members: [
      { name: 'a/a' },
      { name: 'a', type: 'symlink', linkname: 'b' },
      { name: 'a', type: 'symlink', linkname: 'b' },
    ],
    kind: 'corrupt',
    message: /cannot be unpacked/,
  },
  { name: 'a name of 5,000 letters', members: [{ name: 'n'.repeat(5000) }], kind: 'corrupt', message: /ENAMETOOLONG/ },
  {
    name: 'too many entries',
    members: Array.from({ length: 101 }, (_, index) => ({ name: `f${index}` })),
    kind: 'too-big',
    message: /more than 100 entries/,
  },
  {
    name: 'too many bytes',
    members: [{ name: 'a', content: Buffer.alloc(1_000_001) }],
    kind: 'too-big',
    message: /more than 1000000 bytes/,
  },
  {
    name: 'too many bytes through hard links',
    members: [
      { name: 'a', content: Buffer.alloc(600_000) },
      { name: 'b', type: 'link', linkname: 'a' },
    ],
    kind: 'too-big',
    message: /more than 1000000 bytes/,
  },
])('refuses $name and writes nothing outside the tree', async ({ members, kind, message }) => {
  const result = await unpack(members);
  expect(result).toEqual({ ok: false, error: { kind, message: expect.stringMatching(message) } });
  expect(await readdir(outer)).toEqual(['tree']);
});

test.each([
  { name: 'no gzip', content: async () => Buffer.from('plain text, long enough to be looked at') },
  { name: 'nothing at all', content: async () => Buffer.alloc(0) },
  { name: 'gzip of no tar', content: async () => gzipSync(Buffer.alloc(5000, 'z')) },
  {
    name: 'a tarball that ends early',
    content: async () => (await tarball([{ name: 'a', content: 'x'.repeat(50_000) }])).subarray(0, 60),
  },
])('says that $name is not a readable tarball', async ({ content }) => {
  const result = await extractTarGzip(inPieces(await content()), directory, LIMITS);
  expect(result).toEqual({ ok: false, error: { kind: 'corrupt', message: expect.stringMatching(/not a readable/) } });
});

test('ends a bomb of zeros behind the end of the archive', async () => {
  const bomb = Buffer.concat([await tarball([{ name: 'a', content: 'x' }]), gzipSync(Buffer.alloc(64 * 1024 * 1024))]);
  const result = await extractTarGzip(inPieces(bomb, 16_384), directory, { maxBytes: 10, maxEntries: 1 });
  expect(result).toMatchObject({ ok: false, error: { kind: 'too-big' } });
});

test('a link below another link is refused: it would lead elsewhere than its path says', async () => {
  const result = await unpack([
    { name: 'c/', type: 'directory' },
    { name: 'a/b', type: 'symlink', linkname: '../c' },
    { name: 'a/b/k', type: 'symlink', linkname: '../../z' },
  ]);
  expect(result).toEqual({
    ok: false,
    error: { kind: 'corrupt', message: 'the archive contains a link below another link: "a/b/k"' },
  });
  expect(await readdir(directory, { recursive: true })).toEqual(['c']);
});

test('where one link cannot be made, none is left: without it another one would lead out of the tree', async () => {
  const result = await unpack([
    { name: 'a/a', content: 'x' },
    { name: 'b', type: 'symlink', linkname: 'a/../..' },
    { name: 'a', type: 'symlink', linkname: 'a' },
  ]);
  expect(result).toMatchObject({ ok: false, error: { kind: 'corrupt', message: expect.stringContaining('EEXIST') } });
  expect(await readdir(directory)).toEqual(['a']);
});

test('passes an error of the source on', async () => {
  const broken = async function* () {
    yield (await tarball([{ name: 'a', content: 'x' }])).subarray(0, 20);
    throw new Error('the blob went away');
  };
  await expect(extractTarGzip(broken(), directory, LIMITS)).rejects.toThrow('the blob went away');
});

test('whatever a tarball names and links to, nothing appears outside the tree and no link leads out of it', async () => {
  const step = fc.constantFrom('a', 'b', 'A', '..', '.', '');
  const path = fc.array(step, { minLength: 1, maxLength: 4 }).map((steps) => steps.join('/'));
  const plain = fc.array(fc.constantFrom('a', 'b', 'A'), { minLength: 1, maxLength: 3 });
  const member = fc.record({
    // Mostly names that are already used: a refused name ends the extraction before any link is made.
    name: fc.oneof(
      { weight: 9, arbitrary: plain.map((steps) => steps.join('/')) },
      { weight: 1, arbitrary: path.filter((name) => name !== '') },
    ),
    type: fc.constantFrom(...(['symlink', 'symlink', 'symlink', 'file', 'directory', 'link'] as const)),
    // A third of the links lead to a name that may be there, another third up and perhaps out.
    linkname: fc.oneof(
      plain.map((steps) => steps.join('/')),
      fc.constantFrom('..', '../..', 'a/../..'),
      path,
    ),
  });
  let linked = 0;
  let leaving = 0;
  let cases = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(member, { minLength: 1, maxLength: 3 }), async (members) => {
      cases += 1;
      await rm(directory, { recursive: true });
      await mkdir(directory);
      const result = await unpack(members);
      if (result.ok && members.some(({ type }) => type === 'symlink')) linked += 1;
      if (!result.ok && result.error.message.includes('leads out of it')) leaving += 1;
      expect(await readdir(outer)).toEqual(['tree']);
      const root = await realpath(directory);
      // Without file types it would also follow links, in circles.
      for (const { name, parentPath } of await readdir(directory, { recursive: true, withFileTypes: true })) {
        // Where it leads, even if nothing exists there: the next writer could create it.
        const parent = await realpath(parentPath);
        const target = await readlink(join(parentPath, name)).catch(() => name);
        // A circle leads nowhere.
        const at = await realpath(`${parent}/${target}`).catch(({ code }: NodeJS.ErrnoException) =>
          code === 'ELOOP' ? root : resolve(parent, target),
        );
        expect(at === root || at.startsWith(`${root}/`)).toBe(true);
      }
    }),
    { numRuns: 200 },
  );
  expect(linked / cases).toBeGreaterThan(0.05);
  expect(leaving / cases).toBeGreaterThan(0.05);
});
