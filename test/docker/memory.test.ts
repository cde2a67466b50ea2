import { until, Workbench } from './workbench.ts';

jest.setTimeout(180_000);

let bench: Workbench;
beforeAll(async () => {
  bench = await Workbench.open({ timing: { memorySampleMs: 300 } });
});
afterAll(() => bench.close());

const SMALL = { size: { name: 'Basic', memoryMiB: 32, processLimit: 256 } };
const HOG = `node -e 'const all = []; for (;;) all.push(Buffer.alloc(8 * 1024 * 1024, 1))'`;

test.each([
  { name: 'that is the first process', command: `exec ${HOG}`, status: 137 },
  { name: 'whose shell passes its status on', command: `${HOG}; exit $?`, status: 137 },
])('a program $name and takes too much memory ends its dyno as out of memory', async ({ command, status }) => {
  const { spec } = await bench.run(command, SMALL);
  expect((await bench.stopped(spec)).exit).toEqual({ status, reason: 'out-of-memory' });
});

test.each([
  { name: 'a kill', command: 'kill -KILL $$', status: 137 },
  { name: 'a crash', command: 'exit 1', status: 1 },
  { name: 'an end in spite of a child that ran out of memory', command: `${HOG}; exit 0`, status: 0 },
])('$name is not out of memory', async ({ command, status }) => {
  const { spec } = await bench.run(command, SMALL);
  expect((await bench.stopped(spec)).exit).toEqual({ status, reason: 'exited' });
});

test('memory in use is reported while a dyno runs', async () => {
  const hold = `exec node -e 'globalThis.held = Buffer.alloc(200 * 1024 * 1024, 1); setInterval(() => held, 1000)'`;
  const { spec } = await bench.run(hold);
  const seen = await until(() =>
    bench.events.flatMap((event) => (event.kind === 'memory' && event.dynoId === spec.dynoId ? [event] : [])).at(-1),
  );
  await until(() =>
    bench.events.some((event) => event.kind === 'memory' && event.dynoId === spec.dynoId && event.usedMiB > 200),
  );
  expect(seen.usedMiB).toBeLessThan(400);
});
