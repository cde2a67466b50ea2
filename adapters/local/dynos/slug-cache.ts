import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Blobs } from '../../../core/ports/blobs.ts';
import type { DynoSpec } from '../../../core/ports/dyno-runtime.ts';
import { extractTarGzip } from '../../../services/archive/extract-tar.ts';

/** Far above Heroku's 500 MB for a compressed slug; stops a decompression bomb. */
const SLUG_LIMITS = { maxBytes: 4 * 1024 ** 3, maxEntries: 500_000 };
/** Size of the extracted slugs that are kept; the least recently started is removed first. */
const CACHE_BYTES_MAX = 10 * 1024 ** 3;
/** A dyno may still be copying from a slug this long after it was requested. */
const IN_USE_MS = 10 * 60 * 1000;

export interface ExtractedSlug {
  /** Its `app` directory. Must not be changed. */
  readonly directory: string;
  readonly entries: number;
}

export type SlugResult =
  | { readonly ok: true; readonly slug: ExtractedSlug }
  | { readonly ok: false; readonly reason: string; readonly retry: boolean };

interface Kept {
  readonly entries: number;
  readonly bytes: number;
}

/** Extracts each slug once: `<directory>/<slug id>/app`. An existing slug is complete. */
export class SlugCache {
  readonly #directory: string;
  readonly #blobs: Blobs;
  readonly #pending = new Map<string, Promise<SlugResult>>();
  readonly #known = new Map<string, ExtractedSlug>();

  constructor(directory: string, blobs: Blobs) {
    this.#directory = directory;
    this.#blobs = blobs;
  }

  /** Removes the remains of an interrupted extraction. */
  async open(): Promise<void> {
    await mkdir(this.#directory, { recursive: true });
    for (const name of await readdir(this.#directory)) {
      if (name.startsWith('.')) await rm(join(this.#directory, name), { recursive: true, force: true });
    }
  }

  get(slug: DynoSpec['slug']): Promise<SlugResult> {
    const known = this.#known.get(slug.id);
    if (known !== undefined) {
      this.#touch(slug.id);
      return Promise.resolve({ ok: true, slug: known });
    }
    const pending = this.#pending.get(slug.id);
    if (pending !== undefined) return pending;
    const loading = this.#load(slug).finally(() => this.#pending.delete(slug.id));
    this.#pending.set(slug.id, loading);
    return loading;
  }

  async #load(slug: DynoSpec['slug']): Promise<SlugResult> {
    if (!/^[\w-]+$/.test(slug.id)) return { ok: false, reason: 'not a slug id', retry: false };
    const target = join(this.#directory, slug.id);
    const kept = await readKept(target);
    try {
      const result = kept === undefined ? await this.#extract(slug, target) : { ok: true as const, kept };
      if (!result.ok) return result;
      const extracted = { directory: join(target, 'app'), entries: result.kept.entries };
      this.#known.set(slug.id, extracted);
      this.#touch(slug.id);
      return { ok: true, slug: extracted };
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'ENOSPC' || code === 'EDQUOT') {
        const place = basename(join(this.#directory, '..'));
        return { ok: false, reason: `disk full: free space in ${place}`, retry: true };
      }
      return { ok: false, reason: `the slug cannot be read: ${message}`, retry: true };
    }
  }

  async #extract(
    slug: DynoSpec['slug'],
    target: string,
  ): Promise<{ ok: true; kept: Kept } | { ok: false; reason: string; retry: boolean }> {
    const content = await this.#blobs.get(slug.artifact.blobKey);
    if (content === undefined) return { ok: false, reason: 'the slug archive is missing', retry: false };
    const making = join(this.#directory, `.${randomUUID()}`);
    await mkdir(making);
    try {
      const hash = createHash('sha256');
      const result = await extractTarGzip(hashed(content, hash), making, SLUG_LIMITS);
      const actual = `SHA256:${hash.digest('hex')}`;
      // A slug made through the API may have no checksum.
      if (slug.checksum !== '' && actual !== slug.checksum) {
        // Heroku's own text for R17 (Dev Center: Error Codes), the missing "not" included.
        const reason = `Checksum does match expected value. Expected: ${slug.checksum} Actual: ${actual}`;
        return { ok: false, reason, retry: false };
      }
      if (!result.ok) return { ok: false, reason: `slug archive is corrupt: ${result.error.message}`, retry: false };
      const app = await stat(join(making, 'app')).catch(() => undefined);
      if (app?.isDirectory() !== true) {
        return { ok: false, reason: 'slug archive is corrupt: it has no ./app directory', retry: false };
      }
      await writeFile(join(making, 'kept.json'), JSON.stringify(result.value));
      await rename(making, target);
      void this.#evict(slug.id);
      return { ok: true, kept: result.value };
    } finally {
      await rm(making, { recursive: true, force: true });
    }
  }

  #touch(id: string): void {
    const now = new Date();
    utimes(join(this.#directory, id, 'kept.json'), now, now).catch(() => this.#known.delete(id));
  }

  async #evict(newest: string): Promise<void> {
    const slugs: { id: string; bytes: number; usedMs: number }[] = [];
    for (const id of await readdir(this.#directory)) {
      const kept = await readKept(join(this.#directory, id));
      const used = await stat(join(this.#directory, id, 'kept.json')).catch(() => undefined);
      if (kept !== undefined && used !== undefined) slugs.push({ id, bytes: kept.bytes, usedMs: used.mtimeMs });
    }
    let total = slugs.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { id, bytes, usedMs } of slugs.sort((one, other) => one.usedMs - other.usedMs)) {
      if (total <= CACHE_BYTES_MAX) return;
      if (id === newest || Date.now() - usedMs < IN_USE_MS) continue;
      this.#known.delete(id);
      const leaving = join(this.#directory, `.${randomUUID()}`);
      await rename(join(this.#directory, id), leaving);
      await rm(leaving, { recursive: true, force: true });
      total -= bytes;
    }
  }
}

async function readKept(directory: string): Promise<Kept | undefined> {
  const text = await readFile(join(directory, 'kept.json'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Kept);
}

async function* hashed(
  content: AsyncIterable<Uint8Array>,
  hash: { update(chunk: Uint8Array): unknown },
): AsyncIterable<Uint8Array> {
  for await (const chunk of content) {
    hash.update(chunk);
    yield chunk;
  }
}
