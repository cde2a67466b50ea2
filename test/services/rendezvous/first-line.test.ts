import { once } from 'node:events';
import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import type { Signer } from '../../../core/ports/signer.ts';
import { EarlyInput } from '../../../services/rendezvous/early-input.ts';
import { createRendezvous } from '../../../services/rendezvous/rendezvous.ts';
import { readSecret } from '../../../services/rendezvous/secret.ts';

const settle = () => new Promise(setImmediate);

/** Results of a client's input, sent piece by piece: the secret, and what is left to read. */
async function sent(...pieces: readonly string[]) {
  const socket = new PassThrough();
  let secret: string | undefined | 'waits' = 'waits';
  void readSecret(socket).then((read) => {
    secret = read;
  });
  for (const piece of pieces) {
    socket.write(piece, 'latin1');
    await settle();
  }
  await settle();
  const rest = secret === 'waits' ? '' : String(socket.read() ?? '');
  if (secret === 'waits') socket.destroy();
  return { secret, rest, listeners: socket.listenerCount('readable') };
}
const LONG = 's'.repeat(4_096);

test.each([
  { name: 'a line', pieces: ['abc\n'], secret: 'abc', rest: '' },
  { name: 'a line of the network', pieces: ['abc\r\n'], secret: 'abc', rest: '' },
  { name: 'a line in pieces', pieces: ['a', 'bc\r', '\n'], secret: 'abc', rest: '' },
  { name: 'a line and input', pieces: ['abc\r\nls -l\n'], secret: 'abc', rest: 'ls -l\n' },
  { name: 'an empty line', pieces: ['\r\n'], secret: '', rest: '' },
  { name: 'a carriage return within', pieces: ['a\rb\n'], secret: 'a\rb', rest: '' },
  { name: 'bytes above ASCII', pieces: ['\xff\n'], secret: '\xff', rest: '' },
  { name: 'a line of 4,096 bytes', pieces: [LONG, '\n'], secret: LONG, rest: '' },
  { name: 'a line of 4,097 bytes', pieces: [`${LONG}s\n`], secret: undefined, rest: '' },
  { name: '4,097 bytes and no end', pieces: [`${LONG}s`], secret: undefined, rest: '' },
])('$name is read as a secret, and what follows is left', async ({ pieces, secret, rest }) => {
  expect(await sent(...pieces)).toEqual({ secret, rest, listeners: 0 });
});

test('a line that has not ended is waited for', async () => {
  expect((await sent(LONG)).secret).toBe('waits');
  expect((await sent()).secret).toBe('waits');
});

test.each(['close', 'end'])('a client that leaves first (%s) has no secret', async (event) => {
  const socket = new PassThrough();
  const secret = readSecret(socket);
  socket.write('abc');
  socket.emit(event);
  expect(await secret).toBeUndefined();
  expect(['readable', 'close', 'end'].map((name) => socket.listenerCount(name))).toEqual([0, 0, 0]);
});

describe('input before its dyno', () => {
  const dynoOf = () => {
    const dyno = new PassThrough();
    let text = '';
    dyno.on('data', (chunk) => {
      text += chunk;
    });
    return { dyno, text: () => text };
  };

  test('comes first, then what follows; the end of a client is not its dyno’s', async () => {
    const socket = new PassThrough();
    const input = new EarlyInput(socket);
    socket.write('one ');
    socket.write('two ');
    await settle();
    const { dyno, text } = dynoOf();
    input.pipe(dyno);
    socket.write('three');
    await settle();
    expect(text()).toBe('one two three');
    socket.end();
    await settle();
    expect([dyno.writableEnded, socket.destroyed]).toEqual([false, true]);
  });

  test('is read up to 64 KiB', async () => {
    const socket = new PassThrough({ highWaterMark: 1024 * 1024 });
    const input = new EarlyInput(socket);
    socket.write(Buffer.alloc(64 * 1024 - 1, 'x'));
    await settle();
    expect(socket.isPaused()).toBe(false);
    socket.write('x');
    await settle();
    expect(socket.isPaused()).toBe(true);
    socket.write('y');
    const { dyno, text } = dynoOf();
    input.pipe(dyno);
    for (let turn = 0; turn < 20; turn += 1) await settle();
    expect(text()).toBe(`${'x'.repeat(64 * 1024)}y`);
  });
});

test('a client that leaves while its dyno is looked for gets none, and may come back', async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'performance', 'Date'] });
  try {
    const asked: string[] = [];
    const rendezvous = createRendezvous({
      signer: { verify: () => 'shop/dyno-1' } as unknown as Signer,
      now: () => 0,
      attach: (appId, dynoId) => {
        asked.push(`${appId} ${dynoId}`);
        return undefined;
      },
    });
    const connection = { setNoDelay: () => undefined, setKeepAlive: () => undefined } as unknown as Socket;
    for (const times of [1, 2]) {
      const client = new PassThrough();
      rendezvous.handle(client, connection);
      client.write('secret\r\n');
      await settle();
      const closed = once(client, 'close');
      client.destroy();
      await closed;
      jest.advanceTimersByTime(100);
      await settle();
      expect(asked).toEqual(Array.from({ length: times }, () => 'shop dyno-1'));
    }
  } finally {
    jest.useRealTimers();
  }
});
