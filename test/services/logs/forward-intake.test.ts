import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { decode, encode } from '@msgpack/msgpack';
import { HmacSigner } from '../../../adapters/hmac-signer.ts';
import { DYNO_LOG_VARIABLE, type DynoLogWriter, dynoLogToken } from '../../../core/log/dyno-log-token.ts';
import type { LogLine } from '../../../core/records/log-line.ts';
import { createForwardIntake, type ForwardIntake } from '../../../services/logs/forward-intake.ts';
import { problemsTo } from '../../problems.ts';
import { eventTime, forwardMode, messageMode, packedForwardMode } from './forward-protocol.ts';
import { until } from './until.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const signer = new HmacSigner(Buffer.alloc(32, 7));
const web: DynoLogWriter = { appId: 'a', dynoId: 'd', name: 'web.1' };
const token = (writer: DynoLogWriter, expiresAtMs = NOW + 60_000) => dynoLogToken(signer, writer, expiresAtMs);
const fields = (log: string, more = {}) => ({ log, source: 'stdout', [DYNO_LOG_VARIABLE]: token(web), ...more });

let intake: ForwardIntake;
let port: number;
let socket: Socket;
let lines: LogLine[];
let output: string;
let problems: string[];
let nowMs: number;

beforeEach(async () => {
  lines = [];
  output = '';
  problems = [];
  nowMs = NOW;
  intake = createForwardIntake({
    signer,
    logs: { append: (added) => lines.push(...added) },
    outputs: { append: (streamId, text) => (output += `${streamId}:${text}`) },
    now: () => nowMs,
    problems: problemsTo(problems),
  });
  port = await intake.listen(0, '127.0.0.1');
  socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
});

afterEach(async () => {
  socket.destroy();
  await intake.close();
});

const messages = () => lines.map(({ message }) => message);

describe('the fluentd forward protocol', () => {
  test.each([
    { name: 'Message', bytes: messageMode(eventTime(NOW), fields('hello')) },
    { name: 'Message with seconds', bytes: messageMode(NOW / 1_000, fields('hello')) },
    { name: 'Forward', bytes: forwardMode([[eventTime(NOW), fields('hello')]]) },
    { name: 'Forward with metadata', bytes: forwardMode([[[eventTime(NOW), {}], fields('hello')]]) },
    { name: 'PackedForward', bytes: packedForwardMode([[eventTime(NOW), fields('hello')]]) },
  ])('takes $name', async ({ bytes }) => {
    // In pieces, as a network may deliver it.
    socket.write(bytes.subarray(0, 5));
    await new Promise((resolve) => setImmediate(resolve));
    socket.write(bytes.subarray(5));
    await until(() => lines.length === 1);
    expect(lines).toEqual([{ appId: 'a', atMs: NOW, source: 'app', process: 'web.1', message: 'hello' }]);
  });

  test.each([
    { name: 'milliseconds', atMs: NOW + 250 },
    { name: 'a second that is nearly over', atMs: NOW + 999 },
  ])('takes a time with $name', async ({ atMs }) => {
    socket.write(messageMode(eventTime(atMs), fields('hello')));
    await until(() => lines.length === 1);
    expect(lines[0]?.atMs).toBe(atMs);
  });

  it('answers a chunk once its records are taken', async () => {
    socket.write(
      packedForwardMode([[eventTime(NOW), fields('hello')]], { chunk: 'p8n9gmxTQVC8/nh2wlKKeQ==', size: 1 }),
    );
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(decode(answer)).toEqual({ ack: 'p8n9gmxTQVC8/nh2wlKKeQ==' });
    expect(messages()).toEqual(['hello']);
  });

  it('answers nothing to a message that asks for no answer', async () => {
    const answers: Buffer[] = [];
    socket.on('data', (bytes) => answers.push(bytes));
    socket.write(packedForwardMode([[eventTime(NOW), fields('one')]], { size: 1 }));
    await until(() => lines.length === 1);
    socket.write(packedForwardMode([[eventTime(NOW), fields('two')]], { chunk: 'c' }));
    await until(() => answers.length > 0);
    expect(decode(Buffer.concat(answers))).toEqual({ ack: 'c' });
  });

  it.each([
    { log: 'one\n', messages: ['one'] },
    { log: 'one\ntwo\n', messages: ['one', 'two'] },
    { log: 'one\n\n', messages: ['one', ''] },
    { log: '', messages: [''] },
  ])('takes $log as $messages', async ({ log, messages: taken }) => {
    const release = token({ appId: 'a', dynoId: 'd', name: 'release.1', outputStreamId: 'stream' });
    socket.write(messageMode(eventTime(NOW), fields(log, { [DYNO_LOG_VARIABLE]: release })));
    await until(() => lines.length === taken.length);
    expect([messages(), output]).toEqual([taken, `stream:${taken.join('\n')}\n`]);
  });

  it('keeps the order of a thousand records in few packets', async () => {
    const texts = Array.from({ length: 1_000 }, (_, index) => `line ${index}`);
    socket.write(Buffer.concat(texts.map((text) => messageMode(eventTime(NOW), fields(text)))));
    await until(() => lines.length === 1_000);
    expect(messages()).toEqual(texts);
  });

  it('copies a release command into its output, and puts lines together that Docker cut', async () => {
    const release = token({ appId: 'a', dynoId: 'd', name: 'release.1', outputStreamId: 'stream' });
    const part = (log: string, last: boolean) =>
      messageMode(
        eventTime(NOW),
        fields(log, { [DYNO_LOG_VARIABLE]: release, partial_message: 'true', partial_last: String(last) }),
      );
    socket.write(Buffer.concat([part('one ', false), part('line', true)]));
    await until(() => lines.length === 2);
    expect(output).toBe('stream:one stream:line\n');
  });
});

