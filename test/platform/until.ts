import { setTimeout as sleep } from 'node:timers/promises';

const PAUSE_MS = { min: 50, max: 1_000 } as const;

/**
 * Waits for a condition; the limit only ends a test that would never pass. A condition that takes long, such as a start of the Heroku
 * CLI, is followed by an equally long pause, which leaves the processor to what it waits for.
 */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  boundMs = 150_000,
): Promise<void> {
  const deadline = Date.now() + boundMs;
  for (;;) {
    const startedMs = Date.now();
    if (await condition()) return;
    const now = Date.now();
    if (now > deadline) throw new Error(`Waited ${boundMs / 1000} s for ${what}`);
    await sleep(Math.min(PAUSE_MS.max, Math.max(PAUSE_MS.min, now - startedMs)));
  }
}
