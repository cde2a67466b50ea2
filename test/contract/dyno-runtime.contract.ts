import type {
  DynoRuntime,
  DynoSpec,
  RuntimeEvent,
  RuntimeEvents,
  TaskObservation,
} from '../../core/ports/dyno-runtime.ts';
import type { LogLine } from '../../core/records/log-line.ts';
import { tarball } from '../artifacts.ts';
import { answers } from './plain-request.ts';
import { until } from './until.ts';

/** One fresh runtime and what the suite needs of it. Opened before each test, closed after it. */
export interface RuntimeUnderTest {
  readonly runtime: DynoRuntime & RuntimeEvents;
  /** A slug that the runtime can start, with a file `hello.txt` that contains `hello`. */
  readonly slug: DynoSpec['slug'];
  /** Everything that the runtime has appended to the log intake. */
  readonly lines: readonly LogLine[];
  close(): Promise<void>;
}

/** Limits of a runtime, with the reason; the suite then tests what the runtime does instead. */
export interface Limits {
  /** Every stop has this grace, whatever it asks for. */
  readonly oneGrace?: { readonly seconds: number; readonly because: string };
  /** Output reaches the log some time later, and a last line without a newline perhaps never. */
  readonly looseLog?: { readonly because: string };
}

/** Listens on all addresses, as a web dyno must. */
const WEB = `exec node -e 'require("http").createServer((q, s) => s.end("ok")).listen(process.env.PORT)'`;
const DEAF = `trap '' TERM; echo deaf; while :; do sleep 0.05; done`;

