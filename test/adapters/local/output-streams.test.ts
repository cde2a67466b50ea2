import { spawn } from 'node:child_process';
import { getEventListeners, once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { STREAM_BYTES_MAX, TRUNCATION_NOTICE } from '../../../adapters/local/live-stream.ts';
import { LocalOutputStreams } from '../../../adapters/local/output-streams.ts';

const WRITER = resolve(__dirname, '../../fixtures/output-writer.ts');
const signal = new AbortController().signal;
let directory: string;
let errors: unknown[];
let problems: string[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'dynoform-outputs-'));
  errors = [];
  problems = [];
});
afterEach(() => rmSync(directory, { recursive: true }));

const report = (problem: string, error?: unknown) => {
  problems.push(problem);
  errors.push(error);
};
const open = () => new LocalOutputStreams({ directory, problems: { report } });

async function readAll(content: AsyncIterable<Uint8Array> | undefined): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content ?? []) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

test('after a kill -9, what had ended is whole, and what had not is ended at the next start', async () => {
  const writer = spawn(process.execPath, ['--import', 'tsx', WRITER, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(writer.stdout, 'data');
  writer.kill('SIGKILL');
  await once(writer, 'exit');

  const outputs = open();
  const reading = readAll(outputs.read('open', 0, signal));
  expect(await outputs.endInterrupted()).toEqual(['open']);
  const lines = Array.from({ length: 1_000 }, (_, i) => `${i}\n`).join('');
  expect(await readAll(outputs.read('ended', 0, signal))).toBe(lines);
  const interrupted = await reading;
  // Exactly what was written in time; `more` was appended as long as the writer lived.
  expect(interrupted).not.toBe('');
  expect(lines.startsWith(interrupted.slice(0, lines.length))).toBe(true);
  expect(interrupted.slice(lines.length)).toMatch(/^(more\n)*(m|mo|mor|more)?$/);
  expect(await readAll(outputs.read('open', 0, signal))).toBe(interrupted);
  expect(await outputs.endInterrupted()).toEqual([]);
}, 30_000);

test('a reader of a long output waits for its next piece once, however many there have been', async () => {
  const outputs = open();
  const leaving = new AbortController();
  outputs.append('stream', '0\n');
  let most = 0;
  let next = 1;
  for await (const _ of outputs.read('stream', 0, leaving.signal) ?? []) {
    most = Math.max(most, getEventListeners(leaving.signal, 'abort').length);
    if (next > 40) break;
    // After the reader has begun to wait.
    setTimeout(() => outputs.append('stream', `${next++}\n`), 1);
  }
  expect(most).toBeLessThanOrEqual(2);
  await outputs.end('stream');
});

test('an interrupted stream can be continued before it is ended', async () => {
  open();
  writeFileSync(join(directory, 'open/s'), 'before the restart\n');
  const second = open();
  second.append('s', '!     interrupted\n');
  await second.end('s');
  expect(await readAll(second.read('s', 0, signal))).toBe('before the restart\n!     interrupted\n');
});

test('what goes on growing is not ended at the start: only what was interrupted is', async () => {
  open();
  for (const stream of ['a', 'b', 'c']) writeFileSync(join(directory, 'open', stream), `${stream} of before\n`);
  const outputs = open();
  expect(await outputs.endInterrupted(new Set(['a', 'not there']))).toEqual(['b', 'c']);
  expect(await readAll(outputs.read('b', 0, signal))).toBe('b of before\n');
  outputs.append('a', 'a of now\n');
  outputs.append('b', 'too late\n');
  await outputs.end('a');
  expect(await readAll(outputs.read('a', 0, signal))).toBe('a of before\na of now\n');
  expect(await readAll(outputs.read('b', 0, signal))).toBe('b of before\n');
});

test('removing a stream ends its readers and leaves no file, whether it has ended or not', async () => {
  const outputs = open();
  for (const stream of ['open', 'ended']) outputs.append(stream, 'x');
  await outputs.end('ended');
  const reading = readAll(outputs.read('open', 0, signal));
  for (const stream of ['open', 'ended']) await outputs.remove(stream);
  expect('x'.startsWith(await reading)).toBe(true);
  for (const stream of ['open', 'ended']) {
    expect(outputs.read(stream, 0, signal)).toBeUndefined();
    expect([existsSync(join(directory, 'open', stream)), existsSync(join(directory, 'ended', stream))]).toEqual([
      false,
      false,
    ]);
  }
});

test('after 300 MB a notice follows and the rest is dropped', async () => {
  const outputs = open();
  writeFileSync(join(directory, 'open/big'), '');
  truncateSync(join(directory, 'open/big'), STREAM_BYTES_MAX - 5);
  outputs.append('big', '12345');
  outputs.append('big', '6');
  outputs.append('big', '7');
  await outputs.end('big');
  expect(await readAll(outputs.read('big', STREAM_BYTES_MAX - 5, signal))).toBe(`12345${TRUNCATION_NOTICE}`);
});

test('a full disk is reported and holds up neither the caller nor the end for ever', async () => {
  const outputs = open();
  symlinkSync('/dev/full', join(directory, 'open/s'));
  outputs.append('s', 'x');
  await outputs.end('s');
  expect(String(errors[0])).toContain('ENOSPC');
  expect(problems[0]).toBe('could not write the output s');
  expect(existsSync(join(directory, 'open/s'))).toBe(false);
}, 20_000);

test('a file that cannot be made is reported and does not fail the caller', async () => {
  const outputs = open();
  symlinkSync('/dev/null/impossible', join(directory, 'open/s'));
  outputs.append('s', 'x');
  expect(String(errors[0])).toContain('ENOTDIR');
  expect(problems).toEqual(['could not write the output s']);
  expect(outputs.read('s', 0, signal)).toBeUndefined();
  await outputs.end('s');
});

test('a flood in small pieces arrives whole', async () => {
  const outputs = open();
  const line = `${'z'.repeat(99)}\n`;
  for (let i = 0; i < 100; i++) {
    for (let j = 0; j < 2_000; j++) outputs.append('s', line);
    await new Promise((wake) => setImmediate(wake));
  }
  await outputs.end('s');
  expect(readFileSync(join(directory, 'ended/s'), 'latin1').split(line)).toHaveLength(200_001);
});
