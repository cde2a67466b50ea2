import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';

/** S3 takes 10,000 parts of at least 5 MiB. */
export const PART_BYTES = 8 * 1024 * 1024;
const PARTS_UNDER_WAY_MAX = 3;

interface Place {
  readonly Bucket: string;
  readonly Key: string;
}

/** One object in parts, or in one piece when it is no larger than a part. It is there as a whole after `end`, or not at all. */
export class S3Upload {
  readonly #client: S3Client;
  readonly #place: Place;
  #uploadId: string | undefined;
  #parts = 0;
  readonly #underWay: Promise<CompletedPart>[] = [];
  readonly #done: CompletedPart[] = [];

  constructor(client: S3Client, place: Place) {
    this.#client = client;
    this.#place = place;
  }

  /** Returns when there is room for another one. */
  async part(body: Uint8Array): Promise<void> {
    this.#uploadId ??= (await this.#client.send(new CreateMultipartUploadCommand(this.#place))).UploadId;
    this.#parts += 1;
    const part = this.#send(this.#parts, body);
    // Awaited in its turn, when it may have failed long ago.
    part.catch(() => undefined);
    this.#underWay.push(part);
    if (this.#underWay.length >= PARTS_UNDER_WAY_MAX) await this.#oldest();
  }

  async end(rest: Uint8Array): Promise<void> {
    if (this.#uploadId === undefined) {
      await this.#client.send(new PutObjectCommand({ ...this.#place, Body: rest }));
      return;
    }
    if (rest.byteLength > 0) await this.part(rest);
    while (this.#underWay.length > 0) await this.#oldest();
    await this.#client.send(
      new CompleteMultipartUploadCommand({
        ...this.#place,
        UploadId: this.#uploadId,
        MultipartUpload: { Parts: this.#done },
      }),
    );
  }

  /** What cannot be cleared away here goes by the bucket's rule for unfinished uploads. */
  async abort(): Promise<void> {
    if (this.#uploadId === undefined) return;
    // A part that arrives after it would stay.
    await Promise.allSettled(this.#underWay);
    await this.#client
      .send(new AbortMultipartUploadCommand({ ...this.#place, UploadId: this.#uploadId }))
      .catch(() => undefined);
  }

  async #send(PartNumber: number, Body: Uint8Array): Promise<CompletedPart> {
    const part = { ...this.#place, UploadId: this.#uploadId, PartNumber };
    const { ETag } = await this.#client.send(new UploadPartCommand({ ...part, Body }));
    return { PartNumber, ETag };
  }

  async #oldest(): Promise<void> {
    const part = await this.#underWay.shift();
    if (part !== undefined) this.#done.push(part);
  }
}
