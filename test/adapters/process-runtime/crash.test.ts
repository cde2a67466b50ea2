import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProcessRuntime } from '../../../adapters/local/process-runtime/process-runtime.ts';
import { IGNORED_PROBLEMS } from '../../problems.ts';
import { alive } from './alive.ts';
import { openWorkbench, until } from './workbench.ts';

jest.setTimeout(60_000);

const allGone = (pids: readonly number[]) => until(() => pids.every((pid) => !alive(pid)) || undefined);

/** A minimal platform in a process that may be killed. */
interface Platform {
  readonly pid: number;
  readonly hostPid: number;
  /** The pids of the dynos' processes. */
  readonly dynos: readonly number[];
}

async function startPlatform(dataDirectory: string, enforceLimits: boolean): Promise<Platform> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', join(__dirname, 'platform-to-kill.ts'), dataDirectory, String(enforceLimits)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let said = '';
  child.stdout.on('data', (chunk) => {
    said += chunk;
  });
  const [hostPid = 0, ...dynos] = await until(() => {
    const numbers = said.split('\n').slice(0, -1).map(Number);
    return numbers.length === 7 ? numbers : undefined;
  });
  return { pid: child.pid ?? 0, hostPid, dynos };
}

describe.each([{ enforceLimits: true }, { enforceLimits: false }])(
  'enforceLimits: $enforceLimits',
  ({ enforceLimits }) => {
    let dataDirectory: string;
    beforeEach(async () => {
      dataDirectory = await realpath(await mkdtemp(join(tmpdir(), 'runtime-crash-')));
    });
    afterEach(() => rm(dataDirectory, { recursive: true, force: true, maxRetries: 5 }));

    test('kill -9 of the platform leaves no process', async () => {
      const platform = await startPlatform(dataDirectory, enforceLimits);
      expect(platform.dynos.filter(alive)).toHaveLength(6);
      process.kill(platform.pid, 'SIGKILL');
      await allGone([...platform.dynos, platform.hostPid]);
    });

    test('kill -9 of the platform and its host: the next start ends what they left, before any dyno starts', async () => {
      const platform = await startPlatform(dataDirectory, enforceLimits);
      // The host first: otherwise it would clean up after the platform.
      process.kill(platform.hostPid, 'SIGSTOP');
      process.kill(platform.pid, 'SIGKILL');
      process.kill(platform.hostPid, 'SIGKILL');
      await allGone([platform.hostPid]);
      expect(platform.dynos.filter(alive)).toHaveLength(6);
      const next = await startProcessRuntime({
        dataDirectory,
        enforceLimits,
        blobs: { get: async () => undefined } as never,
        outputs: {} as never,
        logs: { append: () => undefined },
        problems: IGNORED_PROBLEMS,
      });
      expect(platform.dynos.filter(alive)).toEqual([]);
      expect((await readdir(join(dataDirectory, 'dynos'))).filter((name) => !name.startsWith('.'))).toEqual([]);
      await next.close({ graceSeconds: 0 });
    });
  },
);

test('when the host dies its tasks are lost, their processes end, and new dynos start', async () => {
  const bench = await openWorkbench();
  const running = await Promise.all([bench.run('echo $$; sleep 60'), bench.run('echo $$; setsid sleep 60 & wait')]);
  const pids = await until(() => (bench.messages().length === 2 ? bench.messages().map(Number) : undefined));
  const children = await readFile(`/proc/${process.pid}/task/${process.pid}/children`, 'latin1').catch(() => '');
  const hosts = await Promise.all(
    children
      .split(' ')
      .filter(Boolean)
      .map(async (pid) => {
        const command = await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '');
        return command.includes(bench.dataDirectory) ? [Number(pid)] : [];
      }),
  );
  const [host = 0] = hosts.flat();
  expect(host).toBeGreaterThan(0);
  process.kill(host, 'SIGKILL');
  for (const { spec } of running)
    expect((await bench.stopped(spec)).exit).toEqual({ reason: 'lost', status: 137, detail: 'the dyno host ended' });
  expect(pids.filter(alive)).toEqual([]);
  expect(bench.reports).toEqual([
    'the dyno host ended unexpectedly; its dynos are stopped and started again on a new one',
  ]);
  const next = await bench.run('echo again', { name: 'again.1' });
  await bench.stopped(next.spec);
  expect(bench.messages('again.1')).toEqual(['again']);
  await bench.close();
});
