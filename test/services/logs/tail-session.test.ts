import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { StoredLine } from '../../../services/logs/stored-line.ts';
import { SESSION_CHARACTERS_MAX, SESSION_LINES_MAX, TailSession } from '../../../services/logs/tail-session.ts';

const NOW_MS = Date.UTC(2026, 0, 1);
const nextTurn = () => new Promise(setImmediate);

let lastId = 0;
const lines = (count: number, characters: number): StoredLine[] =>
  Array.from({ length: count }, () => {
    lastId += 1;
    const message = `${lastId}:`.padEnd(characters, 'x');
    return { id: lastId, appId: 'shop', atMs: NOW_MS, source: 'app', process: 'web.1', message };
  });

/** A real response on a connection whose other end reads only as much as the test allows. */
function reader() {
  let text = '';
  let waiting: (() => void) | undefined;
  let reads = false;
  const connection = new Duplex({
    writableHighWaterMark: 1,
    read() {},
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      if (reads) done();
      else waiting = done;
    },
  });
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  response.assignSocket(connection as Socket);
  // As Node's server does for its own connections.
  connection.on('drain', () => response.emit('drain'));
  const session = new TailSession(response, true, () => NOW_MS);
  return {
    session,
    /** The numbers of the received lines, and the notices of dropped ones. */
    async readAll() {
      reads = true;
      for (let turn = 0; turn < 2_000; turn += 1) {
        const done = waiting;
        waiting = undefined;
        done?.();
        await nextTurn();
      }
      reads = false;
      const numbers = [...text.matchAll(/app\[web\.1\]: (\d+):/g)].map((match) => Number(match[1]));
      const dropped = [...text.matchAll(/dropped (\d+) messages/g)].map((match) => Number(match[1]));
      text = '';
      return { numbers, dropped };
    },
  };
}

const idsOf = (given: readonly StoredLine[]) => given.map(({ id }) => id);

const LONG = 10_000;
const LONG_LINES_MAX = Math.ceil(SESSION_CHARACTERS_MAX / LONG);

test.each([
  { name: 'no history, long lines', history: [0, 0], each: LONG, max: LONG_LINES_MAX },
  { name: 'no history, short lines', history: [0, 0], each: 20, max: SESSION_LINES_MAX },
  { name: 'a long history, long lines', history: [1_500, LONG], each: LONG, max: LONG_LINES_MAX },
  { name: 'a long history, short lines', history: [1_500, LONG], each: 20, max: SESSION_LINES_MAX },
  { name: 'a history of many short lines, long lines', history: [1_500, 20], each: LONG, max: LONG_LINES_MAX },
])('a reader who stalls with $name: so much is kept for it, and history is not counted', async (example) => {
  const { history: [count = 0, characters = 0] = [], each, max } = example;
  const { session, readAll } = reader();
  const history = lines(count, characters);
  session.begin(history);
  await nextTurn();
  // Without history the first lines go to the connection, which takes one piece before it stalls.
  const first = lines(1, each);
  session.offer(first);
  await nextTurn();
  const later = lines(SESSION_LINES_MAX + 500, each);
  session.offer(later);
  const kept = count === 0 ? max : max - 1;
  const { numbers, dropped } = await readAll();
  expect(numbers).toEqual(idsOf([...history, ...first, ...later.slice(0, kept)]));
  expect(dropped).toEqual([later.length - kept]);
});

test('a reader who catches up and stalls again gets exactly as much as before, gap after gap', async () => {
  const each = 8 * 1024;
  const max = SESSION_CHARACTERS_MAX / each;
  const { session, readAll } = reader();
  session.begin(lines(1_500, 100));
  await readAll();
  for (let round = 0; round < 4; round += 1) {
    // Enough for one piece, which goes to the connection.
    const first = lines(8, each);
    session.offer(first);
    await nextTurn();
    const later = lines(400, each);
    session.offer(later);
    const { numbers, dropped } = await readAll();
    expect(numbers).toEqual(idsOf([...first, ...later.slice(0, max)]));
    expect(dropped).toEqual([later.length - max]);
  }
});

test('a reader who keeps up gets all that is given at once', async () => {
  const written: string[] = [];
  const response = {
    on: () => undefined,
    write: (text: string) => written.push(text) > 0,
  } as unknown as ServerResponse;
  const session = new TailSession(response, false, () => NOW_MS);
  const given = lines(3 * SESSION_LINES_MAX, 10);
  session.offer(given);
  await nextTurn();
  expect(
    written
      .join('')
      .match(/\d+(?=:x)/g)
      ?.map(Number),
  ).toEqual(idsOf(given));
  expect(session.blocked).toBe(false);
});
