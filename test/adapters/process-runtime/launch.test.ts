import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Output } from '../../../adapters/local/dynos/host/output.ts';
import type { TaskChange } from '../../../adapters/local/dynos/messages.ts';
import { TIMING } from '../../../adapters/local/dynos/messages.ts';
import { Dyno, type DynoDeps } from '../../../adapters/local/process-runtime/host/dyno.ts';
import { Pipes } from '../../../adapters/local/process-runtime/host/pipes.ts';
import { alive } from './alive.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'launch-test-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('a dyno that is stopped in the moment in which it is launched leaves no process', async () => {
  const pipes = new Pipes(directory);
  const changes: TaskChange[] = [];
  let isWanted: () => void = () => undefined;
  const wanted = new Promise<void>((resolve) => {
    isWanted = resolve;
  });
  let letGo: () => void = () => undefined;
  const allowed = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const deps = {
    settings: { dataDirectory: directory, nodeDirectory: '/usr/bin', ptyModule: '', limits: false, timing: TIMING },
    bash: '/bin/bash',
    dynosDirectory: directory,
    cgroups: undefined,
    output: new Output(() => {}),
    pipes: {
      take: async () => {
        isWanted();
        await allowed;
        return pipes.take();
      },
    },
    ports: { take: async () => 5_000, release: () => undefined },
    spares: { take: async (_from: string, _entries: number, to: string) => void mkdirSync(to, { recursive: true }) },
    trash: { throwAway: async () => undefined },
    processes: async () => new Map(),
    changed: (_taskRef: string, change: TaskChange) => changes.push(change),
    gone: () => undefined,
  } as unknown as DynoDeps;
  const dyno = new Dyno(
    {
      taskRef: 'task',
      name: 'worker.1',
      type: 'worker',
      command: 'exec sleep 600',
      environment: {},
      size: { memoryMiB: 512, processLimit: 256 },
      slugDirectory: directory,
      slugEntries: 1,
    },
    deps,
  );
  const started = dyno.start();
  await wanted;
  dyno.stop(0);
  letGo();
  await started;
  expect(changes.find(({ state }) => state === 'stopped')?.exit).toEqual({ status: 137, reason: 'exited' });
  for (let tries = 0; alive(dyno.pid ?? 0) && tries < 500; tries += 1) await sleep(10);
  expect(alive(dyno.pid ?? 0)).toBe(false);
  await pipes.close();
});
