import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { APP_ID, docker, until, Workbench } from './workbench.ts';

jest.setTimeout(180_000);

/** A socket in front of Docker that can disappear, as at a restart of the daemon, or fall silent. */
class EngineSocket {
  readonly path: string;
  readonly #server: Server;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #silent = false;

  constructor(path: string) {
    this.path = path;
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#connect(client));
  }

  open(): Promise<void> {
    return new Promise((resolve) => this.#server.listen(this.path, resolve));
  }

  async takeAway(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const sockets of this.#pairs) for (const socket of sockets) socket.destroy();
    await closed;
  }

  /** Accepts connections and never answers. */
  setSilent(silent: boolean): void {
    this.#silent = silent;
    for (const sockets of this.#pairs) for (const socket of sockets) silent ? socket.pause() : socket.resume();
  }

  #connect(client: Socket): void {
    const engine = createConnection({ path: '/var/run/docker.sock', allowHalfOpen: true });
    const pair = [client, engine] as const;
    this.#pairs.add(pair);
    for (const [from, to] of [pair, [engine, client] as const]) {
      from.on('data', (chunk) => to.write(chunk));
      from.on('end', () => to.end());
      from.on('error', () => to.destroy());
      from.on('close', () => {
        to.destroy();
        this.#pairs.delete(pair);
      });
      if (this.#silent) from.pause();
    }
  }
}

let directory: string;
let socket: EngineSocket;
let bench: Workbench;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'docker-engine-'));
  socket = new EngineSocket(join(directory, 'docker.sock'));
  await socket.open();
  process.env.DOCKER_HOST = `unix://${socket.path}`;
  bench = await Workbench.open();
  delete process.env.DOCKER_HOST;
});
afterEach(async () => {
  await bench.close();
  await socket.takeAway();
  await rm(directory, { recursive: true, force: true });
});

const complete = async () => (await bench.runtime.observe(APP_ID)).complete;
const away = () => until(async () => !(await complete()) || undefined);
const back = () => until(async () => (await complete()) || undefined);

test('while Docker does not answer nothing is taken for gone, and afterwards everything is as it is', async () => {
  const stays = await bench.run(`n=0; while :; do echo "n $((n += 1))"; sleep 0.05; done`, { name: 'stays.1' });
  const ends = await bench.run('echo up; until [ -e end ]; do sleep 0.05; done; exit 6', { name: 'ends.1' });
  await until(() => bench.messages('stays.1').length > 5 || undefined);
  await until(() => bench.messages('ends.1').includes('up') || undefined);

  await socket.takeAway();
  await away();
  const seen = (await bench.runtime.observe(APP_ID)).tasks.map(({ taskRef, state }) => ({ taskRef, state }));
  expect(seen).toEqual([
    { taskRef: stays.taskRef, state: 'running' },
    { taskRef: ends.taskRef, state: 'running' },
  ]);
  const [ended] = await bench.containersOf(ends.spec);
  execFileSync('docker', ['exec', ended?.id ?? '', 'touch', '/app/end']);
  await until(async () => !(await ended?.inspect())?.State.Running || undefined);

  await socket.open();
  await back();
  expect((await bench.stopped(ends.spec)).exit).toEqual({ status: 6, reason: 'exited' });
  expect(await bench.running(stays.spec)).toMatchObject({ taskRef: stays.taskRef });
  const length = bench.messages('stays.1').length;
  await until(() => bench.messages('stays.1').length > length + 5 || undefined);
  const numbers = bench.messages('stays.1').map((line) => Number(line.slice(2)));
  expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, index) => index + 1));
  expect(bench.reports).toEqual(['Docker does not answer; its dynos stay as they are', 'Docker answers again']);
});

test('starts and stops that are asked for meanwhile happen afterwards', async () => {
  const before = await bench.run('echo up; exec sleep 600');
  await bench.said('up');
  await socket.takeAway();
  await away();
  const meanwhile = await bench.run('echo started');
  await bench.runtime.stop(before.taskRef, 60);
  expect((await bench.running(before.spec)).exit).toBeUndefined();
  await socket.open();
  expect((await bench.stopped(before.spec)).exit).toEqual({ status: 143, reason: 'exited' });
  expect((await bench.stopped(meanwhile.spec)).exit).toEqual({ status: 0, reason: 'exited' });
  expect(bench.messages()).toContain('started');
});

test('a container that Docker ended when it went away is lost, which is no crash of the dyno', async () => {
  const { spec } = await bench.run('echo up; exec sleep 600');
  await bench.said('up');
  const [container] = await bench.containersOf(spec);
  await socket.takeAway();
  await away();
  await container?.kill();
  await socket.open();
  expect((await bench.stopped(spec)).exit).toMatchObject({ status: 137, reason: 'lost' });
});

test.each([
  { name: 'removed', end: (container: Docker.Container) => container.remove({ force: true }), status: 137 },
  { name: 'stopped', end: (container: Docker.Container) => container.stop(), status: 143 },
])('a container that somebody has $name is lost', async ({ end, status }) => {
  const { spec } = await bench.run('echo up; exec sleep 600');
  await bench.said('up');
  const [container] = await bench.containersOf(spec);
  if (container !== undefined) await end(container);
  expect((await bench.stopped(spec)).exit).toMatchObject({ status, reason: 'lost' });
});

test('a daemon that hangs is noticed', async () => {
  const { spec } = await bench.run('echo up; exec sleep 600');
  await bench.said('up');
  socket.setSilent(true);
  await away();
  socket.setSilent(false);
  await back();
  expect((await bench.running(spec)).exit).toBeUndefined();
});

/** Ends every container on this machine, so it needs permission. */
const restart = process.env.DYNOFORM_RESTART_DOCKER === '1' ? test : test.skip;

restart.each([{ signal: 'SIGTERM' }, { signal: 'SIGKILL' }] as const)(
  'a daemon that is restarted with $signal: dynos are lost, and new ones start',
  async ({ signal }) => {
    const { spec } = await bench.run('echo up; exec sleep 600');
    await bench.said('up');
    await restartDaemon(signal);
    await back();
    expect((await bench.stopped(spec)).exit?.reason).toBe('lost');
    const next = await bench.run('echo next');
    expect((await bench.stopped(next.spec)).exit).toEqual({ status: 0, reason: 'exited' });
  },
);

async function restartDaemon(signal: NodeJS.Signals): Promise<void> {
  process.kill(Number(readFileSync('/var/run/docker.pid', 'utf8')), signal);
  await until(async () => !(await docker.ping().catch(() => false)) || undefined);
  // Not synchronously: this process serves the socket above, and must show at once that the daemon is gone.
  const start = spawn(join(__dirname, 'start-docker.sh'), { stdio: 'inherit' });
  const [code] = await once(start, 'close');
  expect(code).toBe(0);
}
