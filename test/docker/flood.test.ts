import { execFileSync } from 'node:child_process';
import { until, Workbench } from './workbench.ts';

jest.setTimeout(180_000);

let bench: Workbench;
beforeAll(async () => {
  bench = await Workbench.open();
});
afterAll(() => bench.close());

test('a dyno that logs without end loses lines and is told, and others stay heard', async () => {
  const { spec, taskRef } = await bench.run(`exec yes "$(printf 'x%.0s' {1..100})"`, { name: 'flood.1' });
  await until(() => bench.messages('flood.1').length > 1_000 || undefined);
  const other = await bench.run('for i in 1 2 3 4 5; do echo line $i; sleep 0.05; done', { name: 'quiet.1' });
  await bench.stopped(other.spec);
  expect(bench.messages('quiet.1')).toEqual([1, 2, 3, 4, 5].map((count) => `line ${count}`));
  expect(new Set(bench.messages('flood.1'))).toEqual(new Set(['x'.repeat(100)]));
  await bench.runtime.stop(taskRef, 0);
  expect((await bench.stopped(spec)).exit?.status).toBe(137);
  expect(
    bench.messages('log-shuttle').every((message) => /^Error L12: \d+ messages dropped since 2\d{3}-/.test(message)),
  ).toBe(true);
});

test('long lines arrive in pieces of 10,000 bytes, and characters whole', async () => {
  bench.lines.length = 0;
  const { spec } = await bench.run(`exec node -e 'process.stdout.write("€".repeat(20_000) + "\\nend\\n")'`, {
    name: 'long.1',
  });
  await bench.stopped(spec);
  const messages = bench.messages('long.1');
  expect(messages.at(-1)).toBe('end');
  expect(messages.slice(0, -1).join('')).toBe('€'.repeat(20_000));
  expect(Math.max(...messages.map((message) => Buffer.byteLength(message)))).toBeLessThanOrEqual(10_000);
});

test('lines carry Docker’s own time, in order', async () => {
  bench.lines.length = 0;
  const { spec } = await bench.run('echo one; sleep 0.3; echo two >&2; sleep 0.3; echo three; exec sleep 600', {
    name: 'clock.1',
  });
  await bench.said('three');
  const [container] = await bench.containersOf(spec);
  const kept = execFileSync('docker', ['logs', '--timestamps', container?.id ?? ''], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  // `docker logs` writes the container's standard error to its own.
  const byDocker = kept
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(' ') as [string, string]);
  expect(byDocker.map(([, message]) => message)).toEqual(['one', 'three']);
  expect(bench.lines.map(({ message }) => message)).toEqual(['one', 'two', 'three']);
  const [one, two = 0, three] = bench.lines.map(({ atMs }) => atMs);
  expect([one, three]).toEqual(byDocker.map(([time]) => Date.parse(time)));
  expect(two).toBeGreaterThan(one ?? 0);
  expect(two).toBeLessThan(three ?? 0);
});

test('output goes to the stream of a release phase as well', async () => {
  const { spec } = await bench.run('echo migrating; printf done', { name: 'release.1', outputStreamId: 'release-1' });
  expect([...bench.runtime.growingOutputs()]).toEqual(['release-1']);
  await bench.stopped(spec);
  expect(bench.outputs.get('release-1')).toBe('migrating\ndone\n');
  expect([...bench.runtime.growingOutputs()]).toEqual([]);
});