export function dynoRuntimeContract(name: string, open: () => Promise<RuntimeUnderTest>, limits: Limits = {}): void {
  describe(`${name} as a DynoRuntime`, () => {
    jest.setTimeout(180_000);
    let under: RuntimeUnderTest;
    let events: RuntimeEvent[];
    let made = 0;

    beforeEach(async () => {
      // Before the runtime starts anything: its processes may inherit this, and must not pass it on.
      process.env.DYNOFORM_CONTRACT_SECRET = 'leaked';
      under = await open();
      events = [];
      under.runtime.onEvent((event) => events.push(event));
    });
    afterEach(async () => {
      delete process.env.DYNOFORM_CONTRACT_SECRET;
      await under.close();
    });

    const spec = (command: string, changes: Partial<DynoSpec> = {}): DynoSpec => {
      made += 1;
      return {
        appId: '11111111-0000-4000-8000-000000000001',
        appName: 'shop',
        dynoId: `22222222-0000-4000-8000-${String(made).padStart(12, '0')}`,
        name: 'worker.1',
        type: 'worker',
        attempt: 1,
        slug: under.slug,
        command,
        config: { version: 1, open: async () => ({}) },
        environment: {},
        size: { name: 'Basic', memoryMiB: 512, processLimit: 256 },
        logged: true,
        ...changes,
      };
    };
    const started = async (wanted: DynoSpec): Promise<string> => {
      const result = await under.runtime.start(wanted);
      if (!result.ok) throw new Error(`not started: ${result.reason}`);
      return result.taskRef;
    };
    const tasksOf = async (wanted: DynoSpec): Promise<readonly TaskObservation[]> =>
      (await under.runtime.observe(wanted.appId)).tasks.filter((task) => task.dynoId === wanted.dynoId);
    const task = async (wanted: DynoSpec, is: (seen: TaskObservation) => boolean): Promise<TaskObservation> =>
      until(async () => (await tasksOf(wanted)).find((seen) => seen.attempt === wanted.attempt && is(seen)));
    const stopped = (wanted: DynoSpec) => task(wanted, (seen) => seen.state === 'stopped');
    const messages = (process: string) =>
      under.lines.filter((line) => line.source === 'app' && line.process === process).map((line) => line.message);
    const logged = async (process: string, expected: readonly string[]): Promise<void> => {
      if (limits.looseLog !== undefined)
        await until(async () => messages(process).length >= expected.length || undefined);
      expect(messages(process)).toEqual(expected);
    };
    const said = (message: string) => until(async () => under.lines.find((line) => line.message === message));

    describe('start', () => {
      test('an accepted task is observed with its dyno, attempt and app, and runs', async () => {
        const wanted = spec('sleep 60', { attempt: 3 });
        const taskRef = await started(wanted);
        expect(await tasksOf(wanted)).toMatchObject([
          { taskRef, appId: wanted.appId, dynoId: wanted.dynoId, attempt: 3 },
        ]);
        const running = await task(wanted, (seen) => seen.state === 'running');
        expect(running).toMatchObject({ taskRef, graceExpired: false, hangUps: 0, listening: false });
        expect(typeof running.launchedAtMs).toBe('number');
        expect(running.exit).toBeUndefined();
      });

      test('the same dyno and attempt makes one task, however often and at once it is asked for', async () => {
        const wanted = spec('echo once; sleep 60');
        const refs = await Promise.all([started(wanted), started(wanted), started(wanted)]);
        refs.push(await started(wanted));
        expect(new Set(refs).size).toBe(1);
        await said('once');
        expect(await tasksOf(wanted)).toHaveLength(1);
        await logged('worker.1', ['once']);
      });

      test('a repeat after the exit answers the same task and does not run it again', async () => {
        const wanted = spec('echo once');
        const taskRef = await started(wanted);
        await stopped(wanted);
        expect(await started(wanted)).toBe(taskRef);
        expect(await stopped(wanted)).toMatchObject({ taskRef });
        await logged('worker.1', ['once']);
      });

      test('another attempt of the same dyno is another task', async () => {
        const first = spec('exit 1');
        const second = { ...first, attempt: 2 };
        const refs = [await started(first), await started(second)];
        expect(new Set(refs).size).toBe(2);
        expect((await stopped(second)).attempt).toBe(2);
      });

      test('fifty at once all run', async () => {
        // Longer than it may take a slow machine to start them: the first must still run when the last begins.
        const wanted = Array.from({ length: 50 }, (_, index) => spec('sleep 600', { name: `worker.${index + 1}` }));
        expect(new Set(await Promise.all(wanted.map(started))).size).toBe(50);
        await until(async () => {
          const { tasks } = await under.runtime.observe(wanted[0]?.appId ?? '');
          expect(tasks.flatMap(({ exit }) => exit ?? [])).toEqual([]);
          return tasks.filter(({ state }) => state === 'running').length === 50 || undefined;
        });
      });

      test('a slug that does not exist is a failed start, at once or soon, and never runs', async () => {
        const wanted = spec('echo ran', {
          slug: { ...under.slug, id: 'none', artifact: tarball('slugs/does-not-exist') },
        });
        const result = await under.runtime.start(wanted);
        if (result.ok) expect((await stopped(wanted)).exit?.reason).toBe('start-failed');
        else expect(result.reason).not.toBe('');
        expect(messages('worker.1')).toEqual([]);
      });

      test('config vars that cannot be opened are a failed start that shows no value', async () => {
        const wanted = spec('echo ran', {
          config: {
            version: 1,
            open: async () => {
              throw new Error('broken seal of p4ssword');
            },
          },
        });
        const result = await under.runtime.start(wanted);
        const exit = result.ok ? (await stopped(wanted)).exit : undefined;
        if (result.ok) expect(exit?.reason).toBe('start-failed');
        expect(JSON.stringify([result, exit, under.lines])).not.toContain('p4ssword');
        expect(messages('worker.1')).toEqual([]);
      });
    });

    describe('the process', () => {
      test('runs in the slug by bash, with config vars, and platform variables that win over them', async () => {
        const wanted = spec(
          'echo "$(cat hello.txt) $([ -n "$BASH_VERSION" ] && echo bash) $DYNO $A $B $([ "$PORT" -gt 1023 ] && echo port) $([ "$HOME" = "$PWD" ] && echo home)"',
          {
            config: { version: 1, open: async () => ({ A: 'config', B: 'config', DYNO: 'config', HOME: '/config' }) },
            environment: { B: 'platform' },
          },
        );
        await started(wanted);
        await stopped(wanted);
        await logged('worker.1', ['hello bash worker.1 config platform port home']);
      });

      test('gets nothing of the platform’s own environment', async () => {
        const wanted = spec('echo "[$DYNOFORM_CONTRACT_SECRET][$NODE_OPTIONS]"');
        await started(wanted);
        await stopped(wanted);
        await logged('worker.1', ['[][]']);
      });

      test('has a file system of its own, fresh at each start', async () => {
        const first = spec('echo changed > hello.txt; echo "first $(cat hello.txt)"');
        await started(first);
        await stopped(first);
        const second = spec('echo "second $(cat hello.txt)"');
        await started(second);
        await stopped(second);
        await logged('worker.1', ['first changed', 'second hello']);
      });

      const lastLine =
        limits.looseLog === undefined
          ? { name: 'the last one without a newline as well', end: 'printf end' }
          : { name: `the last one once it has its newline: ${limits.looseLog.because}`, end: 'echo end' };
      test(`writes whole lines to the log, standard error too, ${lastLine.name}`, async () => {
        const wanted = spec(`printf 'a'; sleep 0.05; printf 'b\\nc\\n'; echo error >&2; ${lastLine.end}`);
        await started(wanted);
        await stopped(wanted);
        const lines = ['ab', 'c', 'end', 'error'];
        await until(async () => messages('worker.1').length === lines.length || undefined);
        expect([...messages('worker.1')].sort()).toEqual(lines);
        expect(under.lines.every((line) => line.appId === wanted.appId)).toBe(true);
      });

      test('is silent in the log when its output goes elsewhere', async () => {
        const wanted = spec('echo quiet', { logged: false });
        await started(wanted);
        await stopped(wanted);
        expect(messages('worker.1')).toEqual([]);
      });

      test.each([
        { name: 'success', command: 'true', status: 0 },
        { name: 'a code', command: 'exit 7', status: 7 },
        { name: 'a command that does not exist', command: 'no-such-program-here', status: 127 },
        { name: 'a signal', command: 'kill -KILL $$', status: 137 },
        { name: 'a signal in a program run by bash', command: 'exec sleep 60 & kill -HUP $!; wait $!', status: 129 },
      ])('exits with $name as status $status', async ({ command, status }) => {
        const wanted = spec(command);
        await started(wanted);
        const seen = await stopped(wanted);
        expect(seen.exit).toMatchObject({ status, reason: 'exited' });
        expect(typeof seen.stoppedAtMs).toBe('number');
        expect(typeof seen.launchedAtMs).toBe('number');
        expect(seen.graceExpired).toBe(false);
      });
    });

    describe('stop', () => {
      test('sends SIGTERM, which ends a plain process with 143', async () => {
        const wanted = spec('echo up; sleep 60');
        const taskRef = await started(wanted);
        await said('up');
        await under.runtime.stop(taskRef, 30);
        expect(await stopped(wanted)).toMatchObject({ exit: { status: 143, reason: 'exited' }, graceExpired: false });
      });

      test('lets a process end by itself inside the grace', async () => {
        const wanted = spec(`trap 'sleep 0.2; echo bye; exit 3' TERM; echo up; while :; do sleep 0.02; done`);
        const taskRef = await started(wanted);
        await said('up');
        await under.runtime.stop(taskRef, 30);
        expect(await stopped(wanted)).toMatchObject({ exit: { status: 3 }, graceExpired: false });
        await said('bye');
      });

      test('reaches every process of the dyno', async () => {
        const child = `bash -c "trap 'echo child got it; exit' TERM; echo up; while :; do sleep 0.02; done"`;
        const wanted = spec(`${child} & trap '' TERM; wait; wait`);
        const taskRef = await started(wanted);
        await said('up');
        await under.runtime.stop(taskRef, 30);
        expect(await said('child got it')).toMatchObject({ process: wanted.name });
      });

      if (limits.oneGrace === undefined) {
        test('kills what is left when the grace is over, and says that it was over', async () => {
          const wanted = spec(DEAF);
          const taskRef = await started(wanted);
          await said('deaf');
          await under.runtime.stop(taskRef, 1);
          expect(await stopped(wanted)).toMatchObject({ exit: { status: 137 }, graceExpired: true });
        });

        test('kills at once without a grace', async () => {
          const wanted = spec(DEAF);
          const taskRef = await started(wanted);
          await said('deaf');
          await under.runtime.stop(taskRef, 0);
          expect((await stopped(wanted)).exit?.status).toBe(137);
        });

        test('a shorter grace wins over a running one, a longer one does not', async () => {
          const wanted = spec(DEAF);
          const taskRef = await started(wanted);
          await said('deaf');
          await under.runtime.stop(taskRef, 600);
          await under.runtime.stop(taskRef, 1);
          await under.runtime.stop(taskRef, 600);
          expect((await stopped(wanted)).exit?.status).toBe(137);
        });
      } else {
        const { seconds, because } = limits.oneGrace;
        test(`kills after ${seconds} s what is left, asked for more or less of a grace or none: ${because}`, async () => {
          const graces = [[0], [1], [600], [600, 0]];
          const wanted = graces.map((_, index) => spec(DEAF, { name: `worker.${index + 1}` }));
          const taskRefs = await Promise.all(wanted.map(started));
          await until(async () => under.lines.filter(({ message }) => message === 'deaf').length === 4 || undefined);
          for (const [index, taskRef] of taskRefs.entries()) {
            for (const graceSeconds of graces[index] ?? []) await under.runtime.stop(taskRef, graceSeconds);
          }
          for (const each of wanted) {
            expect(await stopped(each)).toMatchObject({ exit: { status: 137 }, graceExpired: true });
          }
        });
      }

      test('of a task that was only just accepted leaves nothing running', async () => {
        const wanted = spec('sleep 60');
        const taskRef = await started(wanted);
        await under.runtime.stop(taskRef, 0);
        expect(await stopped(wanted)).toMatchObject({ taskRef });
        expect(await tasksOf(wanted)).toHaveLength(1);
      });

      test('may be repeated, may come after the exit, and may name nothing', async () => {
        const wanted = spec('exit 0');
        const taskRef = await started(wanted);
        await stopped(wanted);
        await under.runtime.stop(taskRef, 30);
        await under.runtime.stop(taskRef, 0);
        await under.runtime.stop('no-such-task', 0);
        expect((await stopped(wanted)).exit?.status).toBe(0);
      });
    });

    describe('observe', () => {
      test('a web dyno is listening once something accepts on its port, at the address given', async () => {
        const wanted = spec(WEB, { name: 'web.1', type: 'web' });
        await started(wanted);
        const seen = await task(wanted, ({ listening }) => listening);
        expect(seen.state).toBe('running');
        expect(await answers(seen.address)).toContain('200 OK');
      });

      test('a web dyno that does not bind is running and not listening', async () => {
        const wanted = spec('echo up; sleep 60', { name: 'web.1', type: 'web' });
        await started(wanted);
        await said('up');
        expect(await task(wanted, ({ state }) => state === 'running')).toMatchObject({ listening: false });
      });

      test('versions grow with each change of a task', async () => {
        const wanted = spec('echo up; sleep 60');
        const taskRef = await started(wanted);
        const running = await task(wanted, ({ state }) => state === 'running');
        await under.runtime.stop(taskRef, 0);
        expect((await stopped(wanted)).version).toBeGreaterThan(running.version);
      });

      test('is complete, remembers what has stopped, and shows one app only', async () => {
        const wanted = spec('exit 4');
        const other = spec('sleep 60', { appId: '11111111-0000-4000-8000-000000000002' });
        await Promise.all([started(wanted), started(other)]);
        await stopped(wanted);
        const seen = await under.runtime.observe(wanted.appId);
        expect(seen.complete).toBe(true);
        expect(seen.tasks.map(({ dynoId, state }) => ({ dynoId, state }))).toEqual([
          { dynoId: wanted.dynoId, state: 'stopped' },
        ]);
        expect(await under.runtime.observe('11111111-0000-4000-8000-00000000dead')).toEqual({
          complete: true,
          tasks: [],
        });
      });

      test('who looks only when an event says so learns that a task runs, and that it has ended', async () => {
        const wanted = spec('sleep 60');
        const told = () => events.filter(({ kind, dynoId }) => kind === 'task' && dynoId === wanted.dynoId).length;
        const learns = (state: string, after: number) => {
          let looked = after;
          return until(async () => {
            if (told() === looked) return undefined;
            looked = told();
            const { tasks } = await under.runtime.observe(wanted.appId);
            return tasks.find((seen) => seen.dynoId === wanted.dynoId && seen.state === state);
          });
        };
        const taskRef = await started(wanted);
        expect(await learns('running', 0)).toMatchObject({ taskRef });
        const before = told();
        await under.runtime.stop(taskRef, 0);
        expect(await learns('stopped', before)).toMatchObject({ taskRef });
      });
    });

    describe('attach', () => {
      const attach = { terminal: false, columns: 80, rows: 24 };

      test('a dyno to be attached waits for its client before the process starts', async () => {
        const wanted = spec('echo ran', { name: 'run.1234', type: 'run', attach });
        await started(wanted);
        const seen = await task(wanted, ({ state }) => state === 'awaiting-client');
        expect(seen.launchedAtMs).toBeUndefined();
      });

      test('without a client in time the task ends, and the process never ran', async () => {
        const wanted = spec('echo ran', { name: 'run.1234', type: 'run', attach });
        await started(wanted);
        const seen = await stopped(wanted);
        expect(seen.exit?.reason).toBe('attach-timeout');
        expect(seen.launchedAtMs).toBeUndefined();
        expect(messages('run.1234')).toEqual([]);
      });

      test('can be stopped while it waits', async () => {
        const wanted = spec('echo ran', { name: 'run.1234', type: 'run', attach });
        const taskRef = await started(wanted);
        await under.runtime.stop(taskRef, 30);
        expect((await stopped(wanted)).exit?.reason).not.toBe('attach-timeout');
        expect(messages('run.1234')).toEqual([]);
      });
    });
  });
}
