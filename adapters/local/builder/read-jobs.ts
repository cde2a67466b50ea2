import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { CronJob } from '../../../core/records/cron-job.ts';
import { err, ok, type Result } from '../../../core/result.ts';
import { parseAppManifest } from '../../../core/scheduler/cron-jobs.ts';
import type { BuildFailure } from './build-failure.ts';
import type { BuildOutput } from './build-output.ts';
import { readRegularFile } from './clean-source.ts';

const MANIFEST_BYTES_MAX = 1024 * 1024;

/** The recurring jobs in `app.json`. Read before the source is cleaned: the slug may not contain the file. */
export async function readJobs(
  directory: string,
  output: BuildOutput,
): Promise<Result<readonly CronJob[], BuildFailure>> {
  const path = join(directory, 'app.json');
  const text = await readRegularFile(path, MANIFEST_BYTES_MAX);
  if (text === undefined) {
    const isThere = await lstat(path).then(
      () => true,
      () => false,
    );
    if (isThere) output.problem('Warning: app.json is ignored: it is not a plain file of at most 1 MB.');
    return ok([]);
  }
  const parsed = parseAppManifest(text);
  if (!parsed.ok) return err({ message: parsed.error });
  for (const warning of parsed.value.warnings) output.problem(`Warning: ${warning}`);
  return ok(parsed.value.jobs);
}
