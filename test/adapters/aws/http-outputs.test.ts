import { HttpOutputs } from '../../../adapters/aws/http-outputs.ts';
import { outputBlobKey } from '../../../services/outputs/archived-streams.ts';
import { MemoryBlobs } from '../../services/outputs/memory-blobs.ts';
import { type LogService, openLogService } from './log-service.ts';

let service: LogService;
let blobs: MemoryBlobs;
let outputs: HttpOutputs;

beforeEach(async () => {
  service = await openLogService();
  blobs = new MemoryBlobs();
  outputs = new HttpOutputs({ ...service.options, blobs });
});
afterEach(() => service.close());

test('what is appended arrives in order, lines of one moment in one request', async () => {
  for (let i = 0; i < 50; i++) outputs.append('a', `${i} ✓\n`);
  outputs.append('b', 'other\n');
  outputs.append('b', '');
  await service.background.flush();
  expect(service.requests.length).toBe(2);
  for (let i = 50; i < 100; i++) {
    outputs.append('a', `${i} ✓\n`);
    if (i % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all([outputs.end('a'), outputs.end('b')]);
  expect(await service.output('a')).toBe(Array.from({ length: 100 }, (_, i) => `${i} ✓\n`).join(''));
  expect(await service.output('b')).toBe('other\n');
  expect(service.problems).toEqual([]);
});

test('an end may be repeated, also of nothing', async () => {
  outputs.append('a', 'x');
  await outputs.end('a');
  await outputs.end('a');
  await outputs.end('none');
  expect(await service.output('a')).toBe('x');
});

test('a log service that is being replaced is waited for', async () => {
  service.inject(503, 502, 429);
  outputs.append('a', 'x');
  await outputs.end('a');
  expect(await service.output('a')).toBe('x');
  expect(service.problems).toEqual([]);
});

test('one that stays away loses text, which is reported without the URL, and no later text', async () => {
  service.inject(503, 503, 503, 503);
  outputs.append('a', 'lost');
  await service.background.flush();
  expect(service.problems.map(String)).toEqual(['NotTaken: it was answered with 503']);
  outputs.append('a', 'kept');
  await outputs.end('a');
  expect(await service.output('a')).toBe('kept');
});

test('of what cannot be sent yet a mebibyte waits, and the rest is dropped', async () => {
  const mebibyte = 'x'.repeat(1024 * 1024);
  outputs.append('a', mebibyte);
  outputs.append('a', 'too much');
  await outputs.end('a');
  expect(await service.output('a')).toBe(mebibyte);
});

test('an end that is not taken is told to the caller', async () => {
  service.inject(403);
  await expect(outputs.end('a')).rejects.toThrow('403');
});

test('a removed output goes from where the log service keeps it', async () => {
  blobs.contents.set(outputBlobKey('a'), Buffer.from('x'));
  // Left by a stream that outlived its task.
  blobs.contents.set(`${outputBlobKey('a')}.part`, Buffer.from('x'));
  await outputs.remove('a');
  expect(blobs.contents.size).toBe(0);
});
