/** Only ends a test that would never pass: fifty containers take a busy machine a minute. */
const WAIT_MS = 120_000;
const POLL_MS = 10;

export async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  const tries = WAIT_MS / POLL_MS;
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error('waited in vain');
}
