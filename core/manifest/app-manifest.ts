import { isObject } from '../records/checks.ts';
import type { CronJob } from '../records/cron-job.ts';
import { err, ok, type Result } from '../result.ts';
import { parseJobs } from './cron-jobs.ts';

/** In the top directory of an app's source. */
export const APP_MANIFEST_NAME = 'app.json';
export const APP_MANIFEST_BYTES_MAX = 1024 * 1024;

/** What a builder finds there; `unusable`: a link, a directory, or more than `APP_MANIFEST_BYTES_MAX`. */
export type AppManifestFile =
  | { readonly kind: 'absent' }
  | { readonly kind: 'unusable' }
  | { readonly kind: 'file'; readonly text: string };

export interface AppManifest {
  readonly jobs: readonly CronJob[];
  /** For the build's output. */
  readonly warnings: readonly string[];
}

/**
 * The error names the entry and the field. Heroku builds do not read the file, so an unreadable one fails a build only if it
 * seems to declare jobs.
 */
export function readAppManifest(file: AppManifestFile): Result<AppManifest, string> {
  if (file.kind === 'absent') return ok({ jobs: [], warnings: [] });
  if (file.kind === 'unusable') return ignored('it is not a plain file of at most 1 MB');
  let manifest: unknown;
  try {
    manifest = JSON.parse(file.text.replace(/^\uFEFF/, ''));
  } catch {
    if (file.text.includes('"cron"')) return err('app.json is not valid JSON, so its jobs cannot be read.');
    return ignored('it is not valid JSON');
  }
  if (!isObject(manifest)) return ignored('it is not a JSON object');
  const jobs = parseJobs(manifest.cron);
  return jobs.ok ? ok({ jobs: jobs.value, warnings: [] }) : err(`app.json: ${jobs.error}`);
}

const ignored = (why: string) => ok({ jobs: [], warnings: [`app.json is ignored: ${why}.`] });
