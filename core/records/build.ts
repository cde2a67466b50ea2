import { count, either, fields, listOf, oneOf, optional, text } from './checks.ts';
import { defineRecord } from './define-record.ts';

/** Item: `app#<id>` / `build#<uuid>`; due in queue `build` at its deadline while pending. */
export interface Build {
  readonly id: string;
  readonly appId: string;
  readonly status: 'pending' | 'succeeded' | 'failed';
  /** Why it failed, in one line. */
  readonly failure?: string;
  readonly source: { readonly blobKey: string } | { readonly url: string };
  readonly sourceChecksum?: string;
  readonly sourceVersion?: string;
  readonly sourceVersionDescription?: string;
  readonly buildpacks: readonly string[];
  readonly stackName: string;
  readonly userId: string;
  readonly userEmail: string;
  readonly outputStreamId: string;
  readonly slugId?: string;
  readonly releaseId?: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export const buildKey = (appId: string, id: string) => ({ partition: `app#${appId}`, sort: `build#${id}` });
export const BUILD_QUEUE = 'build';

export const sourceShape = either(
  fields<{ readonly blobKey: string }>({ blobKey: text }),
  fields<{ readonly url: string }>({ url: text }),
);

export const buildRecord = defineRecord({
  noun: 'build',
  version: 1,
  key: buildKey,
  shape: fields<Build>({
    id: text,
    appId: text,
    status: oneOf('pending', 'succeeded', 'failed'),
    failure: optional(text),
    source: sourceShape,
    sourceChecksum: optional(text),
    sourceVersion: optional(text),
    sourceVersionDescription: optional(text),
    buildpacks: listOf(text),
    stackName: text,
    userId: text,
    userEmail: text,
    outputStreamId: text,
    slugId: optional(text),
    releaseId: optional(text),
    createdAtMs: count,
    updatedAtMs: count,
  }),
});
