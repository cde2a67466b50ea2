import { HostedRuntime } from '../../../../adapters/local/dynos/hosted-runtime.ts';
import { type Host, Hosts } from '../../../../adapters/local/dynos/hosts.ts';
import type { DynoOrder, HostCommand } from '../../../../adapters/local/dynos/messages.ts';
import type { SlugCache, SlugResult } from '../../../../adapters/local/dynos/slug-cache.ts';
import { type Sinks, Tasks } from '../../../../adapters/local/dynos/tasks.ts';
import type { DynoSpec } from '../../../../core/ports/dyno-runtime.ts';
import { tarball } from '../../../artifacts.ts';
import { problemsTo } from '../../../problems.ts';

const settle = () => new Promise((resolve) => setImmediate(resolve));

/** A host whose process the test plays. */
function hostOf(name: string) {
  const told: HostCommand<DynoOrder>[] = [];
  let exit: () => void = () => {};
  let killed = 0;
  const exited = new Promise<void>((resolve) => {
    exit = resolve;
  });
  const host: Host<DynoOrder> = {
    ...{ socketPath: `/nowhere/${name}`, limits: `limits of ${name}`, exited },
    send: (command) => told.push(command),
    kill: () => {
      killed += 1;
      exit();
    },
  };
  return { host, told, exit: () => exit(), killed: () => killed };
}

/** The hosts that start next, in order; an error makes its start fail. */
function hostsOf(...starts: (ReturnType<typeof hostOf> | Error)[]) {
  const reported: string[] = [];
  const ends: string[] = [];
  const hosts = new Hosts<DynoOrder>({
    start: async () => {
      const next = starts.shift();
      if (next === undefined) throw new Error('no more hosts');
      if (next instanceof Error) throw next;
      return next.host;
    },
    ended: () => {
      ends.push('ended');
      return () => ends.push('settled');
    },
    problems: problemsTo(reported),
  });
  return { hosts, reported, ends };
}

describe('the one host', () => {
  test('is there once it has started; before that it is waited for', async () => {
    const one = hostOf('one');
    const { hosts } = hostsOf(one);
    const early = hosts.live();
    expect(hosts.current).toBeUndefined();
    await hosts.open();
    expect([hosts.current, await early, await hosts.live()]).toEqual([one.host, one.host, one.host]);
  });

  test('that cannot start the first time is an error', async () => {
    await expect(hostsOf(new Error('no disk')).hosts.open()).rejects.toThrow('no disk');
  });

  test('is followed by another one when it dies, and who waits has that', async () => {
    const [one, two] = [hostOf('one'), hostOf('two')];
    const { hosts, ends, reported } = hostsOf(one, two);
    await hosts.open();
    one.exit();
    await settle();
    expect([await hosts.live(), ends, reported]).toEqual([two.host, ['ended', 'settled'], []]);
    expect(hosts.current).toBe(two.host);
  });

  test('is tried again each second while it cannot be started', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    try {
      const [one, two] = [hostOf('one'), hostOf('two')];
      const { hosts, ends, reported } = hostsOf(one, new Error('no disk'), new Error('no memory'), two);
      await hosts.open();
      one.exit();
      await settle();
      const next = hosts.live();
      expect([ends, reported]).toEqual([['ended'], ['no disk; trying again.']]);
      jest.advanceTimersByTime(999);
      await settle();
      expect(reported).toHaveLength(1);
      jest.advanceTimersByTime(1);
      await settle();
      expect(reported).toEqual(['no disk; trying again.', 'no memory; trying again.']);
      expect(hosts.current).toBeUndefined();
      jest.advanceTimersByTime(1_000);
      await settle();
      expect([await next, ends]).toEqual([two.host, ['ended', 'settled']]);
    } finally {
      jest.useRealTimers();
    }
  });

  test('that closes is told so, has its time, and is followed by none', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    try {
      const one = hostOf('one');
      const { hosts, ends } = hostsOf(one, hostOf('two'));
      await hosts.open();
      let closed = false;
      const closing = hosts.close(3, 500).then(() => {
        closed = true;
      });
      expect([one.told, await hosts.live()]).toEqual([[{ kind: 'close', graceSeconds: 3 }], undefined]);
      jest.advanceTimersByTime(3_499);
      await settle();
      expect([one.killed(), closed]).toEqual([0, false]);
      jest.advanceTimersByTime(1);
      await closing;
      await settle();
      expect([one.killed(), ends, hosts.current]).toEqual([1, [], undefined]);
    } finally {
      jest.useRealTimers();
    }
  });

  test('that ends in time is not killed', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    try {
      const one = hostOf('one');
      const { hosts } = hostsOf(one);
      await hosts.open();
      const closing = hosts.close(3, 500);
      one.exit();
      await closing;
      jest.advanceTimersByTime(60_000);
      expect(one.killed()).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });

  test('that is closed before it has started leaves nobody waiting', async () => {
    const { hosts } = hostsOf();
    const early = hosts.live();
    await hosts.close(1, 1);
    expect(await early).toBeUndefined();
  });
});

interface Asked {
  readonly slug?: SlugResult;
  readonly changes?: Partial<DynoSpec>;
}

const SLUG: SlugResult = { ok: true, slug: { directory: '/slug', entries: 3 } };

