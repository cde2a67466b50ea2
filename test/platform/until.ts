import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for a condition; the limit only ends a test that would never pass. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  boundMs = 150_000,
): Promise<void> {
  const deadline = Date.now() + boundMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited ${boundMs / 1000} s for ${what}`);
    await sleep(50);
  }
}
