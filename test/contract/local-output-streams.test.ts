import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalOutputStreams } from '../../adapters/local/output-streams.ts';
import { outputStreamsContract } from './output-streams.contract.ts';

outputStreamsContract('Files', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'dynoform-outputs-'));
  const outputs = new LocalOutputStreams({
    directory,
    problems: {
      report: (_problem, error) => {
        throw error;
      },
    },
  });
  return {
    outputs,
    close: async () => {
      await outputs.endInterrupted();
      await rm(directory, { recursive: true });
    },
  };
});
