import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '../../core/ports/random.ts';

export interface AttemptOptions {
  readonly attemptsMax: number;
  readonly firstDelayMs: number;
  readonly delayMaxMs: number;
  readonly random: Random;
  /** Whether a repeat may succeed. */
  readonly isTransient: (error: unknown) => boolean;
}

/**
 * Repeats a failed action after growing pauses. Each pause is a random part of its limit, so that callers which collided
 * once do not collide again. Throws the last failure.
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

/** AWS asks for fewer requests. Each service has its own name for that. */
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
