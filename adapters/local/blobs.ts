import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BlobStorageFull, BlobTooLarge } from '../../core/build/blob-error.ts';
import type { Blobs } from '../../core/ports/blobs.ts';
import type { Signer } from '../../core/ports/signer.ts';
import { checkBlobKey } from '../blob-key.ts';

const READ_BYTES = 256 * 1024;

export interface LocalBlobsOptions {
  readonly directory: string;
  /** The URL at which `services/blobs` is served, without a slash at the end. */
  readonly apiUrl: string;
  readonly signer: Signer;
}

/** One file per blob. Removes files that a killed platform left half-written. */
export async function openLocalBlobs(options: LocalBlobsOptions): Promise<LocalBlobs> {
  const incoming = join(options.directory, '.incoming');
  await rm(incoming, { recursive: true, force: true });
  await mkdir(incoming, { recursive: true, mode: 0o700 });
  return new LocalBlobs(options);
}

export class LocalBlobs implements Blobs {
  readonly #options: LocalBlobsOptions;

  constructor(options: LocalBlobsOptions) {
    this.#options = options;
  }

  async put(
    key: string,
    content: AsyncIterable<Uint8Array>,
    maxBytes: number,
  ): Promise<{ readonly sizeBytes: number; readonly sha256: string }> {
    const path = this.#path(key);
    const draft = join(this.#options.directory, '.incoming', randomUUID());
    let handle: FileHandle | undefined;
    try {
      handle = await open(draft, 'wx', 0o600);
      const written = await write(handle, content, maxBytes);
      await handle.sync();
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await rename(draft, path);
      return written;
    } catch (error) {
      await rm(draft, { force: true });
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'ENOSPC' || code === 'EDQUOT') {
        throw new BlobStorageFull(`no space left in ${this.#options.directory}`, { cause: error });
      }
      throw error;
    } finally {
      await handle?.close();
    }
  }

  async get(key: string): Promise<AsyncIterable<Uint8Array> | undefined> {
    const path = this.#path(key);
    return (await sizeOfFile(path)) === undefined ? undefined : read(path);
  }

  async size(key: string): Promise<number | undefined> {
    return sizeOfFile(this.#path(key));
  }

  async remove(key: string): Promise<void> {
    await rm(this.#path(key), { force: true });
  }

  async signedUrl(method: 'GET' | 'PUT', key: string, expiresAtMs: number): Promise<string> {
    checkBlobKey(key);
    return this.#urlPrefix + this.#options.signer.sign(`blob-${method}`, key, expiresAtMs);
  }

  async keyOfUrl(url: string, nowMs: number): Promise<{ readonly key: string | undefined } | undefined> {
    if (!url.startsWith(this.#urlPrefix)) return undefined;
    return { key: this.#options.signer.verify('blob-GET', url.slice(this.#urlPrefix.length), nowMs) };
  }

  get #urlPrefix(): string {
    return `${this.#options.apiUrl}/blobs/`;
  }

  #path(key: string): string {
    checkBlobKey(key);
    return join(this.#options.directory, key);
  }
}

async function write(
  handle: FileHandle,
  content: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<{ readonly sizeBytes: number; readonly sha256: string }> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of content) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > maxBytes) throw new BlobTooLarge(maxBytes);
    hash.update(chunk);
    // Unlike `write`, continues until the whole chunk is written.
    await handle.appendFile(chunk);
  }
  return { sizeBytes, sha256: hash.digest('hex') };
}

/** Opens the file when reading begins, so that an answer nobody reads holds no descriptor. */
async function* read(path: string): AsyncGenerator<Uint8Array> {
  const handle = await open(path, 'r');
  try {
    for (;;) {
      // A buffer per chunk: the consumer may keep it while the next one is read.
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(READ_BYTES), 0, READ_BYTES, null);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

async function sizeOfFile(path: string): Promise<number | undefined> {
  try {
    const found = await stat(path);
    return found.isFile() ? found.size : undefined;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
