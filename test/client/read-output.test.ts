import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { HmacSigner } from '../../adapters/hmac-signer.ts';
import { readOutput } from '../../client/streams.ts';
import { writeSlowly } from '../../services/git/writable.ts';
import { outputsHandler } from '../../services/outputs/http.ts';

const TEXT = Buffer.from('-----> Building\nzwölf 🦆\n-----> Done\n');
const signer = new HmacSigner(Buffer.alloc(32, 7));
const clock = { nowMs: () => 0 };

let server: Server;
let url: string;
/** The stream's content, piece by piece. */
let pieces: readonly Uint8Array[];
let answersRanges: boolean;

beforeAll(async () => {
  const serve = outputsHandler({
    outputs: {
      read: (_streamId, offset) =>
        (async function* () {
          let position = 0;
          for (const piece of pieces) {
            const start = Math.max(0, offset - position);
            position += piece.length;
            if (start < piece.length) yield piece.subarray(start);
            // So that the reader gets each piece separately.
            for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate);
          }
        })(),
    },
    signer,
    clock,
  });
  server = createServer((request, response) => {
    if (!answersRanges) delete request.headers.range;
    void serve(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/streams/${signer.sign('output', 's', 1)}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const cut = (bytes: Buffer, size: number) =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );

async function read(offset: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  const complete = await readOutput(url, offset, async (chunk) => {
    expect(chunk.length).toBeGreaterThan(0);
    parts.push(chunk);
  });
  expect(complete).toBe(true);
  return Buffer.concat(parts);
}

test('the rest of an output from any place, however it comes, from servers that know ranges and that do not', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(TEXT.length),
      fc.integer({ min: 1, max: 9 }),
      fc.boolean(),
      async (offset, size, ranges) => {
        pieces = cut(TEXT, size);
        answersRanges = ranges;
        expect((await read(offset)).toString('latin1')).toBe(TEXT.subarray(offset).toString('latin1'));
      },
    ),
    { numRuns: 25 },
  );
});

test('the NUL bytes that fill silences are not passed on, and do not count', async () => {
  answersRanges = false;
  pieces = cut(TEXT, 7).flatMap((piece) => [Buffer.alloc(2), Buffer.concat([piece, Buffer.alloc(1)])]);
  for (const offset of [0, 5, 7, 8, 20]) expect(await read(offset)).toEqual(TEXT.subarray(offset));
});

test('an output that has not begun is not complete', async () => {
  expect(await readOutput(`${url}x`, 0, async () => undefined)).toBe(false);
});

describe('writing to a slow pusher', () => {
  test('waits until it has read, and goes on', async () => {
    const stream = new PassThrough({ highWaterMark: 1 });
    let written = false;
    const writing = writeSlowly(stream, 'hello').then(() => (written = true));
    await new Promise(setImmediate);
    expect(written).toBe(false);
    stream.resume();
    await writing;
    expect(stream.listenerCount('drain') + stream.listenerCount('close')).toBe(
      new PassThrough().listenerCount('drain') + new PassThrough().listenerCount('close'),
    );
  });

  test('ends when it leaves, and later words go nowhere', async () => {
    const stream = new PassThrough({ highWaterMark: 1 });
    const writing = writeSlowly(stream, 'hello');
    stream.destroy();
    await writing;
    await writeSlowly(stream, 'more');
    const ended = new PassThrough({ highWaterMark: 1 });
    ended.end();
    await writeSlowly(ended, 'more');
    // Only the word that was being sent.
    expect([stream.readableLength, ended.readableLength]).toEqual(['hello'.length, 0]);
  });
});
