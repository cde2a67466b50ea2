import { createHash, randomBytes, randomInt, randomUUID } from 'node:crypto';
import type { Clock } from '../core/ports/clock.ts';
import type { Ids } from '../core/ports/ids.ts';
import type { Random } from '../core/ports/random.ts';

export const systemClock: Clock = { nowMs: () => Date.now() };

const RANDOM_STEPS = 2 ** 47;

/** From the operating system's generator: nobody can predict to which dyno a request goes. */
export const systemRandom: Random = { next: () => randomInt(RANDOM_STEPS) / RANDOM_STEPS };

let last = 0;

export const systemIds: Ids = {
  uuid: () => randomUUID(),
  sequence: () => {
    last += 1;
    return last;
  },
  secret: (bytes) => randomBytes(bytes).toString('hex'),
  sha256: (text) => createHash('sha256').update(text).digest('hex'),
};
