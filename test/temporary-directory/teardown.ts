import { readdirSync, rmSync } from 'node:fs';

/** What tsx and Node keep for their next start must stay. */
const CACHE = /^(tsx-\d+|node-compile-cache)$/;

/** Removes everything of a run, even a failed one; fails if a test has left something behind. */
export default function removeTemporaryDirectory(): void {
  const directory = process.env.TMPDIR as string;
  const left = readdirSync(directory).filter((name) => !CACHE.test(name));
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  if (left.length > 0) throw new Error(`Tests have left temporary files behind: ${left.join(', ')}`);
}
