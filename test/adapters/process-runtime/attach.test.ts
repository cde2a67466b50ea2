import type { Duplex } from 'node:stream';
import type { DynoSpec, TaskObservation } from '../../../core/ports/dyno-runtime.ts';
import { openWorkbench, until, type Workbench } from './workbench.ts';

jest.setTimeout(60_000);

const PIPES = { terminal: false, columns: 80, rows: 24 };
const TERMINAL = { terminal: true, columns: 101, rows: 33 };

/** Long, so that no timeout happens in a test of something else, however slow the machine is. */
const TIMING = { attachTimeoutMs: 60_000, hangUpIntervalMs: 60_000 };
let bench: Workbench;
let impatient: Workbench;
beforeAll(async () => {
  bench = await openWorkbench({ timing: TIMING });
  impatient = await openWorkbench({ timing: { ...TIMING, hangUpIntervalMs: 150 } });
});
afterAll(() => Promise.all([bench.close(), impatient.close()]));

interface Conversation {
  readonly spec: DynoSpec;
  readonly stream: Duplex;
  readonly chunks: string[];
  readonly text: () => string;
  readonly ended: Promise<void>;
}

async function attached(
  command: string,
  attach: typeof PIPES,
  changes: Partial<DynoSpec> = {},
  on = bench,
): Promise<Conversation> {
  const { spec } = await on.run(command, { name: 'run.1234', type: 'run', attach, logged: false, ...changes });
  const stream = on.runtime.attach(spec.dynoId);
  if (stream === undefined) throw new Error('nothing to attach to');
  const chunks: string[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk.toString('utf8')));
  const ended = new Promise<void>((resolve) => stream.once('end', resolve));
  return { spec, stream, chunks, text: () => chunks.join(''), ended };
}

test('the process starts for its client, talks to it alone, and its end closes the connection', async () => {
  const { spec, text, ended } = await attached('echo out; echo err >&2; exit 5', PIPES);
  await ended;
  expect(text().split('\n').sort()).toEqual(['', 'err', 'out']);
  expect((await bench.stopped(spec)).exit).toEqual({ status: 5, reason: 'exited' });
  expect(bench.messages('run.1234')).toEqual([]);
});

test('a client may come before the dyno is ready, and may write at once', async () => {
  const { spec: unstarted } = { spec: await bench.spec('cat', { type: 'run', attach: PIPES, logged: false }) };
  const starting = bench.started(unstarted);
  const stream = bench.runtime.attach(unstarted.dynoId);
  const chunks: string[] = [];
  stream?.on('data', (chunk) => chunks.push(String(chunk)));
  stream?.write('early\n\u0004');
  await starting;
  await bench.stopped(unstarted);
  await until(() => chunks.join('').length >= 6 || undefined);
  expect(chunks.join('')).toBe('early\n');
});

test.each([
  { name: 'on its own', writes: ['one\n', 'two\n', '\u0004'], expected: 'one\ntwo\n' },
  { name: 'at the end of the last bytes', writes: ['one\n\u0004'], expected: 'one\n' },
  { name: 'without any input', writes: ['\u0004'], expected: '' },
])('0x04 $name ends the input of a process without a terminal', async ({ writes, expected }) => {
  const { spec, stream, text, ended } = await attached('cat', PIPES);
  for (const bytes of writes) stream.write(bytes);
  await ended;
  expect(text()).toBe(expected);
  expect((await bench.stopped(spec)).exit?.status).toBe(0);
});

test('0x04 in the middle of input is a byte like any other', async () => {
  const { stream, text, ended } = await attached('cat', PIPES);
  stream.write('a\u0004');
  stream.write('b\n');
  stream.write('\u0004');
  await ended;
  expect(text()).toBe('a\u0004b\n');
});

test('a large output arrives whole, in chunks that fit a TLS record', async () => {
  const command = 'seq 1 60000; exit 3';
  const { chunks, text, ended } = await attached(
    `bash -c '${command}' ; echo "\uFFFF heroku-command-exit-status: $?"`,
    PIPES,
  );
  await ended;
  const numbers = Array.from({ length: 60_000 }, (_, index) => `${index + 1}\n`).join('');
  expect(text() === `${numbers}\uFFFF heroku-command-exit-status: 3\n`).toBe(true);
  expect(Math.max(...chunks.map((chunk) => Buffer.byteLength(chunk)))).toBeLessThanOrEqual(16_000);
});

test('a client that does not read holds up its own dyno only, and loses nothing', async () => {
  const { spec } = await bench.run('seq 1 200000', { type: 'run', attach: PIPES, logged: false });
  const stream = bench.runtime.attach(spec.dynoId);
  await bench.task(spec, ({ state }) => state === 'running');
  const other = await bench.run('echo hello', { name: 'other.1' });
  await bench.stopped(other.spec);
  expect(bench.messages('other.1')).toEqual(['hello']);
  expect((await bench.runtime.observe(spec.appId)).tasks.find(({ dynoId }) => dynoId === spec.dynoId)?.state).toBe(
    'running',
  );
  let lines = 0;
  stream?.on('data', (chunk: Buffer) => {
    for (const byte of chunk) if (byte === 10) lines += 1;
  });
  await bench.stopped(spec);
  await until(() => lines === 200_000 || undefined);
});

