import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Listeners } from '../../../adapters/local/process-runtime/host/listeners.ts';
import {
  processesOfDynos,
  procStat,
  residentBytes,
  signal,
} from '../../../adapters/local/process-runtime/host/processes.ts';

/** These tests read /proc, which macOS does not have. */
const linuxTest = existsSync('/proc/self') ? test : test.skip;
const linuxDescribe = existsSync('/proc/self') ? describe : describe.skip;

const until = async (condition: () => boolean) => {
  for (let tries = 0; tries < 2_000 && !condition(); tries += 1) await new Promise((resolve) => setTimeout(resolve, 5));
  if (!condition()) throw new Error(`never: ${condition}`);
};

let directory: string;
let children: ChildProcess[];
beforeEach(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'found-')));
  children = [];
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});

/** A sleeping process with only this environment. */
function sleeper(env: Record<string, string>, cwd = '/', detached = true): number {
  const child = spawn('/bin/sleep', ['60'], { env, cwd, detached, stdio: 'ignore' });
  children.push(child);
  return child.pid ?? 0;
}

linuxDescribe('the processes of dynos', () => {
  const found = (leaders: ReadonlyMap<number, string> = new Map()) =>
    Object.fromEntries(
      [...processesOfDynos(directory, leaders)].map(([name, processes]) => [
        name,
        processes.sort((one, other) => one.pid - other.pid),
      ]),
    );

  test('are known by their home, by the place of their temporary files, and by where they work', async () => {
    mkdirSync(join(directory, 'three', 'app'), { recursive: true });
    const one = sleeper({ HOME: join(directory, 'one', 'app'), MORE: 'x' });
    const again = sleeper({ MORE: 'x', HOME: join(directory, 'one') });
    const two = sleeper({ TMPDIR: join(directory, 'two', 'tmp') });
    const three = sleeper({}, join(directory, 'three', 'app'));
    // Similar names, values and paths, which must not match.
    sleeper({ XHOME: join(directory, 'none'), MORE: `HOME=${join(directory, 'none')}` });
    sleeper({ HOME: `${directory}x/none` });
    const pids = [one, again].sort((left, right) => left - right);
    await until(() => Object.values(found()).flat().length === 4);
    expect(found()).toEqual({
      one: pids.map((pid) => ({ pid, group: pid })),
      two: [{ pid: two, group: two }],
      three: [{ pid: three, group: three }],
    });
  });

  test('are known by a first process that has cleared its environment', async () => {
    const leader = sleeper({});
    await until(() => procStat(leader)?.session === leader);
    expect(found(new Map([[leader, 'dyno']]))).toEqual({ dyno: [{ pid: leader, group: leader }] });
    expect(found(new Map([[process.pid, 'dyno']])).dyno?.some(({ pid }) => pid === process.pid) ?? false).toBe(false);
  });

  test('that have ended are none', async () => {
    const pid = sleeper({ HOME: join(directory, 'one') });
    await until(() => found().one !== undefined);
    process.kill(pid, 'SIGSTOP');
    expect(found().one).toHaveLength(1);
    process.kill(pid, 'SIGKILL');
    await until(() => found().one === undefined);
    expect(found()).toEqual({});
  });
});

linuxTest('what the kernel tells of a process', async () => {
  const pid = sleeper({});
  await until(() => procStat(pid)?.session === pid);
  const told = execFileSync('ps', ['-o', 'pgid=,sess=', '-p', String(pid)], { encoding: 'utf8' })
    .trim()
    .split(/\s+/);
  const known = procStat(pid);
  expect([known?.group, known?.session, known?.terminal].map(String)).toEqual([...told, '0']);
  expect([known?.state, Number(known?.startTicks) > 0]).toEqual(['S', true]);
  const later = sleeper({});
  expect(Number(procStat(later)?.startTicks)).toBeGreaterThanOrEqual(Number(known?.startTicks));
});

test('the memory of a process is that of the machine’s own tools, and none when it has ended', () => {
  const own = residentBytes(process.pid);
  const { rss } = process.memoryUsage();
  expect(Math.abs(own - rss)).toBeLessThan(rss / 2);
  expect(residentBytes(2 ** 22 + 1)).toBe(0);
});

test('a signal tells whether there was somebody', async () => {
  const pid = sleeper({});
  expect([signal(pid, 0), signal(-pid, 0), signal(2 ** 22 + 1, 0)]).toEqual([true, true, false]);
  const [child] = children;
  const exited = new Promise((resolve) => child?.once('exit', (_code, name) => resolve(name)));
  expect(signal(pid, 'SIGTERM')).toBe(true);
  expect(await exited).toBe('SIGTERM');
});

linuxDescribe('a listener', () => {
  let servers: Server[];
  beforeEach(() => {
    servers = [];
  });
  afterEach(() => {
    for (const server of servers) server.close();
  });
  const listen = (host: string, port = 0) =>
    new Promise<number>((resolve, reject) => {
      const server = createServer();
      servers.push(server);
      server.once('error', reject);
      server.listen({ host, port, ipv6Only: host === '::1' }, () =>
        resolve((server.address() as { port: number }).port),
      );
    });

  test.each(['127.0.0.1', '0.0.0.0'])('on %s is found, and reached by the loopback address', async (host) => {
    const port = await listen(host);
    expect(await new Promise((resolve) => new Listeners().wait(port, resolve))).toBe('127.0.0.1');
  });

  test('that comes later is found then; who is not waited for any more is not told of', async () => {
    const listeners = new Listeners();
    const told: string[] = [];
    const [one, two, three] = [await listen('127.0.0.1'), await listen('127.0.0.1'), await listen('127.0.0.1')];
    for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
    listeners.wait(one, (host) => told.push(`one ${host}`));
    listeners.wait(two, (host) => told.push(`two ${host}`));
    listeners.wait(three, (host) => told.push(`three ${host}`));
    listeners.forget(two);
    // Long enough for several checks.
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(told).toEqual([]);
    for (const port of [two, one]) await listen('127.0.0.1', port);
    await until(() => told.length === 1);
    expect(told).toEqual(['one 127.0.0.1']);
    await listen('127.0.0.1', three);
    await until(() => told.length === 2);
    expect(told[1]).toBe('three 127.0.0.1');
  });
});
