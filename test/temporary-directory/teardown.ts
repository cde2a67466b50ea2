import { readdirSync, rmSync } from 'node:fs';

/** What tsx and Node keep for their next start is nobody's to remove. */
const CACHE = /^(tsx-\d+|node-compile-cache)$/;

/** Nothing of a run stays, even if it failed; and a test that leaves something behind fails it. */
export default function removeTemporaryDirectory(): void {
  const directory = process.env.TMPDIR as string;
  const left = readdirSync(directory).filter((name) => !CACHE.test(name));
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  if (left.length > 0) throw new Error(`Tests have left temporary files behind: ${left.join(', ')}`);
}
