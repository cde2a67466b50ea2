import type { Duplex } from 'node:stream';
import type { DynoSpec } from '../../core/ports/dyno-runtime.ts';
import { until, Workbench } from './workbench.ts';

jest.setTimeout(180_000);

const PIPES = { terminal: false, columns: 80, rows: 24 };
const TERMINAL = { terminal: true, columns: 101, rows: 33 };

/** Long, so that what ends at the first hang-up gets no second one, however slow the machine is. */
const TIMING = { attachTimeoutMs: 60_000, hangUpIntervalMs: 60_000 };
let bench: Workbench;
beforeAll(async () => {
  bench = await Workbench.open({ timing: TIMING });
});
afterAll(() => bench.close());

interface Conversation {
  readonly spec: DynoSpec;
  readonly stream: Duplex;
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
  let text = '';
  stream.on('data', (chunk: Buffer) => {
    text += chunk.toString('utf8');
  });
  const ended = new Promise<void>((resolve) => stream.once('end', resolve));
  return { spec, stream, text: () => text, ended };
}

test('the process starts for its client, talks to it alone, and its end closes the connection', async () => {
  const { spec, text, ended } = await attached('echo out; echo err >&2; exit 5', PIPES);
  await ended;
  expect(text().split('\n').sort()).toEqual(['', 'err', 'out']);
  expect((await bench.stopped(spec)).exit).toEqual({ status: 5, reason: 'exited' });
  expect(bench.messages('run.1234')).toEqual([]);
  expect(bench.runtime.attach(spec.dynoId)).toBeUndefined();
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

test.each([{ attach: PIPES }, { attach: TERMINAL }])(
  'a large output arrives whole, terminal: $attach.terminal',
  async (how) => {
    const { text, ended, spec } = await attached(
      `node -e 'for (let i = 1; i <= 60000; i++) process.stdout.write(i + "\\n"); process.exitCode = 9'`,
      how.attach,
    );
    await ended;
    const newline = how.attach.terminal ? '\r\n' : '\n';
    const numbers = Array.from({ length: 60_000 }, (_, index) => `${index + 1}${newline}`).join('');
    expect(text() === numbers).toBe(true);
    expect((await bench.stopped(spec)).exit?.status).toBe(9);
  },
);

describe('a terminal', () => {
  test('has the client’s window size and kind', async () => {
    const { text, ended } = await attached(
      `until [ "$(stty size)" != '0 0' ]; do sleep 0.02; done; stty size; echo $TERM`,
      TERMINAL,
      { environment: { TERM: 'vt220' } },
    );
    await ended;
    expect(text()).toBe('33 101\r\nvt220\r\n');
  });

  test('takes what is typed, Ctrl-P at once, Ctrl-D as the end of input and Ctrl-C as an interrupt', async () => {
    const { stream, text, ended, spec } = await attached('stty -echo; echo ready; cat; exec sleep 60', TERMINAL);
    await until(() => text().includes('ready') || undefined);
    stream.write('typed\u0010\n');
    await until(() => text().includes('typed\u0010\r\n') || undefined);
    stream.write('\u0004');
    await until(async () => (await top(spec)).includes('sleep') || undefined);
    stream.write('\u0003');
    await ended;
    expect((await bench.stopped(spec)).exit).toEqual({ status: 130, reason: 'exited' });
  });
});

test('a client that leaves is followed by SIGHUP three times, then SIGKILL', async () => {
  const impatient = await Workbench.open({ timing: { ...TIMING, hangUpIntervalMs: 500 } });
  try {
    const { spec, stream, text } = await attached(
      `trap 'echo hup' HUP; trap '' TERM; echo up; while :; do sleep 0.05; done`,
      PIPES,
      {},
      impatient,
    );
    await until(() => text().includes('up') || undefined);
    stream.destroy();
    const seen = await impatient.stopped(spec);
    expect(seen).toMatchObject({ hangUps: 3, exit: { status: 137, reason: 'exited' } });
  } finally {
    await impatient.close();
  }
});

test('a hang-up ends a program that does not mind it', async () => {
  const { spec, stream, text } = await attached('echo up; exec sleep 60', TERMINAL);
  await until(() => text().includes('up') || undefined);
  stream.destroy();
  expect(await bench.stopped(spec)).toMatchObject({ hangUps: 1, exit: { status: 129 } });
});

test('a connection without input and output for too long is a client that left', async () => {
  const impatient = await Workbench.open({ timing: { ...TIMING, attachIdleMs: 1_000 } });
  try {
    const { spec } = await attached('exec sleep 60', PIPES, {}, impatient);
    expect(await impatient.stopped(spec)).toMatchObject({ hangUps: 1, exit: { status: 129 } });
  } finally {
    await impatient.close();
  }
});

/** The programs that run in the dyno's container. */
async function top(spec: DynoSpec): Promise<string> {
  const [container] = await bench.containersOf(spec);
  return JSON.stringify(await container?.top());
}
