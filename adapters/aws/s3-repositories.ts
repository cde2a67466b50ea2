import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import type { ArchivedRepository, RepositoryArchive } from '../../services/git/shared-repositories.ts';

/** Content in memory can be sent again when a connection breaks; most repositories are smaller than this. */
const HELD_BYTES_MAX = 32 * 1024 * 1024;
const WRITER = 'writer';

const NOT_MODIFIED = 304;
const NOT_FOUND = 404;
/** The object is not the one that `If-Match` names, or exists despite `If-None-Match: *`. */
const PRECONDITION_FAILED = 412;
/** Two conditional writes at the same moment: S3 accepted the other one. */
const CONFLICT = 409;

/** Git repositories as bundles in S3. S3's conditional writes let only a writer that knows the last bundle replace it. */
export class S3Repositories implements RepositoryArchive {
  readonly #client: S3Client;
  readonly #bucket: string;

  constructor(client: S3Client, bucket: string) {
    this.#client = client;
    this.#bucket = bucket;
  }

  async read(appId: string, knownVersion: string | undefined): Promise<ArchivedRepository> {
    const condition = knownVersion === undefined ? {} : { IfNoneMatch: knownVersion };
    try {
      const { ETag, Body } = await this.#client.send(new GetObjectCommand({ ...this.#place(appId), ...condition }));
      if (ETag === undefined || Body === undefined) throw new Error('S3 answered an object without its ETag or body');
      return { kind: 'bundle', version: ETag, content: Body as AsyncIterable<Uint8Array> };
    } catch (error) {
      const status = statusOf(error);
      if (status === NOT_MODIFIED) return { kind: 'unchanged' };
      if (status === NOT_FOUND) return { kind: 'absent' };
      throw error;
    }
  }

  async replace(appId: string, path: string, knownVersion: string | undefined): Promise<string | undefined> {
    const condition = knownVersion === undefined ? { IfNoneMatch: '*' } : { IfMatch: knownVersion };
    const { size } = await stat(path);
    const content =
      size <= HELD_BYTES_MAX ? { Body: await readFile(path) } : { Body: createReadStream(path), ContentLength: size };
    const writer = randomUUID();
    try {
      const { ETag } = await this.#client.send(
        new PutObjectCommand({ ...this.#place(appId), ...condition, ...content, Metadata: { [WRITER]: writer } }),
      );
      if (ETag === undefined) throw new Error('S3 stored an object without returning its ETag');
      return ETag;
    } catch (error) {
      const status = statusOf(error);
      // Not found: the bundle to be replaced is gone.
      if (status === PRECONDITION_FAILED || status === CONFLICT) return this.#versionBy(appId, writer);
      if (status === NOT_FOUND) return undefined;
      throw error;
    }
  }

  /** After a lost answer the same write is repeated, and then fails because of itself. */
  async #versionBy(appId: string, writer: string): Promise<string | undefined> {
    try {
      const { ETag, Metadata } = await this.#client.send(new HeadObjectCommand(this.#place(appId)));
      return Metadata?.[WRITER] === writer ? ETag : undefined;
    } catch (error) {
      if (statusOf(error) === NOT_FOUND) return undefined;
      throw error;
    }
  }

  /** For a deleted app. Idempotent. */
  async remove(appId: string): Promise<void> {
    await this.#client.send(new DeleteObjectCommand(this.#place(appId)));
  }

  #place(appId: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.#bucket, Key: `repositories/${appId}.bundle` };
  }
}

function statusOf(error: unknown): number | undefined {
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
}
