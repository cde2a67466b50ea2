import { count, fields, isObject, listOf, mapOf, oneOf, optional, text, variants } from './checks.ts';
import { type CronJob, cronJobShape } from './cron-job.ts';
import { defineRecord } from './define-record.ts';

/** Item: `app#<id>` / `slug#<uuid>`. */
export interface Slug {
  readonly id: string;
  readonly appId: string;
  readonly artifact: SlugArtifact;
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

/** What a dyno runs. Its blob exists once the slug can be released. */
export type SlugArtifact = SlugTarball | SlugImage;

/** The blob is a gzip'ed tarball whose files live under `./app`. */
export interface SlugTarball {
  readonly kind: 'tarball';
  readonly blobKey: string;
}

/** An image in the installation's repository, named by its immutable digest; the blob holds what the build reported of it. */
export interface SlugImage {
  readonly kind: 'image';
  readonly architecture: 'amd64' | 'arm64';
  /** What it was built by. */
  readonly origin: 'buildpacks' | 'dockerfile';
  /** `sha256:<hex>` */
  readonly digest: string;
  readonly blobKey: string;
}

export const slugKey = (appId: string, id: string) => ({ partition: `app#${appId}`, sort: `slug#${id}` });

/** Slugs once had only a blob's key. An image's key contained its architecture and origin, and the checksum its digest. */
function upgrade(value: unknown): unknown {
  if (!isObject(value) || value.artifact !== undefined) return value;
  const { blobKey, ...slug } = value;
  const [, architecture, origin] = /^images\/(amd64|arm64)\/(buildpacks|dockerfile)\//.exec(String(blobKey)) ?? [];
  const [, hex] = /^SHA256:([0-9a-f]{64})$/i.exec(String(slug.checksum)) ?? [];
  if (architecture === undefined || hex === undefined) return { ...slug, artifact: { kind: 'tarball', blobKey } };
  const digest = `sha256:${hex.toLowerCase()}`;
  return { ...slug, artifact: { kind: 'image', architecture, origin, digest, blobKey } };
}

export const slugRecord = defineRecord({
  noun: 'slug',
  version: 1,
  key: slugKey,
  upgrade,
  shape: fields<Slug>({
    id: text,
    appId: text,
    artifact: variants<SlugArtifact, 'kind'>('kind', {
      tarball: { blobKey: text },
      image: {
        architecture: oneOf('amd64', 'arm64'),
        origin: oneOf('buildpacks', 'dockerfile'),
        digest: text,
        blobKey: text,
      },
    }),
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
