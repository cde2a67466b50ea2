import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '../../core/ports/random.ts';

export interface AttemptOptions {
  readonly attemptsMax: number;
  readonly firstDelayMs: number;
  readonly delayMaxMs: number;
  readonly random: Random;
  /** Whether the same again may succeed. */
  readonly isTransient: (error: unknown) => boolean;
}

/**
 * Tries again after growing pauses, each a random part of its limit: many that met once would otherwise meet again.
 * The last failure is the caller's.
 */
export async function attempt<T>(options: AttemptOptions, action: () => Promise<T>): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await action();
    } catch (error) {
      if (failures >= options.attemptsMax || !options.isTransient(error)) throw error;
      const limitMs = Math.min(options.firstDelayMs * 2 ** (failures - 1), options.delayMaxMs);
      await pause(limitMs * options.random.next());
    }
  }
}

/** AWS asks for fewer requests. The names differ by service. */
export function isThrottling(error: unknown): boolean {
  return error instanceof Error && THROTTLING.has(error.name);
}

const THROTTLING = new Set([
  'LimitExceededException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
]);