describe('records that may not be written', () => {
  const other = new HmacSigner(Buffer.alloc(32, 8));
  test.each([
    { name: 'no token', token: undefined },
    { name: 'a forged token', token: dynoLogToken(other, web, NOW + 60_000) },
    { name: 'an expired token', token: token(web, NOW - 1) },
    { name: 'a token for something else', token: signer.sign('logs', '["a","d","web.1"]', NOW + 60_000) },
    { name: 'a token that is no text', token: 7 },
  ])('$name: refused, reported once, and the others are taken', async ({ token }) => {
    const bad = messageMode(eventTime(NOW), {
      log: 'bad',
      ...(token === undefined ? {} : { [DYNO_LOG_VARIABLE]: token }),
    });
    socket.write(Buffer.concat([bad, bad, messageMode(eventTime(NOW), fields('good'))]));
    await until(() => lines.length === 1);
    expect(messages()).toEqual(['good']);
    expect(problems).toEqual(['refused log records without a valid token']);
  });

  it('a token counts no longer than it lives, though it was accepted before', async () => {
    socket.write(messageMode(eventTime(NOW), fields('first')));
    await until(() => lines.length === 1);
    nowMs = NOW + 120_000;
    socket.write(messageMode(eventTime(NOW), fields('second')));
    await until(() => problems.length === 1);
    expect(messages()).toEqual(['first']);
  });
});

describe('what is no forward protocol', () => {
  test.each([
    { name: 'HTTP', bytes: Buffer.from('GET / HTTP/1.1\r\n\r\n') },
    { name: 'a map', bytes: encode({ tag: 'x' }) },
    { name: 'an entry that is text', bytes: encode(['docker', ['x']]) },
    { name: 'a record that is a list', bytes: encode(['docker', 1, []]) },
    { name: 'compressed entries', bytes: encode(['docker', new Uint8Array(9), { compressed: 'gzip' }]) },
    { name: 'a message without end', bytes: Buffer.from([0x93, 0xdb, 0xff, 0xff, 0xff, 0xff]) },
  ])('$name: the connection is cut, the next one is served', async ({ bytes }) => {
    socket.on('error', () => {});
    socket.resume();
    const closed = once(socket, 'close');
    socket.write(bytes);
    await closed;
    expect(problems).toEqual(['closed a connection of the log intake']);
    expect(lines).toEqual([]);
    const next = connect(port, '127.0.0.1');
    next.write(messageMode(eventTime(NOW), fields('served')));
    await until(() => lines.length === 1);
    expect(messages()).toEqual(['served']);
    next.destroy();
  });
});
