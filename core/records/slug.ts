import type { CronJob } from './cron-job.ts';

/** Item: `app#<id>` / `slug#<uuid>`. */
export interface Slug {
  readonly id: string;
  readonly appId: string;
  /** A gzip'ed tarball whose files live under `./app`. */
  readonly blobKey: string;
  readonly sizeBytes: number;
  /** `SHA256:<hex>` */
  readonly checksum: string;
  readonly commit?: string;
  readonly commitDescription?: string;
  readonly buildpackDescription: string;
  readonly processTypes: Readonly<Record<string, string>>;
  /** Recurring jobs that its `app.json` declares. */
  readonly cron?: readonly CronJob[];
  readonly stackName: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export const slugKey = (appId: string, id: string) => ({ partition: `app#${appId}`, sort: `slug#${id}` });
