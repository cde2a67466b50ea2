import { closeSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pipes } from '../../../adapters/local/process-runtime/host/pipes.ts';

test('closing waits for pipes that are being made, so that their directory can go', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'dynoform-pipes-'));
  try {
    const pipes = new Pipes(directory);
    const filling = pipes.fill();
    await pipes.close();
    const made = readdirSync(directory);
    expect(made.length).toBeGreaterThan(0);
    await filling;
    expect(readdirSync(directory)).toEqual(made);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test('a pipe is taken once', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'dynoform-pipes-'));
  try {
    const pipes = new Pipes(directory);
    await pipes.fill();
    const before = readdirSync(directory).length;
    const taken = await Promise.all([pipes.take(), pipes.take()]);
    expect(readdirSync(directory)).toHaveLength(before - 2);
    for (const { reader, writeEnd } of taken) {
      closeSync(writeEnd);
      reader.destroy();
    }
    await pipes.close();
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
