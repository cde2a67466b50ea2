import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noteLeader } from '../../../adapters/local/process-runtime/host/leader-note.ts';
import { Listeners, reachableHost } from '../../../adapters/local/process-runtime/host/listeners.ts';
import { processesOfDynos, residentBytes } from '../../../adapters/local/process-runtime/host/processes.ts';
import { sweepOrphans } from '../../../adapters/local/process-runtime/host/sweep.ts';
import { Trash } from '../../../adapters/local/process-runtime/host/trees.ts';
import { alive } from './alive.ts';
import { until } from './workbench.ts';

/** What uses `ps` and connections instead of /proc, tested on any machine. */
describe('without /proc', () => {
  const platform = Object.getOwnPropertyDescriptor(process, 'platform') as PropertyDescriptor;
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'other-systems-'));
    Object.defineProperty(process, 'platform', { ...platform, value: 'darwin' });
  });
  afterEach(async () => {
    Object.defineProperty(process, 'platform', platform);
    await rm(directory, { recursive: true, force: true });
  });

  /** A group leader with a child, as a dyno has. */
  async function leader(): Promise<{ pid: number; all: () => number[] }> {
    const child = spawn('bash', ['-c', 'sleep 60 & wait'], { detached: true, stdio: 'ignore' });
    const pid = child.pid ?? 0;
    const all = () =>
      [...processesOfDynos(directory, new Map([[pid, 'dyno']])).values()].flat().map((each) => each.pid);
    await until(() => all().length === 2 || undefined);
    return { pid, all };
  }

  test('a dyno’s processes are its first one, its group and what descends from them', async () => {
    const { pid, all } = await leader();
    expect(all()).toContain(pid);
    expect(residentBytes(pid)).toBeGreaterThan(100_000);
    process.kill(-pid, 'SIGKILL');
    await until(() => all().length === 0 || undefined);
  });

  test('the sweep ends the processes that were noted, and spares a stranger who got their number', async () => {
    const trash = new Trash(join(directory, '.trash'));
    const orphan = await leader();
    const stranger = await leader();
    for (const name of ['.trash', 'orphan', 'reused']) await mkdir(join(directory, name));
    await noteLeader(join(directory, 'orphan'), orphan.pid);
    await writeFile(join(directory, 'reused', 'process'), `${stranger.pid} Thu Jan  1 00:00:00 1970`);
    const pids = orphan.all();
    await sweepOrphans(directory, trash, undefined);
    await until(() => !pids.some(alive) || undefined);
    expect(alive(stranger.pid)).toBe(true);
    process.kill(-stranger.pid, 'SIGKILL');
  });

  test('a listener is found by connecting to it', async () => {
    const server = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    const found = await new Promise((resolve) => new Listeners().wait(port, resolve));
    expect(found).toBe('127.0.0.1');
    server.close();
  });
});

test.each([
  { hex: '0100007F', host: '127.0.0.1' },
  { hex: '00000000', host: '127.0.0.1' },
  { hex: '0A01A8C0', host: '192.168.1.10' },
  { hex: '00000000000000000000000000000000', host: '127.0.0.1' },
  { hex: '00000000000000000000000001000000', host: '::1' },
  { hex: '0000000000000000FFFF00000100007F', host: '127.0.0.1' },
  { hex: 'B80D0120000000000000000001000000', host: '2001:db8:0:0:0:0:0:1' },
])('a listener on $hex is reached by $host', ({ hex, host }) => {
  expect(reachableHost(hex)).toBe(host);
});
