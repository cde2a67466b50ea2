import { createHash } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Blobs } from '../../../core/ports/blobs.ts';
import type { BuildOrder } from '../../../core/ports/builder.ts';
import { err, ok, type Result } from '../../../core/result.ts';
import { extractTarGzip } from '../../../services/archive/extract-tar.ts';
import type { BuildFailure } from './build-failure.ts';
import { openDownload, type Reach } from './public-download.ts';

/** Heroku Dev Center, "Limits": an uncompressed checkout may have 1 GB. */
export const SOURCE_BYTES_MAX = 1024 ** 3;
export const SOURCE_ENTRIES_MAX = 250_000;

export interface SourceFetch {
  readonly order: Pick<BuildOrder, 'source' | 'checksum'>;
  readonly blobs: Blobs;
  readonly reach: Reach;
  readonly bytesMax: number;
  readonly signal: AbortSignal;
}

/** Unpacks the source into `directory`, which must not exist yet, once its checksum fits. Runs and reads nothing of it. */
export async function fetchSource(
  { order, blobs, reach, bytesMax, signal }: SourceFetch,
  directory: string,
): Promise<Result<void, BuildFailure>> {
  const { source, checksum } = order;
  const opened =
    'url' in source ? await openDownload(source.url, reach, signal) : await openBlob(blobs, source.blobKey);
  if (!opened.ok) return err({ message: `Failed to fetch the source: ${opened.error}.` });
  const unpacked = `${directory}.unpacked`;
  await mkdir(unpacked, { recursive: true, mode: 0o700 });
  const measured = measure(opened.value, bytesMax, signal);
  const extracted = await extract(measured.content, unpacked, bytesMax);
  if (!extracted.ok) return extracted;
  const expected = checksum?.replace(/^sha256:/i, '').toLowerCase();
  if (expected !== undefined && expected !== measured.sha256()) {
    return err({ message: `The source's checksum does not match: SHA256:${measured.sha256()} arrived.` });
  }
  await takeTopDirectoryOff(unpacked, directory);
  return ok(undefined);
}

async function extract(
  content: AsyncIterable<Uint8Array>,
  directory: string,
  bytesMax: number,
): Promise<Result<void, BuildFailure>> {
  try {
    const extracted = await extractTarGzip(content, directory, { maxBytes: bytesMax, maxEntries: SOURCE_ENTRIES_MAX });
    return extracted.ok
      ? ok(undefined)
      : err({ message: `The source cannot be unpacked: ${extracted.error.message}.` });
  } catch (error) {
    if (error instanceof SourceTooBig) return err({ message: error.message });
    // A broken download is no bug; a full disk also concerns the operator, who reads the same line.
    const { code, message } = error as NodeJS.ErrnoException;
    return err({ message: `The source could not be read completely (${code ?? message}).` });
  }
}

class SourceTooBig extends Error {}

async function openBlob(blobs: Blobs, key: string): Promise<Result<AsyncIterable<Uint8Array>, string>> {
  const content = await blobs.get(key);
  return content === undefined ? err('it was not uploaded') : ok(content);
}

function measure(content: AsyncIterable<Uint8Array>, bytesMax: number, signal: AbortSignal) {
  const hash = createHash('sha256');
  let bytes = 0;
  let digest = '';
  async function* pass(): AsyncGenerator<Uint8Array> {
    for await (const chunk of content) {
      signal.throwIfAborted();
      bytes += chunk.length;
      if (bytes > bytesMax)
        throw new SourceTooBig(`The source is too large: its archive has more than ${bytesMax} bytes.`);
      hash.update(chunk);
      yield chunk;
    }
    digest = hash.digest('hex');
  }
  return { content: pass(), sha256: () => digest };
}

/** GitHub's tarballs, and those of a push, have one top directory; others have the files themselves. */
async function takeTopDirectoryOff(unpacked: string, directory: string): Promise<void> {
  const entries = await readdir(unpacked, { withFileTypes: true });
  const [only] = entries;
  if (only === undefined || entries.length > 1 || !only.isDirectory()) return rename(unpacked, directory);
  await rename(join(unpacked, only.name), directory);
  await rm(unpacked, { recursive: true });
}
