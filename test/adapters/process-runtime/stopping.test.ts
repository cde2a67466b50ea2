import { alive } from './alive.ts';
import { openWorkbench, until, type Workbench } from './workbench.ts';

jest.setTimeout(30_000);

const gone = (pid: number) => until(() => !alive(pid) || undefined);

describe.each([{ enforceLimits: true }, { enforceLimits: false }])('enforceLimits: $enforceLimits', (options) => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = await openWorkbench(options);
  });
  afterAll(() => bench.close());
  afterEach(() => {
    bench.lines.length = 0;
  });
  const pids = (count: number) =>
    until(() => {
      const seen = bench.messages().filter((message) => /^\d+$/.test(message));
      return seen.length >= count ? seen.map(Number) : undefined;
    });
  /** A grandchild that ignores SIGTERM and keeps the dyno's output open. */
  const stubborn = `bash -c 'trap "" TERM HUP INT; echo $$; while :; do sleep 0.05; done'`;

  test.each([
    { name: 'a grandchild', command: `(${stubborn} &) ; sleep 60` },
    { name: 'a grandchild that left the group', command: `setsid ${stubborn} & sleep 60` },
    {
      name: 'a daemon that left the group and cleared its environment',
      command: `env -i PATH="$PATH" setsid ${stubborn} < /dev/null & sleep 60`,
    },
  ])('$name does not outlive the dyno’s first process', async ({ command }) => {
    const { spec, taskRef } = await bench.run(command);
    const [pid = 0] = await pids(1);
    await bench.runtime.stop(taskRef, 30);
    expect((await bench.stopped(spec)).exit?.status).toBe(143);
    await gone(pid);
  });

  test('SIGTERM reaches a process that left the group', async () => {
    const polite = `bash -c 'trap "echo got it; exit" TERM; echo $$; while :; do sleep 0.02; done'`;
    const { spec, taskRef } = await bench.run(`setsid ${polite} & trap "" TERM; wait; wait; sleep 0.1`);
    await pids(1);
    await bench.runtime.stop(taskRef, 30);
    await until(() => bench.messages().includes('got it') || undefined);
    // It ends by itself: its first process ends when all others have.
    expect(await bench.stopped(spec)).toMatchObject({ graceExpired: false });
  });

  test('what the first process left behind ends when it exits by itself', async () => {
    const { spec } = await bench.run(
      `setsid ${stubborn} & while ! [ -e ready ]; do sleep 0.2; touch ready; done; exit 3`,
    );
    const [pid = 0] = await pids(1);
    expect((await bench.stopped(spec)).exit).toEqual({ status: 3, reason: 'exited' });
    await gone(pid);
  });

  test('a process that ignores SIGTERM is killed after the grace, with all it started', async () => {
    const { spec, taskRef } = await bench.run(`trap "" TERM; setsid ${stubborn} & ${stubborn}`);
    const both = await pids(2);
    await bench.runtime.stop(taskRef, 0.3);
    expect(await bench.stopped(spec)).toMatchObject({ graceExpired: true, exit: { status: 137, reason: 'exited' } });
    await Promise.all(both.map(gone));
  });

  test('closing the runtime ends everything, and a start is refused afterwards', async () => {
    const own = await openWorkbench(options);
    const running = await Promise.all(Array.from({ length: 5 }, () => own.run(stubborn)));
    const all = await until(() => (own.messages().length === 5 ? own.messages().map(Number) : undefined));
    const slow = own.runtime.close({ graceSeconds: 60 });
    await own.runtime.close({ graceSeconds: 0 });
    await slow;
    expect(all.filter(alive)).toEqual([]);
    const { taskRef: _ref, spec } = running[0] as (typeof running)[0];
    expect(await own.runtime.start({ ...spec, attempt: 2 })).toMatchObject({ ok: false, retry: true });
    await own.close();
  });
});
