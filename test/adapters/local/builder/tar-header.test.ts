import { extract, type Header } from 'tar-stream';
import { BLOCK_BYTES, type TarEntry, tarHeader } from '../../../../adapters/local/builder/tar-header.ts';

const ENTRY: TarEntry = { name: 'a', kind: 'file', mode: 0o644, size: 0, mtimeSeconds: 1_700_000_000 };

/** As another tar program reads it. */
async function read(header: Buffer): Promise<Header> {
  const archive = extract();
  archive.end(Buffer.concat([header, Buffer.alloc(2 * BLOCK_BYTES)]));
  for await (const entry of archive) {
    entry.resume();
    return entry.header;
  }
  throw new Error('no entry');
}

const LONG = `${'l'.repeat(100)}`;

test.each<{ name: string; changes: Partial<TarEntry>; blocks: number; is: object }>([
  { name: 'a file', changes: {}, blocks: 1, is: { name: 'a', type: 'file', mode: 0o644, linkname: null } },
  {
    name: 'a directory',
    changes: { name: 'd/', kind: 'directory', mode: 0o755 },
    blocks: 1,
    is: { type: 'directory', mode: 0o755 },
  },
  { name: 'a link', changes: { kind: 'symlink', target: 't' }, blocks: 1, is: { type: 'symlink', linkname: 't' } },
  { name: 'a name of 100 bytes', changes: { name: LONG }, blocks: 1, is: { name: LONG } },
  { name: 'a name of 101 bytes', changes: { name: `${LONG}x` }, blocks: 3, is: { name: `${LONG}x`, type: 'file' } },
  { name: 'a name of two bytes a letter', changes: { name: 'ö'.repeat(51) }, blocks: 3, is: { name: 'ö'.repeat(51) } },
  {
    name: 'a target of 101 bytes',
    changes: { kind: 'symlink', target: `${LONG}x` },
    blocks: 3,
    is: { name: 'a', linkname: `${LONG}x` },
  },
  {
    name: 'both',
    changes: { name: `${LONG}n`, kind: 'symlink', target: `${LONG}t` },
    blocks: 3,
    is: { name: `${LONG}n`, linkname: `${LONG}t` },
  },
  {
    name: 'a name of 990 bytes',
    changes: { name: LONG.repeat(10).slice(10) },
    blocks: 4,
    is: { name: LONG.repeat(10).slice(10) },
  },
  { name: 'a time before 1970', changes: { mtimeSeconds: -5 }, blocks: 1, is: { mtime: new Date(0) } },
  { name: 'its time', changes: {}, blocks: 1, is: { mtime: new Date(1_700_000_000_000) } },
  { name: 'the largest mode', changes: { mode: 0o7777 }, blocks: 1, is: { mode: 0o7777 } },
])('$name is read by other programs as it is', async ({ changes, blocks, is }) => {
  const header = tarHeader({ ...ENTRY, ...changes });
  expect(header.length).toBe(blocks * BLOCK_BYTES);
  expect(await read(header)).toMatchObject({ uid: 0, gid: 0, ...is });
});

test.each([90, 91, 92, 93, 988, 989, 990, 991, 992])(
  'a long name is counted with the digits of its own length (%i)',
  async (more) => {
    const name = 'n'.repeat(more < 100 ? more + 10 : more);
    expect((await read(tarHeader({ ...ENTRY, name }))).name).toBe(name);
  },
);

test('a header, byte by byte', () => {
  const header = tarHeader({ ...ENTRY, size: 0o12345 });
  const text = (from: number, to: number) => header.toString('latin1', from, to);
  expect(text(0, 3)).toBe('a\0\0');
  expect([text(100, 108), text(108, 116), text(116, 124)]).toEqual(['0000644\0', '0000000\0', '0000000\0']);
  expect([text(124, 136), text(136, 148), text(156, 157)]).toEqual(['00000012345\0', '14524770400\0', '0']);
  expect(text(257, 265)).toBe('ustar\x0000');
  const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  expect(text(148, 156)).toBe(`${sum.toString(8).padStart(6, '0')}\0 `);
});
