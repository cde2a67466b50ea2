import type { Release } from '../records/release.ts';
import { hasReleasePhase } from '../slug/process-types.ts';

const MEGABYTE = 1_024 * 1_024;
/** Heroku Dev Center, "Limits": larger slugs work, but their dynos start slowly. */
const SLUG_SOFT_LIMIT_MB = 300;

/** The output of a deploy once the builder is done, in the wording that scripts look for. */
export function releasedLines(release: Release, slugSizeBytes: number, webUrl: string): string {
  const megabytes = Math.ceil(slugSizeBytes / MEGABYTE);
  return [
    '-----> Launching...',
    ...(megabytes > SLUG_SOFT_LIMIT_MB
      ? [
          ` !     Warning: Your slug size (${megabytes} MB) exceeds our soft limit (${SLUG_SOFT_LIMIT_MB} MB) which may affect boot time.`,
        ]
      : []),
    ...(hasReleasePhase(release)
      ? [' !     Release command declared: this new release will not be available until the command succeeds.']
      : []),
    `       Released v${release.version}`,
    `       ${webUrl} deployed to Heroku`,
    '',
    '',
  ].join('\n');
}

export function failureLines(reason: string): string {
  return `\n !     ${reason}\n\n !     Push failed\n`;
}