describe('a terminal', () => {
  test('has the client’s window size and kind', async () => {
    const { text, ended } = await attached('tty >/dev/null && stty size; echo $TERM', TERMINAL, {
      environment: { TERM: 'vt220' },
    });
    await ended;
    expect(text()).toBe('33 101\r\nvt220\r\n');
  });

  test('hands over the last output before it closes', async () => {
    const { text, ended, spec } = await attached('seq 1 20000; exit 9', TERMINAL);
    await ended;
    expect(text().endsWith('19999\r\n20000\r\n')).toBe(true);
    expect(text().split('\r\n')).toHaveLength(20_001);
    expect((await bench.stopped(spec)).exit?.status).toBe(9);
  });

  test('ends input at 0x04 and interrupts at Ctrl-C', async () => {
    const cat = await attached('cat; echo over', TERMINAL);
    cat.stream.write('hi\n\u0004');
    await cat.ended;
    expect(cat.text()).toBe('hi\r\nhi\r\nover\r\n');
    const sleeping = await attached('echo up; sleep 60', TERMINAL);
    await until(() => sleeping.text().includes('up') || undefined);
    sleeping.stream.write('\u0003');
    await sleeping.ended;
    expect((await bench.stopped(sleeping.spec)).exit?.status).toBe(130);
  });

  test('runs an interactive shell with job control', async () => {
    const { stream, text, ended, spec } = await attached('bash --norc --noprofile', TERMINAL);
    await until(() => /[#$] $/.test(text()) || undefined);
    stream.write('sleep 60 &\nkill %1\n');
    // A shell tells of a job that has ended before its next prompt.
    await until(() => {
      stream.write('\n');
      return text().includes('[1]+  Terminated') || undefined;
    });
    stream.write('echo "jobs: $(jobs | wc -l)"\nexit 4\n');
    await ended;
    expect(text()).not.toContain('no job control');
    expect(text()).toMatch(/^jobs: 0\r$/m);
    expect((await bench.stopped(spec)).exit?.status).toBe(4);
  });

  test('that nobody reads from on the inside does not stop the host', async () => {
    const { stream, spec } = await attached('stty raw -echo; echo ready; sleep 60', TERMINAL);
    await new Promise((resolve) => stream.once('data', resolve));
    stream.write('x'.repeat(1_000_000));
    const other = await bench.run('echo still here', { name: 'other.2' });
    await bench.stopped(other.spec);
    expect(bench.messages('other.2')).toEqual(['still here']);
    stream.destroy();
    await bench.stopped(spec);
  });
});

describe('a client that leaves', () => {
  test('hangs up all processes', async () => {
    const { spec, stream } = await attached('sleep 60 & echo up; sleep 60', PIPES);
    await new Promise((resolve) => stream.once('data', resolve));
    stream.destroy();
    expect(await bench.stopped(spec)).toMatchObject({ hangUps: 1, exit: { status: 129 } });
  });

  test('hangs up three times, then kills', async () => {
    const stubborn = 'trap "" HUP; echo up; while :; do sleep 0.05; done';
    const { spec, stream } = await attached(stubborn, PIPES, {}, impatient);
    await new Promise((resolve) => stream.once('data', resolve));
    stream.end();
    expect(await impatient.stopped(spec)).toMatchObject({ hangUps: 3, exit: { status: 137 }, graceExpired: false });
  });

  test('is what a client counts as that says and hears nothing for too long', async () => {
    const idle = await openWorkbench({ timing: { ...TIMING, attachIdleMs: 500 } });
    try {
      const { spec, ended } = await attached('sleep 60', PIPES, {}, idle);
      await ended;
      expect(await idle.stopped(spec)).toMatchObject({ hangUps: 1 });
    } finally {
      await idle.close();
    }
  });
});

test('whoever leaves while the process is being launched has left it: it is hung up, whenever that was', async () => {
  const brief = await openWorkbench({ timing: { ...TIMING, attachTimeoutMs: 1_000 } });
  const left: Promise<TaskObservation>[] = [];
  for (let laterMs = 1; laterMs < 25; laterMs += 2) {
    const { spec, stream } = await attached('exec sleep 3600', PIPES, {}, brief);
    setTimeout(() => stream.destroy(), laterMs);
    left.push(brief.stopped(spec));
  }
  const ends = (await Promise.all(left)).map(({ exit }) => exit);
  await brief.close();
  // A client that left before the host knew of it never came.
  const never = { status: 1, reason: 'attach-timeout' };
  for (const end of ends) expect([{ status: 129, reason: 'exited' }, never]).toContainEqual(end);
  expect(ends).toContainEqual({ status: 129, reason: 'exited' });
});

test('there is nothing to attach to twice, after the end, or without being asked for', async () => {
  const plain = await bench.run('sleep 60');
  expect(bench.runtime.attach(plain.spec.dynoId)).toBeUndefined();
  await bench.runtime.stop(plain.taskRef, 0);
  const { spec, ended } = await attached('true', PIPES);
  expect(bench.runtime.attach(spec.dynoId)).toBeUndefined();
  await ended;
  await bench.stopped(spec);
  expect(bench.runtime.attach(spec.dynoId)).toBeUndefined();
  expect(bench.runtime.attach('no-such-dyno')).toBeUndefined();
});
