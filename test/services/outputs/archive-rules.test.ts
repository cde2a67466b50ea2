import type { OutputStreams } from '../../../core/ports/output-streams.ts';
import {
  ArchivedOutputStreams,
  outputBlobKey,
  removeArchivedOutput,
} from '../../../services/outputs/archived-streams.ts';
import { MemoryBlobs } from './memory-blobs.ts';

const MIB = 1024 * 1024;
const never = new AbortController().signal;

/** Streams with a disk that only records its calls, and an archive in memory. */
function task(archived: Readonly<Record<string, string>> = {}, onDisk: Readonly<Record<string, string>> = {}) {
  const archive = new MemoryBlobs();
  for (const [key, text] of Object.entries(archived)) archive.contents.set(key, Buffer.from(text));
  const told: string[] = [];
  const problems: unknown[][] = [];
  const asked: string[] = [];
  const puts: unknown[][] = [];
  const { size, put } = archive;
  archive.size = (key) => {
    asked.push(key);
    return size.call(archive, key);
  };
  archive.put = (key, content, ...rest: unknown[]) => {
    puts.push([key, ...rest]);
    return put.call(archive, key, content);
  };
  const live = {
    append: (id: string, text: string) => told.push(`${id}:${text}`),
    end: async (id: string) => told.push(`${id} ends`),
    remove: async (id: string) => told.push(`${id} goes`),
    read(id: string, offset: number) {
      const text = onDisk[id];
      return text === undefined ? undefined : [Buffer.from(text.slice(offset))];
    },
  } as unknown as OutputStreams;
  const outputs = new ArchivedOutputStreams({
    live,
    archive,
    maxBytes: 77,
    problems: { report: (...problem) => problems.push(problem) },
  });
  const stored = () => Object.fromEntries([...archive.contents].map(([key, content]) => [key, String(content)]));
  return { outputs, archive, told, problems, asked, puts, stored };
}
const settle = () => new Promise(setImmediate);
const FAULT = expect.objectContaining({ message: 'the archive is out of reach' });

test('text waits until the archive has said that the stream grows; the archive is asked once', async () => {
  const { outputs, told, asked } = task();
  outputs.append('s', '');
  expect(asked).toEqual([]);
  outputs.append('s', 'a');
  outputs.append('s', 'b');
  expect([told, asked]).toEqual([[], ['outputs/s']]);
  await settle();
  outputs.append('s', 'c');
  expect([told, asked]).toEqual([['s:a', 's:b', 's:c'], ['outputs/s']]);
});

test('no more than a mebibyte waits', async () => {
  const { outputs, told } = task();
  outputs.append('s', 'a'.repeat(MIB - 2));
  outputs.append('s', 'bbb');
  outputs.append('s', 'cc');
  outputs.append('s', 'd');
  await settle();
  expect(told.map((text) => text.length - 2)).toEqual([MIB - 2, 2]);
});

test('what ended in another task’s time takes no more, and does not end again', async () => {
  const { outputs, told, asked, puts } = task({ 'outputs/s': 'all' });
  outputs.append('s', 'late');
  await outputs.end('s');
  outputs.append('s', 'later');
  await outputs.end('s');
  expect([told, asked, puts]).toEqual([[], ['outputs/s'], []]);
});

test('what an earlier task had of it comes first, character by character', async () => {
  const { outputs, told, stored } = task({ 'outputs/s.part': 'é✓🚀' });
  outputs.append('s', 'more');
  await settle();
  expect(told.join('').replaceAll('s:', '')).toBe('é✓🚀more');
  expect(stored()).toEqual({});
});

test('an archive that cannot be asked: the stream grows, and the operator hears of it', async () => {
  const { outputs, archive, told, problems } = task();
  archive.broken = true;
  outputs.append('s', 'a');
  await settle();
  expect([told, problems]).toEqual([['s:a'], [['could not read the archive of outputs', FAULT]]]);
});

