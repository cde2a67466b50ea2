import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DynoSpec } from '../../core/ports/dyno-runtime.ts';
import { IMAGE } from './image.ts';
import type { Orders } from './platform-to-kill.ts';
import { APP_ID, docker, until, Workbench } from './workbench.ts';

jest.setTimeout(180_000);

const WEB = `exec node -e 'require("http").createServer((q, s) => s.end("ok")).listen(process.env.PORT)'`;
/** Prints a numbered line every few milliseconds. */
const COUNTER = `exec node -e 'let n = 0; setInterval(() => console.log("line " + ++n), 5)'`;

type Dyno = Omit<DynoSpec, 'config' | 'slug'>;

const dyno = (command: string, changes: Partial<Dyno> = {}): Dyno => ({
  appId: APP_ID,
  appName: 'shop',
  dynoId: randomUUID(),
  name: 'worker.1',
  type: 'worker',
  attempt: 2,
  command,
  environment: {},
  size: { name: 'Basic', memoryMiB: 512, processLimit: 256 },
  logged: true,
  ...changes,
});

/** A minimal platform in a process that may be killed. */
class Platform {
  readonly #child: ChildProcess;
  #text = '';

  constructor(orders: Orders) {
    this.#child = spawn(
      process.execPath,
      ['--import', 'tsx', join(__dirname, 'platform-to-kill.ts'), JSON.stringify(orders)],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    this.#child.stdout?.on('data', (chunk) => {
      this.#text += chunk;
    });
  }

  /** Its whole log lines so far. */
  get said(): string[] {
    return this.#text.split('\n').slice(0, -1);
  }

  async kill(): Promise<void> {
    const hostPid = this.said.find((line) => line.startsWith('host '))?.slice(5);
    const gone = new Promise((resolve) => this.#child.once('close', resolve));
    this.#child.kill('SIGKILL');
    await gone;
    await until(() => !alive(Number(hostPid)) || undefined);
  }
}

function alive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return !stat.slice(stat.lastIndexOf(')')).startsWith(') Z');
  } catch {
    return false;
  }
}

let dataDirectory: string;
let bench: Workbench | undefined;
beforeEach(async () => {
  dataDirectory = await realpath(await mkdtemp(join(tmpdir(), 'docker-adopt-')));
});
afterEach(async () => {
  await bench?.close();
  bench = undefined;
  await removeContainers();
  await rm(dataDirectory, { recursive: true, force: true, maxRetries: 5 });
});

/** Removes containers of a killed platform that no other took over, because a test has failed. */
async function removeContainers(): Promise<void> {
  const left = await docker.listContainers({ all: true, filters: { label: [`dynoform.app=${APP_ID}`] } });
  await Promise.all(left.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true })));
}

async function runningPlatform(dynos: readonly Dyno[], ready: (said: string[]) => boolean): Promise<Platform> {
  const platform = new Platform({ dataDirectory, image: IMAGE, dynos });
  await until(() => ready(platform.said) || undefined);
  return platform;
}

async function nextPlatform(): Promise<Workbench> {
  bench = new Workbench(dataDirectory, {});
  await bench.startRuntime();
  return bench;
}

const pidOf = async (taskRef: string): Promise<number> => {
  const [found] = await docker.listContainers({ filters: { label: [`dynoform.task=${taskRef}`] } });
  return found === undefined ? 0 : (await docker.getContainer(found.Id).inspect()).State.Pid;
};

test('dynos outlive a killed platform, and the next one has them with all that it knew', async () => {
  const web = dyno(WEB, { name: 'web.1', type: 'web' });
  const worker = dyno('echo up; exec sleep 600');
  const platform = await runningPlatform([web, worker], (said) => said.includes('up'));
  const webRef = `${web.dynoId}.2`;
  const pid = await until(async () => (await pidOf(webRef)) || undefined);
  await platform.kill();

  const next = await nextPlatform();
  const seen = await next.runtime.observe(APP_ID);
  expect(seen.complete).toBe(true);
  expect(seen.tasks.map(({ dynoId, attempt, state }) => ({ dynoId, attempt, state }))).toEqual(
    expect.arrayContaining([
      { dynoId: web.dynoId, attempt: 2, state: 'running' },
      { dynoId: worker.dynoId, attempt: 2, state: 'running' },
    ]),
  );
  expect(seen.tasks).toHaveLength(2);
  expect(await pidOf(webRef)).toBe(pid);
  // The new platform's listeners get them, so that tasks without an app are found as well.
  expect(next.events.map((event) => event.dynoId)).toEqual(expect.arrayContaining([web.dynoId, worker.dynoId]));

  const adopted = await until(async () =>
    (await next.runtime.observe(APP_ID)).tasks.find(({ dynoId, listening }) => dynoId === web.dynoId && listening),
  );
  expect(adopted.version).toBeGreaterThan(1_000_000);
  expect(typeof adopted.launchedAtMs).toBe('number');
  const { host = '', port = 0 } = adopted.address ?? {};
  expect((await fetch(`http://${host}:${port}/`)).status).toBe(200);

  // A start that the old platform may not have recorded, and a stop.
  const again = await next.runtime.start({ ...(await next.spec(WEB)), ...web });
  expect(again).toEqual({ ok: true, taskRef: webRef });
  await next.runtime.stop(webRef, 30);
  const { exit } = await until(async () =>
    (await next.runtime.observe(APP_ID)).tasks.find(({ taskRef, state }) => taskRef === webRef && state === 'stopped'),
  );
  expect(exit).toEqual({ status: 143, reason: 'exited' });
});

