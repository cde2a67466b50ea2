import { Socket } from 'node:net';
import fc from 'fast-check';
import { FrameReader, outputsOf } from '../../../adapters/local/docker-runtime/host/frames.ts';

interface Frame {
  readonly stream: 'stdout' | 'stderr';
  readonly payload: string;
}

function encode(frames: readonly Frame[]): Buffer {
  return Buffer.concat(
    frames.flatMap(({ stream, payload }) => {
      const bytes = Buffer.from(payload);
      const header = Buffer.alloc(8);
      header[0] = stream === 'stdout' ? 1 : 2;
      header.writeUInt32BE(bytes.length, 4);
      return [header, bytes];
    }),
  );
}

/** `bytes` cut at these places. */
function pieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((one, other) => one - other);
  return [0, ...at].map((start, index) => bytes.subarray(start, at[index] ?? bytes.length));
}

test('however the bytes are cut, the frames are the same', () => {
  const frame = fc.record({ stream: fc.constantFrom('stdout' as const, 'stderr' as const), payload: fc.string() });
  fc.assert(
    fc.property(fc.array(frame), fc.array(fc.nat()), (frames, cuts) => {
      const seen: Frame[] = [];
      const reader = new FrameReader((stream, payload) => seen.push({ stream, payload: payload.toString() }));
      for (const piece of pieces(encode(frames), cuts)) reader.push(piece);
      expect(seen).toEqual(frames);
    }),
  );
});

test('a reader who is slow holds the connection up, and loses nothing', async () => {
  const connection = new Socket();
  const [stdout] = outputsOf(connection);
  const payload = 'x'.repeat(100_000);
  connection.emit('data', encode([{ stream: 'stdout', payload }]));
  expect(connection.isPaused()).toBe(true);
  let text = '';
  stdout.on('data', (chunk) => {
    text += chunk;
  });
  const ended = new Promise((resolve) => stdout.once('end', resolve));
  await new Promise((resolve) => setImmediate(resolve));
  expect(connection.isPaused()).toBe(false);
  connection.destroy();
  await ended;
  expect(text).toBe(payload);
});
