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

/** One object in parts, or in one piece if it fits in a part. After `end` all of it is there, without `end` nothing. */
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

  /** Resolves when there is room for another part. */
  async part(body: Uint8Array): Promise<void> {
    this.#uploadId ??= (await this.#client.send(new CreateMultipartUploadCommand(this.#place))).UploadId;
    this.#parts += 1;
    const part = this.#send(this.#parts, body);
    // Awaited later; it may fail before that.
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

  /** The bucket's rule for unfinished uploads removes what cannot be removed here. */
  async abort(): Promise<void> {
    if (this.#uploadId === undefined) return;
    // A part that arrives after the abort would stay.
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
