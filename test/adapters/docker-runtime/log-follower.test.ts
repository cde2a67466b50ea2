import { PassThrough } from 'node:stream';
import type { Container } from 'dockerode';
import { LogFollower } from '../../../adapters/local/docker-runtime/host/log-follower.ts';
import { DynoOutput } from '../../../adapters/local/dynos/host/output.ts';

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

/** A container whose kept log is `lines`, which returns lines not older than `since`, as Docker does. */
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
  const output = new DynoOutput('task', () => {});
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

/** A follower of a container whose log the test writes, and the requests to Docker. */
function followed(fromMs?: number) {
  const asked: unknown[] = [];
  const streams: PassThrough[] = [];
  const container = {
    logs: async (options: unknown) => {
      asked.push(options);
      streams.push(new PassThrough());
      return streams.at(-1);
    },
  } as unknown as Container;
  const output = new DynoOutput('task', () => {});
  const follower = new LogFollower(container, output, fromMs);
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  /** Part of a line, with Docker's time and only this text. */
  const piece = async (stream: Line['stream'], time: string, text: string) => {
    const payload = Buffer.from(`2026-01-01T00:00:${time}Z ${text}`);
    const header = Buffer.alloc(8);
    header[0] = stream === 'stdout' ? 1 : 2;
    header.writeUInt32BE(payload.length, 4);
    streams.at(-1)?.write(Buffer.concat([header, payload]));
    await settle();
  };
  return {
    ...{ asked, streams, follower, piece, settle },
    told: () => output.take(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY),
  };
}
const ALL = { follow: true, stdout: true, stderr: true, timestamps: true };

test('a line has Docker’s time of it, to the nanosecond', async () => {
  const { follower, piece, told, settle } = followed();
  void follower.follow();
  await settle();
  await piece('stdout', '01.123456789', 'one\n');
  await piece('stdout', '01.200000000', 'two\n');
  await piece('stderr', '59.000000001', 'three\n');
  expect(told()).toEqual([
    [START_MS + 1_000 + 123.456789, 'one'],
    [START_MS + 1_200, 'two'],
    [START_MS + 59_000 + 0.000001, 'three'],
  ]);
  follower.end();
});

test('a long line comes in pieces of one time; another time, or its end, ends it', async () => {
  const { follower, piece, told, settle } = followed();
  void follower.follow();
  await settle();
  await piece('stdout', '01.000000000', 'a');
  await piece('stdout', '01.000001000', 'b');
  expect(told().map(([, text]) => text)).toEqual(['a']);
  await piece('stderr', '02.000000000', 'c\n');
  await piece('stdout', '03.000000000', 'd\n');
  await piece('stdout', '04.000000000', 'e');
  follower.end();
  expect(told().map(([, text]) => text)).toEqual(['c', 'b', 'd', 'e']);
});

test.each([
  { name: 'from the beginning', fromMs: undefined, since: {} },
  { name: 'from a second before what is known', fromMs: START_MS + 5_006.7, since: { since: '1767225604.006000000' } },
])('Docker is asked $name', async ({ fromMs, since }) => {
  const { asked, follower, settle } = followed(fromMs);
  void follower.follow();
  await settle();
  expect(asked).toEqual([{ ...ALL, ...since }]);
  follower.end();
});

test('lines up to the time that is known are left out, of either stream', async () => {
  const { follower, piece, told, settle } = followed(START_MS + 5_000);
  void follower.follow();
  await settle();
  await piece('stdout', '04.999999999', 'one\n');
  await piece('stderr', '05.000000000', 'two\n');
  await piece('stdout', '05.000001000', 'three\n');
  expect(told().map(([, text]) => text)).toEqual(['three']);
  follower.end();
});

test.each(['error', 'close', 'end'])('a connection is over with %s, and is followed once at a time', async (event) => {
  const { asked, streams, follower, settle } = followed();
  expect(follower.isFollowing).toBe(false);
  const following = follower.follow();
  void follower.follow();
  await settle();
  expect([follower.isFollowing, asked.length]).toEqual([true, 1]);
  streams[0]?.emit(event, new Error('broken'));
  await following;
  expect(follower.isFollowing).toBe(false);
  void follower.follow();
  await settle();
  expect(asked).toHaveLength(2);
  follower.end();
  expect(streams[1]?.destroyed).toBe(true);
});