test('a stream that ends is archived whole, and takes no more', async () => {
  const { outputs, told, puts, stored } = task({}, { s: 'text' });
  outputs.append('s', 'text');
  await outputs.end('s');
  outputs.append('s', 'late');
  await outputs.end('s');
  expect(told).toEqual(['s:text', 's ends']);
  expect([puts, stored()]).toEqual([[['outputs/s', 77]], { 'outputs/s': 'text' }]);
});

test('a stream without a byte ends too, and there is nothing to archive', async () => {
  const { outputs, told, puts } = task();
  await outputs.end('s');
  expect([told, puts]).toEqual([['s ends'], []]);
});

test('an output that cannot be archived has ended all the same', async () => {
  const { outputs, archive, told, problems } = task({}, { s: 'text' });
  outputs.append('s', 'text');
  await settle();
  archive.broken = true;
  await outputs.end('s');
  outputs.append('s', 'late');
  expect(told).toEqual(['s:text', 's ends']);
  expect(problems).toEqual([['could not archive an output; it stays on the disk of this task', FAULT]]);
});

test('a task that goes leaves what has not ended to the next one', async () => {
  const { outputs, told, stored } = task({}, { a: 'of a', b: 'of b', c: 'of c' });
  for (const id of ['a', 'b', 'c']) outputs.append(id, '.');
  await outputs.end('b');
  outputs.append('d', '.');
  await outputs.close();
  expect(stored()).toEqual({ 'outputs/b': 'of b', 'outputs/a.part': 'of a', 'outputs/c.part': 'of c' });
  expect(told.filter((each) => each.endsWith('ends')).sort()).toEqual(['a ends', 'b ends', 'c ends', 'd ends']);
});

describe('a stream is found', () => {
  const read = async (on: ReturnType<typeof task>, id: string, offset = 0, signal = never) => {
    const found = await on.outputs.find(id, offset, signal);
    if (found === undefined) return undefined;
    let text = '';
    for await (const chunk of found) text += Buffer.from(chunk).toString();
    return text;
  };

  test('on the disk first, then in the archive, or not at all', async () => {
    const on = task({ 'outputs/a': 'archived', 'outputs/b': 'archived' }, { a: 'on disk' });
    expect([await read(on, 'a'), await read(on, 'a', 3), await read(on, 'b')]).toEqual(['on disk', 'disk', 'archived']);
    expect(await read(on, 'c')).toBeUndefined();
    expect(on.outputs.read('b', 0, never)).toBeUndefined();
  });

  test.each([
    { offset: 1, text: '123456789' },
    { offset: 3, text: '3456789' },
    { offset: 4, text: '456789' },
    { offset: 9, text: '9' },
    { offset: 10, text: '' },
    { offset: 99, text: '' },
  ])('in the archive from byte $offset on', async ({ offset, text }) => {
    expect(await read(task({ 'outputs/s': '0123456789' }), 's', offset)).toBe(text);
  });

  test('for nobody who has left', async () => {
    expect(await read(task({ 'outputs/s': 'text' }), 's', 0, AbortSignal.abort())).toBe('');
  });
});

test('a stream that is removed is gone from the disk and the archive, and may begin anew', async () => {
  const { outputs, told, stored, asked } = task({ 'outputs/s.part': '', 'outputs/other': 'x' });
  outputs.append('s', 'a');
  await settle();
  await outputs.remove('s');
  expect([told.at(-1), stored()]).toEqual(['s goes', { 'outputs/other': 'x' }]);
  outputs.append('s', 'b');
  expect(asked).toEqual(['outputs/s', 'outputs/s']);
});

test('an app that goes takes all that the archive has of its outputs', async () => {
  const { archive, stored } = task({ 'outputs/s': 'x', 'outputs/s.part': 'x', 'outputs/t': 'x' });
  await removeArchivedOutput(archive, 's');
  expect([stored(), outputBlobKey('s')]).toEqual([{ 'outputs/t': 'x' }, 'outputs/s']);
});
