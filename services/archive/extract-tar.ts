import { constants, createWriteStream } from 'node:fs';
import { copyFile, mkdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { type Extract, extract, type Header } from 'tar-stream';
import { err, ok, type Result } from '../../core/result.ts';
import { linkBelowLink, linkThatLeaves } from './links.ts';

type Entry = Extract extends AsyncIterable<infer E> ? E : never;

export interface ArchiveLimits {
  /** Bytes of all files together, hard links counted as copies. */
  readonly maxBytes: number;
  readonly maxEntries: number;
}

export interface ArchiveFailure {
  readonly kind: 'corrupt' | 'unsafe' | 'too-big';
  /** Names the entry; may be shown to a user. */
  readonly message: string;
}

/** Files up to this size are written whole, several at a time; larger ones stream to disk. */
const BUFFERED_FILE_BYTES = 1024 * 1024;
const WRITES_AT_ONCE = 8;
/** A tar header, its padding and a long-name record: what an entry may cost in addition to its content. */
const OVERHEAD_PER_ENTRY_BYTES = 4096;
const OVERHEAD_BYTES = 1024 * 1024;
/** The archive has two different entries for one path. */
const CONTRADICTIONS = new Set([
  'EEXIST',
  'ENOTDIR',
  'EISDIR',
  // Node's own code for `rm` on a directory.
  'ERR_FS_EISDIR',
  'ENOTEMPTY',
  'ENAMETOOLONG',
  'EINVAL',
]);

/**
 * Unpacks a gzip'ed tarball from a stranger into `directory`, which must be empty and have no other writer. Writes nothing
 * outside of it: symbolic links are made last, so no entry is written through one, and only when their targets stay
 * inside the tree. Refuses device files, pipes, absolute names and names with `..`. After a failure the directory holds
 * a part of the archive: remove it. A full disk and the like are exceptions.
 */
export async function extractTarGzip(
  content: AsyncIterable<Uint8Array>,
  directory: string,
  limits: ArchiveLimits,
): Promise<Result<{ readonly entries: number; readonly bytes: number }, ArchiveFailure>> {
  const unpack = extract();
  let sourceError: unknown;
  const source = Readable.from(remember(content, (error) => (sourceError = error)));
  const cap = new UnpackedBytes(limits.maxBytes + limits.maxEntries * OVERHEAD_PER_ENTRY_BYTES + OVERHEAD_BYTES);
  // `feeding` carries the error; without a listener streamx would throw it again.
  unpack.on('error', () => undefined);
  const feeding = pipeline(source, createGunzip(), cap, unpack as unknown as NodeJS.WritableStream).then(
    () => undefined,
    (error: unknown) => error,
  );
  const tree = new Tree(directory, limits);
  try {
    for await (const entry of unpack) {
      await tree.add(entry);
      entry.resume();
    }
    await tree.finish();
    const feedError = await feeding;
    if (feedError !== undefined) throw feedError;
    return ok({ entries: tree.entries, bytes: tree.bytes });
  } catch (thrown) {
    unpack.destroy();
    const feedError = await feeding;
    await tree.settle();
    if (sourceError !== undefined) throw sourceError;
    return err(toFailure(thrown, feedError));
  }
}

class Refused extends Error {
  readonly failure: ArchiveFailure;
  constructor(kind: ArchiveFailure['kind'], message: string) {
    super(message);
    this.failure = { kind, message };
  }
}

function toFailure(thrown: unknown, feedError: unknown): ArchiveFailure {
  for (const error of [thrown, feedError]) if (error instanceof Refused) return error.failure;
  const { code, path, message } = thrown as NodeJS.ErrnoException;
  if (code !== undefined && CONTRADICTIONS.has(code)) {
    return { kind: 'corrupt', message: `the archive cannot be unpacked (${code}): ${shown((path ?? '').slice(-120))}` };
  }
  // A file system error that the archive did not cause: disk full, no permission.
  if ((thrown as NodeJS.ErrnoException).syscall !== undefined) throw thrown;
  const cause = feedError instanceof Error && 'errno' in feedError ? feedError.message : message;
  return { kind: 'corrupt', message: `not a readable gzip'ed tarball: ${cause}` };
}

class Tree {
  entries = 0;
  bytes = 0;
  readonly #directory: string;
  readonly #limits: ArchiveLimits;
  readonly #directories = new Set<string>();
  readonly #files = new Set<string>();
  /** Path in the tree → target; made when all files are written. */
  readonly #links = new Map<string, string>();
  readonly #writing = new Set<Promise<void>>();
  #writeError: unknown;

  constructor(directory: string, limits: ArchiveLimits) {
    this.#directory = directory;
    this.#limits = limits;
  }

  async add(entry: Entry): Promise<void> {
    const { header } = entry;
    this.entries += 1;
    if (this.entries > this.#limits.maxEntries) {
      throw new Refused('too-big', `the archive has more than ${this.#limits.maxEntries} entries`);
    }
    const path = pathInTree(header.name);
    if (path === '') return;
    switch (header.type) {
      case 'directory':
        return this.#makeDirectory(path);
      case 'file':
      case 'contiguous-file':
        return this.#addFile(path, header, entry);
      case 'symlink':
        await this.#replace(path);
        this.#links.set(path, header.linkname);
        return;
      case 'link':
        return this.#addHardLink(path, header);
      default:
        throw new Refused('unsafe', `the archive contains a special file (${header.type}): ${shown(header.name)}`);
    }
  }

  /** Everything written, then the symbolic links. */
  async finish(): Promise<void> {
    await this.settle();
    if (this.#writeError !== undefined) throw this.#writeError;
    const leaving = linkThatLeaves(this.#links);
    if (leaving !== undefined) {
      throw new Refused('unsafe', `the archive contains a link that leads out of it: ${shown(leaving)}`);
    }
    const below = linkBelowLink(this.#links);
    if (below !== undefined) {
      throw new Refused('corrupt', `the archive contains a link below another link: ${shown(below)}`);
    }
    await this.#makeLinks();
  }

  /**
   * All links or none: only the tree with all of them was checked. `b -> a/../..` leads nowhere while `a` is a circle, and
   * out of the tree when `a` could not be made because a directory has its path.
   */
  async #makeLinks(): Promise<void> {
    const made: string[] = [];
    try {
      for (const [path, target] of this.#links) {
        await this.#makeDirectory(parent(path));
        await symlink(target, join(this.#directory, path));
        made.push(path);
      }
    } catch (error) {
      for (const path of made) await rm(join(this.#directory, path));
      throw error;
    }
  }

  async settle(): Promise<void> {
    await Promise.all(this.#writing);
  }

  async #addFile(path: string, header: Header, entry: Entry): Promise<void> {
    this.#count(header.size);
    await this.#replace(path);
    await this.#makeDirectory(parent(path));
    const target = join(this.#directory, path);
    const mode = fileMode(header);
    if (header.size > BUFFERED_FILE_BYTES) {
      await pipeline(entry as AsyncIterable<Uint8Array>, createWriteStream(target, { flags: 'wx', mode }));
      await touch(target, header);
    } else {
      const parts: Uint8Array[] = [];
      for await (const part of entry) parts.push(part as Uint8Array);
      const content = parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
      await this.#queue(async () => {
        await writeFile(target, content, { flag: 'wx', mode });
        await touch(target, header);
      });
    }
  }

  /**
   * A hard link to a symbolic link becomes another symbolic link, as in tar. A hard link to a file becomes a copy: a shared
   * file would change for other dynos too, and a link to a large file would escape the byte limit.
   */
  async #addHardLink(path: string, header: Header): Promise<void> {
    const from = pathInTree(header.linkname);
    if (!this.#files.has(from) || from === path) {
      throw new Refused('corrupt', `the archive links to a file that it does not contain: ${shown(header.name)}`);
    }
    const target = this.#links.get(from);
    if (target !== undefined) {
      await this.#replace(path);
      this.#links.set(path, target);
      return;
    }
    await this.settle();
    if (this.#writeError !== undefined) throw this.#writeError;
    const source = join(this.#directory, from);
    this.#count((await stat(source)).size);
    await this.#replace(path);
    await this.#makeDirectory(parent(path));
    await copyFile(source, join(this.#directory, path), constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    await touch(join(this.#directory, path), header);
  }

  #count(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes > this.#limits.maxBytes) {
      throw new Refused('too-big', `the archive unpacks to more than ${this.#limits.maxBytes} bytes`);
    }
  }

  /** As in tar: of two entries with one name the later one stays. */
  async #replace(path: string): Promise<void> {
    if (this.#files.has(path)) {
      await this.settle();
      await rm(join(this.#directory, path), { force: true });
    }
    this.#links.delete(path);
    this.#files.add(path);
  }

  async #makeDirectory(path: string): Promise<void> {
    if (path === '' || this.#directories.has(path)) return;
    await mkdir(join(this.#directory, path), { recursive: true });
    for (let each = path; each !== '' && !this.#directories.has(each); each = parent(each)) this.#directories.add(each);
  }

  async #queue(write: () => Promise<void>): Promise<void> {
    if (this.#writeError !== undefined) throw this.#writeError;
    const running: Promise<void> = write()
      .catch((error: unknown) => {
        this.#writeError ??= error;
      })
      .finally(() => this.#writing.delete(running));
    this.#writing.add(running);
    if (this.#writing.size >= WRITES_AT_ONCE) await Promise.race(this.#writing);
  }
}

/** Stops a decompression bomb, whether it unpacks to content, headers, or zeros after the end of the archive. */
class UnpackedBytes extends Transform {
  #left: number;
  constructor(bytes: number) {
    super();
    this.#left = bytes;
  }
  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null, data?: Buffer) => void) {
    this.#left -= chunk.length;
    if (this.#left < 0) done(new Refused('too-big', 'the archive unpacks to more bytes than allowed'));
    else done(null, chunk);
  }
}

function pathInTree(name: string): string {
  if (name.startsWith('/')) throw new Refused('unsafe', `the archive contains an absolute path: ${shown(name)}`);
  if (name.includes('\0')) throw new Refused('unsafe', `the archive contains a name with a NUL: ${shown(name)}`);
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw new Refused('unsafe', `the archive contains a path with "..": ${shown(name)}`);
  return parts.join('/');
}

const parent = (path: string): string => {
  const directory = dirname(path);
  return directory === '.' ? '' : directory;
};

/** No set-user-id bits; the owner can always read and replace the file. */
const fileMode = (header: Header): number => (header.mode & 0o777) | 0o600;

/** Compiled files (Python's .pyc) are valid only with the modification time for which they were made. */
async function touch(path: string, header: Header): Promise<void> {
  await utimes(path, header.mtime, header.mtime);
}

/** Hostile names end up in terminals. */
const shown = (name: string): string => JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name);

/** Distinguishes an error of the source from one that the pipeline throws into its source when a later part fails. */
async function* remember(
  content: AsyncIterable<Uint8Array>,
  onError: (error: unknown) => void,
): AsyncIterable<Uint8Array> {
  const iterator = content[Symbol.asyncIterator]();
  try {
    for (;;) {
      const step = await iterator.next().catch((error: unknown) => {
        onError(error);
        throw error;
      });
      if (step.done === true) return;
      yield step.value;
    }
  } finally {
    await iterator.return?.();
  }
}
