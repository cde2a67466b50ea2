import type { Blobs } from '../../../core/ports/blobs.ts';

/** An archive that outlives the streams of a test. */
export class MemoryBlobs implements Blobs {
  readonly contents = new Map<string, Buffer>();
  broken = false;

  async put(key: string, content: AsyncIterable<Uint8Array>): Promise<{ sizeBytes: number; sha256: string }> {
    if (this.broken) throw new Error('the archive is out of reach');
    const chunks: Uint8Array[] = [];
    for await (const chunk of content) chunks.push(chunk);
    this.contents.set(key, Buffer.concat(chunks));
    return { sizeBytes: this.contents.get(key)?.length ?? 0, sha256: '' };
  }

  async get(key: string): Promise<AsyncIterable<Uint8Array> | undefined> {
    const content = this.contents.get(key);
    if (content === undefined) return undefined;
    // In small pieces, which end inside characters.
    return (async function* () {
      for (let start = 0; start < content.length; start += 3) yield content.subarray(start, start + 3);
    })();
  }

  async size(key: string): Promise<number | undefined> {
    if (this.broken) throw new Error('the archive is out of reach');
    return this.contents.get(key)?.length;
  }

  async remove(key: string): Promise<void> {
    this.contents.delete(key);
  }

  async signedUrl(): Promise<string> {
    return '';
  }

  async keyOfUrl(): Promise<undefined> {
    return undefined;
  }
}
