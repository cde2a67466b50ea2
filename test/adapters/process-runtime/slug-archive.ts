import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';
import type { Blobs } from '../../../core/ports/blobs.ts';

/** File name → content; a name that ends in `.sh` or lies in `bin/` is executable. */
export type Files = Readonly<Record<string, string>>;

/** A slug's gzip'ed tarball: files below `./app`. */
export async function slugArchive(files: Files): Promise<Buffer> {
  const packing = pack();
  packing.entry({ name: './app/', type: 'directory' } as Partial<Header> & { name: string });
  for (const [name, content] of Object.entries(files)) {
    packing.entry({ name: `./app/${name}`, mode: /\.sh$|^bin\//.test(name) ? 0o755 : 0o644 }, content);
  }
  packing.finalize();
  const parts: Buffer[] = [];
  for await (const part of packing) parts.push(part as Buffer);
  return gzipSync(Buffer.concat(parts));
}

export const checksum = (content: Buffer): string => `SHA256:${createHash('sha256').update(content).digest('hex')}`;

/** The part of the blob store that a runtime reads. */
export function blobsOf(contents: ReadonlyMap<string, Buffer>): Blobs {
  const missing = () => Promise.reject(new Error('not in this test'));
  return {
    get: async (key) => {
      const content = contents.get(key);
      return content === undefined ? undefined : pieces(content);
    },
    size: async (key) => contents.get(key)?.length,
    put: missing,
    remove: missing,
    signedUrl: async () => '',
    keyOfUrl: async () => undefined,
  };
}

async function* pieces(content: Buffer): AsyncIterable<Uint8Array> {
  for (let at = 0; at < content.length; at += 16_384) yield content.subarray(at, at + 16_384);
}
