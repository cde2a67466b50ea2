import type { CronJob } from '../records/cron-job.ts';
import type { SlugArtifact } from '../records/slug.ts';

export interface BuildOrder {
  readonly appId: string;
  readonly appName: string;
  readonly buildId: string;
  readonly stack: string;
  /** The gzip'ed source tarball: one of our own blobs, or a public URL. */
  readonly source: { readonly blobKey: string } | { readonly url: string };
  readonly checksum?: string;
  readonly sourceVersion?: string;
  /** Empty: detect. Names (`heroku/nodejs`), paths or git URLs. */
  readonly buildpacks: readonly string[];
  readonly config: Readonly<Record<string, string>>;
  readonly outputStreamId: string;
  /** Epoch milliseconds after which the build is failed. */
  readonly deadlineMs: number;
}

export type BuildOutcome =
  | {
      readonly status: 'succeeded';
      readonly slug: {
        readonly artifact: SlugArtifact;
        readonly sizeBytes: number;
        readonly checksum: string;
        readonly processTypes: Readonly<Record<string, string>>;
        /** Framework name from `bin/detect`, e.g. `Node.js`. */
        readonly buildpackDescription: string;
        readonly buildpacks: readonly string[];
        /** The `cron` list of the source's `app.json`; absent: none. The handler of the outcome checks it again. */
        readonly cron?: readonly CronJob[];
      };
    }
  | { readonly status: 'failed'; readonly message: string };

export interface Builder {
  /** Names of the stacks that it builds for. An order with another one is never made. */
  readonly stacks: readonly string[];
  /**
   * Returns when the order is accepted. One build per app runs at a time, later ones wait. The handler of the outcome ends the
   * output stream.
   */
  start(order: BuildOrder): Promise<void>;
  /** Idempotent; the outcome is then `failed`. */
  cancel(buildId: string): Promise<void>;
}