test('the log goes on where it was: no line is lost, and few are repeated', async () => {
  const counter = dyno(COUNTER);
  const platform = await runningPlatform([counter], (said) => said.length > 100);
  await platform.kill();
  const before = platform.said.filter((line) => line.startsWith('line '));
  const next = await nextPlatform();
  await until(() => next.messages().length > 300 || undefined);

  const after = next.messages();
  const numbers = new Set([...before, ...after].map((line) => Number(line.slice(5))));
  expect([...numbers].sort((one, other) => one - other)).toEqual(
    Array.from({ length: numbers.size }, (_, index) => index + 1),
  );
  // The position is written every 100 ms, that is every 20 lines or so; a busy machine writes later.
  const repeated = after.filter((line) => before.includes(line)).length;
  expect(repeated).toBeLessThan(before.length);
  const times = next.lines.map(({ atMs }) => atMs);
  expect([...times].sort((one, other) => one - other)).toEqual(times);
  expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(500);
});

test('what ended while no platform was there is told with its output and exit', async () => {
  const short = dyno('echo before; until [ -e end ]; do sleep 0.05; done; echo after; exit 7');
  const platform = await runningPlatform([short], (said) => said.includes('before'));
  await platform.kill();
  const [found] = await docker.listContainers({ filters: { label: [`dynoform.dyno=${short.dynoId}`] } });
  const container = docker.getContainer(found?.Id ?? '');
  execFileSync('docker', ['exec', container.id, 'touch', '/app/end']);
  const { StartedAt, FinishedAt } = await until(async () => {
    const { State } = await container.inspect();
    return State.Status === 'exited' ? State : undefined;
  });
  const next = await nextPlatform();
  const seen = await until(async () =>
    (await next.runtime.observe(APP_ID)).tasks.find(({ state }) => state === 'stopped'),
  );
  expect(seen).toMatchObject({ dynoId: short.dynoId, attempt: 2, exit: { status: 7, reason: 'exited' } });
  expect(next.messages().at(-1)).toBe('after');
  expect([seen.launchedAtMs, seen.stoppedAtMs]).toEqual([Date.parse(StartedAt), Date.parse(FinishedAt)]);
});

test('an attached one-off has lost its client: it is hung up', async () => {
  const attach = { terminal: false, columns: 80, rows: 24 };
  const shell = dyno('echo here; exec sleep 600', { name: 'run.1', type: 'run', attach, logged: false });
  const platform = await runningPlatform([shell], (said) => said.includes('here'));
  await platform.kill();
  const next = await nextPlatform();
  const seen = await until(async () =>
    (await next.runtime.observe(APP_ID)).tasks.find(({ state }) => state === 'stopped'),
  );
  // Reported by the old host in its last moment, or by the next one.
  expect(seen.exit).toEqual({ status: 129, reason: 'exited' });
});

test('a one-off that was still waiting for its client is gone, as is a container that was never started', async () => {
  const attach = { terminal: false, columns: 80, rows: 24 };
  const waiting = await Workbench.open();
  bench = waiting;
  const { spec } = await waiting.run('echo ran', { type: 'run', attach });
  await waiting.task(spec, ({ state }) => state === 'awaiting-client');
  killHost();
  const seen = await waiting.stopped(spec);
  expect(seen.exit?.reason).toBe('lost');
  expect(await waiting.containersOf(spec)).toEqual([]);
});

test('when only the container host dies, nobody notices but the operator', async () => {
  const own = await Workbench.open();
  bench = own;
  const { spec, taskRef } = await own.run(COUNTER);
  await until(() => own.messages().length > 50 || undefined);
  const pid = await pidOf(taskRef);
  killHost();
  await until(async () => !(await own.runtime.observe(APP_ID)).complete || undefined);
  await until(async () => (await own.runtime.observe(APP_ID)).complete || undefined);
  const length = own.messages().length;
  await until(() => own.messages().length > length + 50 || undefined);
  expect(await own.running(spec)).toMatchObject({ taskRef });
  expect(await pidOf(taskRef)).toBe(pid);
  expect(own.reports[0]).toMatch(/^the container host ended unexpectedly/);
  const numbers = new Set(own.messages().map((line) => Number(line.slice(5))));
  expect(Math.max(...numbers)).toBe(numbers.size);
});

/** Kills the container host of this test's own process. */
function killHost(): void {
  const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'latin1').trim().split(' ');
  for (const child of children) {
    if (readFileSync(`/proc/${child}/cmdline`, 'latin1').includes('container-host'))
      process.kill(Number(child), 'SIGKILL');
  }
}
