import { count, fields, listOf, mapOf, optional, text } from './checks.ts';
import { type CronJob, cronJobShape } from './cron-job.ts';
import { defineRecord } from './define-record.ts';

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

export const slugRecord = defineRecord({
  noun: 'slug',
  version: 1,
  key: slugKey,
  shape: fields<Slug>({
    id: text,
    appId: text,
    blobKey: text,
    sizeBytes: count,
    checksum: text,
    commit: optional(text),
    commitDescription: optional(text),
    buildpackDescription: text,
    processTypes: mapOf(text),
    cron: optional(listOf(cronJobShape)),
    stackName: text,
    createdAtMs: count,
    updatedAtMs: count,
  }),
});
