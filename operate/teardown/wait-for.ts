import { setTimeout as sleep } from 'node:timers/promises';

export interface Wait {
  /** What should end, as shown to the user. */
  readonly what: string;
  readonly boundMinutes: number;
  /** What still exists, or undefined when the wait is over. */
  readonly look: () => Promise<string | undefined>;
  readonly say: (line: string) => void;
  /** What the user should do when the bound is reached. */
  readonly next: string;
}

const PAUSE_MIN_MS = 1_000;
const PAUSE_MAX_MS = 15_000;
/** Prints a line now and then, so that nobody takes the wait for a hang. */
const SILENCE_MAX_MS = 60_000;

/** @throws {Error} that says what still exists at the bound, and what to do. */
export async function waitFor({ what, boundMinutes, look, say, next }: Wait): Promise<void> {
  const startedMs = performance.now();
  let pauseMs = PAUSE_MIN_MS;
  let said: string | undefined;
  let saidMs = 0;
  for (;;) {
    const left = await look();
    if (left === undefined) return;
    const waitedMs = performance.now() - startedMs;
    if (waitedMs > boundMinutes * 60_000) {
      throw new Error(`waited ${boundMinutes} minutes for ${what}: there is still ${left}. ${next}`);
    }
    if (left !== said || waitedMs - saidMs > SILENCE_MAX_MS) {
      say(`waiting for ${what}: ${left} (at most ${boundMinutes} minutes)`);
      said = left;
      saidMs = waitedMs;
    }
    await sleep(pauseMs);
    pauseMs = Math.min(pauseMs * 1.5, PAUSE_MAX_MS);
  }
}
