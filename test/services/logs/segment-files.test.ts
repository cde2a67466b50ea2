import { appendFile, mkdir, mkdtemp, readdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Segments } from '../../../services/logs/segments.ts';

const CAPACITY = 3;
let outer: string;
let directory: string;

beforeEach(async () => {
  outer = await mkdtemp(join(tmpdir(), 'segment-files-'));
  directory = join(outer, 'app-shop');
});
afterEach(() => rm(outer, { recursive: true, force: true }));

const record = (id: number, atMs = 1_000) => `${id}\t${atMs}\tapp\tweb.1\tline ${id}\n`;
const name = (firstId: number) => `${String(firstId).padStart(16, '0')}.log`;
const content = (firstId: number) => readFile(join(directory, name(firstId)), 'utf8');
const write = async (firstId: number, text: string) => {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, name(firstId)), text);
};
const open = () => new Segments(directory, CAPACITY);
const ids = async (segments: Segments, sinceMs = 0) => (await segments.load('shop', sinceMs)).map(({ id }) => id);
const add = (segments: Segments, ...numbers: readonly number[]) =>
  segments.append(numbers.map((id) => record(id)).join(''), numbers.length, numbers[0] ?? 0);

test('a file is full with as many lines as are kept, and goes when those behind it are', async () => {
  const segments = open();
  await add(segments, 1, 2);
  await add(segments, 3, 4);
  expect(await readdir(directory)).toEqual([name(1)]);
  await add(segments, 5, 6);
  expect((await readdir(directory)).sort()).toEqual([name(1), name(5)]);
  await add(segments, 7);
  expect(await readdir(directory)).toEqual([name(5)]);
  expect([await content(5), await ids(open())]).toEqual([record(5) + record(6) + record(7), [5, 6, 7]]);
});

test('nobody else can read them', async () => {
  await add(open(), 1);
  expect((await stat(directory)).mode & 0o777).toBe(0o700);
  expect((await stat(join(directory, name(1)))).mode & 0o777).toBe(0o600);
});

test('lines come back as they were, oldest file first, whatever else is in the directory', async () => {
  await write(5, record(5));
  await write(2, record(2) + record(3));
  for (const other of ['notes.log', `x${name(9)}`, `${name(9)}.old`])
    await writeFile(join(directory, other), record(9));
  const lines = await open().load('shop', 0);
  expect(lines[0]).toEqual({ id: 2, appId: 'shop', atMs: 1_000, source: 'app', process: 'web.1', message: 'line 2' });
  expect(lines.map(({ id }) => id)).toEqual([2, 3, 5]);
});

test('lines that are too old are left out, and a file of nothing else goes', async () => {
  await write(1, record(1, 99) + record(2, 98));
  await write(3, record(3, 99) + record(4, 100));
  expect(await ids(open(), 100)).toEqual([4]);
  expect(await readdir(directory)).toEqual([name(3)]);
});

test('what is there twice, or is no record, is read once, or not at all', async () => {
  await write(1, `${record(1)}\0\0\0\n${record(2)}${record(1)}${record(2)}${record(3)}`);
  expect(await ids(open())).toEqual([1, 2, 3]);
});

test('half a record at the end is not read, and gives way to what is written next', async () => {
  await write(1, `${record(1)}2\t1000\tapp\tw`);
  const segments = open();
  expect(await ids(segments)).toEqual([1]);
  await add(segments, 2);
  expect(await content(1)).toBe(record(1) + record(2));
});

test('only the last file can end with half a record', async () => {
  await write(1, `${record(1)}half`);
  await write(2, record(2));
  const segments = open();
  expect(await ids(segments)).toEqual([1, 2]);
  await add(segments, 3);
  expect(await content(2)).toBe(record(2) + record(3));
});

test('a file that is full when it is read takes no more', async () => {
  await write(1, record(1) + record(2) + record(3));
  const segments = open();
  await segments.load('shop', 0);
  await add(segments, 4);
  expect((await readdir(directory)).sort()).toEqual([name(1), name(4)]);
});

test('files that are too many when they are read go', async () => {
  await write(1, record(1));
  await write(2, record(2) + record(3) + record(4));
  expect(await ids(open())).toEqual([1, 2, 3, 4]);
  expect(await readdir(directory)).toEqual([name(2)]);
});

test('half a record of a write that failed gives way to what is written next', async () => {
  const segments = open();
  await add(segments, 1);
  const path = join(directory, name(1));
  await rename(path, join(outer, 'aside'));
  await mkdir(path);
  await expect(add(segments, 2)).rejects.toMatchObject({ code: 'EISDIR' });
  await rmdir(path);
  await rename(join(outer, 'aside'), path);
  await appendFile(path, '2\t1000\tapp');
  await add(segments, 2);
  expect(await content(1)).toBe(record(1) + record(2));
});

test('a directory that somebody removed is made again at the next attempt', async () => {
  const segments = open();
  await add(segments, 1);
  await rm(directory, { recursive: true });
  await expect(add(segments, 2)).rejects.toMatchObject({ code: 'ENOENT' });
  await add(segments, 2);
  expect(await content(2)).toBe(record(2));
});

test('a removed history is gone, and begins anew', async () => {
  const segments = open();
  await add(segments, 1);
  await segments.remove();
  expect(await readdir(outer)).toEqual([]);
  await add(segments, 2);
  expect(await readdir(directory)).toEqual([name(2)]);
  await segments.remove();
  await segments.remove();
});

test('what is no directory is an error, not an empty history', async () => {
  await appendFile(directory, 'a file');
  await expect(open().load('shop', 0)).rejects.toMatchObject({ code: 'ENOTDIR' });
});
