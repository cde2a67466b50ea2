import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogRouter } from '../../services/logs/log-router.ts';
import { logsContract, type OpenLogs } from './logs.contract.ts';

function router(directory: string | undefined): OpenLogs {
  let nowMs = Date.UTC(2026, 0, 1);
  const report = (message: string, cause: unknown) => {
    throw new Error(message, { cause });
  };
  const logs = createLogRouter({
    ...(directory === undefined ? {} : { directory }),
    now: () => nowMs,
    problems: { report },
  });
  return {
    logs,
    nowMs: () => nowMs,
    pass: (ms) => {
      nowMs += ms;
    },
    close: async () => {
      await logs.close();
      if (directory !== undefined) await rm(directory, { recursive: true, force: true });
    },
  };
}

logsContract('the log router in memory', async () => router(undefined));
logsContract('the log router on disk', async () => router(await mkdtemp(join(tmpdir(), 'logs-'))));
