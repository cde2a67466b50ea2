import type { Random } from '../../core/ports/random.ts';
import { SECOND_MS } from '../../core/time.ts';
import { attempt } from './attempts.ts';

const ANSWER_MS_MAX = 10 * SECOND_MS;
const ATTEMPTS_MAX = 4;
const RETRY_FIRST_MS = 200;
const RETRY_MAX_MS = 2_000;

export interface PostRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The message omits the address, which may carry its own permission. */
class NotTaken extends Error {
  override readonly name = 'NotTaken';
  readonly isTransient: boolean;

  constructor(status: number) {
    super(`it was answered with ${status}`);
    this.isTransient = status >= 500 || status === 429;
  }
}

/**
 * POSTs to one of our services, and retries while it is replaced or busy. Also repeats a request whose answer was lost: a log
 * line twice is better than none.
 */
export async function post({ url, headers, body }: PostRequest, random: Random): Promise<void> {
  const options = {
    attemptsMax: ATTEMPTS_MAX,
    firstDelayMs: RETRY_FIRST_MS,
    delayMaxMs: RETRY_MAX_MS,
    random,
    isTransient: (error: unknown) => !(error instanceof NotTaken) || error.isTransient,
  };
  await attempt(options, async () => {
    const signal = AbortSignal.timeout(ANSWER_MS_MAX);
    const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'error' });
    await response.arrayBuffer();
    if (!response.ok) throw new NotTaken(response.status);
  });
}