function runtimeOf(host: ReturnType<typeof hostOf> | undefined, { slug = SLUG, changes = {} }: Asked = {}) {
  const tasks = new Tasks({ logs: { append: () => {} }, outputs: {} } as unknown as Sinks);
  const { hosts } = hostsOf(...(host === undefined ? [] : [host]));
  const ordered: unknown[] = [];
  let opened = 0;
  const runtime = new HostedRuntime({
    tasks,
    hosts,
    slugs: {
      open: async () => {
        opened += 1;
      },
      get: async () => slug,
    } as unknown as SlugCache,
    order: (all, dyno) => {
      ordered.push(dyno);
      return all;
    },
    complete: () => hosts.current !== undefined,
    closeMarginMs: 10,
  });
  const spec: DynoSpec = {
    ...{ appId: 'app', appName: 'shop', dynoId: 'dyno', name: 'run.1', type: 'run', attempt: 1, command: 'run' },
    slug: { id: 'slug', artifact: tarball('slug'), checksum: '' },
    config: { version: 1, open: async () => ({ A: 'config', B: 'config' }) },
    environment: { B: 'platform' },
    size: { name: 'Basic', memoryMiB: 512, processLimit: 256 },
    logged: true,
    ...changes,
  };
  return { runtime, tasks, spec, ordered, opened: () => opened };
}

describe('a runtime with a host', () => {
  const open = async (asked: Asked = {}) => {
    const one = hostOf('one');
    const all = runtimeOf(one, asked);
    await all.runtime.open();
    return { ...one, ...all };
  };

  test('starts a dyno: the order has all that it needs, the platform’s variables over the app’s', async () => {
    const { runtime, spec, told, ordered, tasks, opened } = await open();
    expect(await runtime.start(spec)).toEqual({ ok: true, taskRef: 'dyno.1' });
    const order = {
      ...{ taskRef: 'dyno.1', command: 'run', environment: { A: 'config', B: 'platform' } },
      size: { memoryMiB: 512, processLimit: 256 },
    };
    expect(told).toEqual([{ kind: 'start', order }]);
    expect(ordered).toEqual([{ spec, task: tasks.get('dyno.1')?.spec, slug: { directory: '/slug', entries: 3 } }]);
    expect([opened(), runtime.limits]).toEqual([1, 'limits of one']);
    await runtime.stop('dyno.1', 9);
    expect(told.at(-1)).toEqual({ kind: 'stop', taskRef: 'dyno.1', graceSeconds: 9 });
    const { complete, tasks: seen } = await runtime.observe('app');
    expect([complete, seen.map(({ state }) => state)]).toEqual([true, ['pending']]);
    tasks.close();
  });

  test('starts an attached one-off with its terminal', async () => {
    const attach = { terminal: true, columns: 80, rows: 24 };
    const { runtime, spec, told, tasks } = await open({ changes: { attach } });
    await runtime.start(spec);
    expect(told[0]).toMatchObject({ order: { attach } });
    tasks.close();
  });

  test.each<{ name: string; asked: Asked; is: object }>([
    {
      name: 'its slug',
      asked: { slug: { ok: false, reason: 'no slug', retry: false } },
      is: { ok: false, reason: 'no slug', retry: false },
    },
    {
      name: 'its config vars',
      asked: {
        changes: {
          config: {
            version: 1,
            open: async () => {
              throw new Error('a secret');
            },
          },
        },
      },
      is: { ok: false, reason: 'the config vars cannot be opened', retry: true },
    },
  ])('refuses a dyno for want of $name, and orders nothing', async ({ asked, is }) => {
    const { runtime, spec, told, tasks } = await open(asked);
    expect(await runtime.start(spec)).toEqual(is);
    expect(told).toEqual([]);
    tasks.close();
  });

  test('starts none any more when it closes', async () => {
    const { runtime, spec, exit } = await open();
    const closing = runtime.close({ graceSeconds: 1 });
    expect(await runtime.start(spec)).toEqual({ ok: false, reason: 'the platform is shutting down', retry: true });
    exit();
    await closing;
  });

  test('does not start what was stopped while it was prepared, and stops nothing twice', async () => {
    let give: (config: Record<string, string>) => void = () => {};
    const config = {
      version: 1,
      open: () =>
        new Promise<Record<string, string>>((resolve) => {
          give = resolve;
        }),
    };
    const { runtime, spec, told, tasks } = await open({ changes: { config } });
    const started = runtime.start(spec);
    await settle();
    await runtime.stop('dyno.1', 9);
    const stopped = { state: 'stopped', exit: { status: 143, reason: 'exited' }, version: 2 };
    expect((await runtime.observe('app')).tasks[0]).toMatchObject(stopped);
    give({});
    expect([await started, told]).toEqual([{ ok: true, taskRef: 'dyno.1' }, []]);
    await runtime.stop('dyno.1', 9);
    await runtime.stop('nobody.1', 9);
    expect((await runtime.observe('app')).tasks[0]).toMatchObject(stopped);
    expect(told).toEqual([]);
    tasks.close();
  });

  test('hands a client over once, to a dyno that waits for it', async () => {
    const attach = { terminal: true, columns: 80, rows: 24 };
    const { runtime, spec, told, tasks } = await open({ changes: { attach } });
    expect(runtime.attach('dyno')).toBeUndefined();
    await runtime.start(spec);
    const client = runtime.attach('dyno');
    client?.on('error', () => {});
    expect(client).toBeDefined();
    expect(runtime.attach('dyno')).toBeUndefined();
    client?.destroy();
    await settle();
    expect(told.slice(1)).toEqual([{ kind: 'left', taskRef: 'dyno.1' }]);
    tasks.close();
  });
});

test('a runtime whose first host cannot start says so', async () => {
  const { runtime } = runtimeOf(undefined);
  expect([runtime.limits, (await runtime.observe('app')).complete]).toEqual(['', false]);
  await expect(runtime.open()).rejects.toThrow('no more hosts');
});
