import { openWorkbench, until, type Workbench } from './workbench.ts';

jest.setTimeout(30_000);

let bench: Workbench;
let limited: boolean;
beforeAll(async () => {
  bench = await openWorkbench({ timing: { memorySampleMs: 200 } });
  limited = bench.runtime.limits.startsWith('Control groups limit dynos');
});
afterAll(() => bench.close());

const HOG = `node -e 'const kept = []; setInterval(() => kept.push(Buffer.alloc(16 << 20, 1)), 5)'`;

/** Without control groups (they need Linux, root and a writable /sys/fs/cgroup) the runtime must say so. */
function unlimitedAndSaysSo(): boolean {
  if (!limited) expect(bench.runtime.limits).toMatch(/ are not enforced here/);
  return !limited;
}

test('says in one sentence what is enforced', async () => {
  expect(bench.runtime.limits).toMatch(
    /^(Control groups limit dynos to their size|Memory and process limits .* are not enforced here).*\.$/,
  );
  const unlimited = await openWorkbench({ enforceLimits: false });
  expect(unlimited.runtime.limits).toMatch(/not enforced/);
  await unlimited.close();
});

test.each([
  { name: 'the first process', command: HOG },
  { name: 'a child of the first process', command: `${HOG}; exit $?` },
])('a dyno that takes twice its memory is ended: $name', async ({ command }) => {
  if (unlimitedAndSaysSo()) return;
  const { spec } = await bench.run(command, { size: { name: 'Small', memoryMiB: 100, processLimit: 256 } });
  expect((await bench.stopped(spec)).exit).toEqual({ status: 137, reason: 'out-of-memory' });
});

test('a dyno has no more processes than its size allows, and others have theirs', async () => {
  if (unlimitedAndSaysSo()) return;
  const bomb = 'for i in $(seq 1 60); do sleep 30 & echo "child $i"; done 2>/dev/null; echo started; wait';
  const { spec, taskRef } = await bench.run(bomb, { size: { name: 'Tiny', memoryMiB: 512, processLimit: 16 } });
  await until(() => (bench.messages().includes('child 8') ? true : undefined));
  const other = await bench.run('for i in $(seq 1 30); do true & done; wait; echo fine', { name: 'other.1' });
  await bench.stopped(other.spec);
  expect(bench.messages('other.1')).toEqual(['fine']);
  await bench.runtime.stop(taskRef, 0);
  await bench.stopped(spec);
  expect(bench.messages()).not.toContain('child 16');
  expect(bench.messages()).not.toContain('started');
});

test.each([{ enforceLimits: true }, { enforceLimits: false }])(
  'memory of all processes of a dyno is measured ($enforceLimits)',
  async ({ enforceLimits }) => {
    const own = await openWorkbench({ enforceLimits, timing: { memorySampleMs: 100 } });
    const holder = `node -e 'const kept = Buffer.alloc(100 << 20, 1); setInterval(() => kept.length, 1000)'`;
    const { spec } = await own.run(`setsid ${holder} & ${holder}`);
    const samples = () =>
      own.events.flatMap((event) => (event.kind === 'memory' && event.dynoId === spec.dynoId ? [event.usedMiB] : []));
    for (let round = 0; round < 300 && !samples().some((used) => used > 200); round += 1) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(Math.max(...samples())).toBeGreaterThan(200);
    expect(Math.max(...samples())).toBeLessThan(600);
    await own.close();
  },
);
