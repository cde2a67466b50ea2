import { PassThrough } from 'node:stream';
import type { Container } from 'dockerode';
import { LogFollower } from '../../../adapters/local/docker-runtime/host/log-follower.ts';
import { Output } from '../../../adapters/local/dynos/host/output.ts';

interface Line {
  readonly stream: 'stdout' | 'stderr';
  /** Within one minute. */
  readonly seconds: number;
  readonly text: string;
}

const START_MS = Date.UTC(2026, 0, 1);

function frame({ stream, seconds, text }: Line): Buffer {
  const time = new Date(START_MS + seconds * 1_000).toISOString().replace('Z', '000000Z');
  const payload = Buffer.from(`${time} ${text}\n`);
  const header = Buffer.alloc(8);
  header[0] = stream === 'stdout' ? 1 : 2;
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

/** A container whose kept log is `lines`, handed out as Docker does: what is not older than `since`. */
async function follow(rounds: readonly (readonly Line[])[]): Promise<readonly string[]> {
  let kept: readonly Line[] = [];
  const container = {
    logs: async ({ since = '0' }: { since?: string }) => {
      const stream = new PassThrough();
      for (const line of kept) if (START_MS / 1_000 + line.seconds >= Number(since)) stream.write(frame(line));
      stream.end();
      return stream;
    },
  } as unknown as Container;
  const output = new Output(() => {}).open('task');
  const follower = new LogFollower(container, output, undefined);
  for (const round of rounds) {
    kept = round;
    await follower.follow();
  }
  follower.end();
  return output.take(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY).map(([, text]) => String(text));
}

test('a connection that ends in the middle costs no line, and repeats none, of either stream', async () => {
  const early: Line = { stream: 'stderr', seconds: 10.2, text: 'a warning that Docker was slow to keep' };
  const before: readonly Line[] = [
    { stream: 'stdout', seconds: 10, text: 'one' },
    { stream: 'stderr', seconds: 10.1, text: 'two' },
    { stream: 'stdout', seconds: 10.5, text: 'three' },
  ];
  const after: Line = { stream: 'stdout', seconds: 11, text: 'four' };
  const told = await follow([before, [...before, early, after], [...before, early, after]]);
  expect(told).toEqual(['one', 'two', 'three', early.text, 'four']);
});
