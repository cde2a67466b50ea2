import { readFileSync } from 'node:fs';
import { openWorkbench, until, type Workbench } from './workbench.ts';

jest.setTimeout(30_000);

let bench: Workbench;
beforeAll(async () => {
  bench = await openWorkbench();
});
afterAll(() => bench.close());

const onLinux = process.platform === 'linux' ? test : test.skip;

const hostMemoryMiB = (): number => {
  const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'latin1').trim().split(' ');
  const sizes = children.map((pid) => {
    try {
      if (!readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('dyno-host')) return 0;
      return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0) / 1024;
    } catch {
      return 0;
    }
  });
  return Math.max(...sizes);
};

onLinux('a dyno that logs without end loses lines and is told, the host stays small, others stay heard', async () => {
  const { taskRef, spec } = await bench.run(`exec yes "$(printf 'x%.0s' {1..100})"`, { name: 'flood.1' });
  await until(
    () =>
      bench.messages('log-shuttle').some((message) => /^Error L12: \d+ messages dropped since 2\d{3}-/.test(message)) ||
      undefined,
  );
  const other = await bench.run('for i in 1 2 3 4 5; do echo line $i; sleep 0.05; done', { name: 'quiet.1' });
  await bench.stopped(other.spec);
  expect(bench.messages('quiet.1')).toEqual([1, 2, 3, 4, 5].map((count) => `line ${count}`));
  expect(hostMemoryMiB()).toBeGreaterThan(10);
  expect(hostMemoryMiB()).toBeLessThan(300);
  expect(new Set(bench.messages('flood.1'))).toEqual(new Set(['x'.repeat(100)]));
  await bench.runtime.stop(taskRef, 0);
  expect((await bench.stopped(spec)).exit?.status).toBe(137);
});

test('a line of 50 MB arrives in pieces of 10,000 bytes or is counted as lost', async () => {
  bench.lines.length = 0;
  const { spec } = await bench.run(`node -e 'process.stdout.write("y".repeat(50_000_000) + "\\nend\\n")'`, {
    name: 'long.1',
  });
  expect((await bench.stopped(spec)).exit?.status).toBe(0);
  const whole = bench.messages('long.1').filter((message) => message === 'y'.repeat(10_000)).length;
  const lost = bench
    .messages('log-shuttle')
    .reduce((sum, message) => sum + Number(/L12: (\d+)/.exec(message)?.[1] ?? 0), 0);
  expect(whole).toBeGreaterThan(0);
  const ended = bench.messages('long.1').includes('end') ? 1 : 0;
  expect(whole + lost + ended).toBe(5_001);
});
