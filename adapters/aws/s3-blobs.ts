import { createHash } from 'node:crypto';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { BlobTooLarge } from '../../core/build/blob-error.ts';
import type { Blobs } from '../../core/ports/blobs.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Signer } from '../../core/ports/signer.ts';
import { DAY_MS, SECOND_MS } from '../../core/time.ts';
import { checkBlobKey } from '../blob-key.ts';
import { PART_BYTES, S3Upload } from './s3-upload.ts';

/** AWS's limit; the signing credentials may expire sooner. */
const EXPIRES_SECONDS_MAX = (7 * DAY_MS) / SECOND_MS;
/**
 * Marks a URL as one of ours: AWS's own signature can be checked only with the credentials of the function that made it. S3
 * ignores unknown parameters that begin with `x-` ("Customizing access log information").
 */
const KEY_PARAMETER = 'x-dynoform-blob';
const KEY_PURPOSE = 'blob-GET';

export interface S3BlobsOptions {
  /** Made with `requestChecksumCalculation: 'WHEN_REQUIRED'`: otherwise a URL for PUT accepts only an empty body. */
  readonly client: S3Client;
  readonly bucket: string;
  readonly signer: Signer;
  readonly clock: Clock;
}

export class S3Blobs implements Blobs {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #signer: Signer;
  readonly #clock: Clock;
  #urlPrefix: Promise<string> | undefined;

  constructor({ client, bucket, signer, clock }: S3BlobsOptions) {
    this.#client = client;
    this.#bucket = bucket;
    this.#signer = signer;
    this.#clock = clock;
  }

  async put(
    key: string,
    content: AsyncIterable<Uint8Array>,
    maxBytes: number,
  ): Promise<{ readonly sizeBytes: number; readonly sha256: string }> {
    const upload = new S3Upload(this.#client, this.#place(key));
    const hash = createHash('sha256');
    let sizeBytes = 0;
    let part: Uint8Array[] = [];
    let partBytes = 0;
    try {
      for await (const chunk of content) {
        sizeBytes += chunk.byteLength;
        if (sizeBytes > maxBytes) throw new BlobTooLarge(maxBytes);
        hash.update(chunk);
        part.push(chunk);
        partBytes += chunk.byteLength;
        if (partBytes < PART_BYTES) continue;
        await upload.part(Buffer.concat(part));
        part = [];
        partBytes = 0;
      }
      await upload.end(Buffer.concat(part));
    } catch (error) {
      await upload.abort();
      throw error;
    }
    return { sizeBytes, sha256: hash.digest('hex') };
  }

  async get(key: string): Promise<AsyncIterable<Uint8Array> | undefined> {
    const place = this.#place(key);
    const found = await unlessMissing(this.#client.send(new GetObjectCommand(place)));
    return found?.Body as AsyncIterable<Uint8Array> | undefined;
  }

  async size(key: string): Promise<number | undefined> {
    const place = this.#place(key);
    return (await unlessMissing(this.#client.send(new HeadObjectCommand(place))))?.ContentLength;
  }

  async remove(key: string): Promise<void> {
    await this.#client.send(new DeleteObjectCommand(this.#place(key)));
  }

  async signedUrl(method: 'GET' | 'PUT', key: string, expiresAtMs: number): Promise<string> {
    const place = this.#place(key);
    const nowMs = this.#clock.nowMs();
    const seconds = Math.floor((expiresAtMs - nowMs) / SECOND_MS);
    const options = {
      expiresIn: Math.min(Math.max(seconds, 1), EXPIRES_SECONDS_MAX),
      signingDate: new Date(nowMs),
    };
    if (method === 'PUT') {
      const url = await getSignedUrl(this.#client, new PutObjectCommand(place), options);
      if (/[?&]x-amz-checksum/i.test(url)) {
        throw new Error("the S3 client is not made with requestChecksumCalculation: 'WHEN_REQUIRED'");
      }
      return url;
    }
    const command = new GetObjectCommand(place);
    const token = this.#signer.sign(KEY_PURPOSE, key, expiresAtMs);
    command.middlewareStack.add(
      (next) => (args) => {
        const request = args.request as { readonly query: Record<string, string> };
        request.query[KEY_PARAMETER] = token;
        return next(args);
      },
      { step: 'build' },
    );
    return getSignedUrl(this.#client, command, options);
  }

  async keyOfUrl(text: string, nowMs: number): Promise<{ readonly key: string | undefined } | undefined> {
    this.#urlPrefix ??= this.#readUrlPrefix();
    const prefix = await this.#urlPrefix;
    if (!text.startsWith(prefix)) return undefined;
    const url = new URL(text);
    const key = this.#signer.verify(KEY_PURPOSE, url.searchParams.get(KEY_PARAMETER) ?? '', nowMs);
    return { key: key !== undefined && url.origin + url.pathname === prefix + key ? key : undefined };
  }

  /** Only the client knows the host or path of its bucket. */
  async #readUrlPrefix(): Promise<string> {
    const url = await getSignedUrl(this.#client, new GetObjectCommand(this.#place('x')));
    return url.slice(0, url.indexOf('?') - 1);
  }

  #place(key: string): { readonly Bucket: string; readonly Key: string } {
    checkBlobKey(key);
    return { Bucket: this.#bucket, Key: key };
  }
}

/** S3 answers 404 only to callers that may list the bucket; others get 403 for a missing object, which is an error here. */
async function unlessMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404) return undefined;
    throw error;
  }
}
