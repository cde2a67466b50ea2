import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for a condition, at most ten seconds. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 1_000; attempt += 1) {
    if (await condition()) return;
    await sleep(10);
  }
  throw new Error('The condition did not come true within ten seconds.');
}
