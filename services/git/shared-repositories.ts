import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { applyBundle, type Refs, readRefs, writeBundle } from './bundle.ts';
import type { ObjectSource } from './commit.ts';
import { pointHead } from './head.ts';
import type { RefUpdate } from './push-plan.ts';

export type ArchivedRepository =
  | { readonly kind: 'absent' }
  /** The caller's version is the newest. */
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'bundle'; readonly version: string; readonly content: AsyncIterable<Uint8Array> };

/** Stores every repository as a bundle for all git services and their successors. */
export interface RepositoryArchive {
  read(appId: string, knownVersion: string | undefined): Promise<ArchivedRepository>;
  /** Returns the new version. Undefined: the stored version is not `knownVersion` (undefined: absent), and nothing was written. */
  replace(appId: string, path: string, knownVersion: string | undefined): Promise<string | undefined>;
}

/** One push to one app, from its turn to the end of its git process. */
export interface SharedPush {
  /** False: another service has stored a push meanwhile, and this push does not include it. */
  isCurrent(): Promise<boolean>;
  /** Stores the repository as it will be after the push. False: as above. */
  publish(source: ObjectSource, updates: readonly RefUpdate[]): Promise<boolean>;
  /** Its git process has ended. */
  end(): Promise<void>;
}

export interface SharedRepositories {
  /** Brings the repository up to date, unless a push to it is being decided here: then it is the newest. */
  refresh(appId: string, repository: string): Promise<void>;
  begin(appId: string, repository: string): Promise<SharedPush>;
}

/** Next to the refs, so that a lost repository loses its version too. */
const VERSION_FILE = 'dynoform-version';

/**
 * Repositories that several git services serve. Each service has its own copy on disk; the archive decides. A push is
 * stored there before it is accepted, and only if no other push was stored meanwhile: of two services' pushes none is lost.
 */
export function createSharedRepositories(archive: RepositoryArchive, temporaryDirectory: string): SharedRepositories {
  const pushes = new Map<string, number>();
  const refreshes = new Map<string, Promise<void>>();

  async function download(appId: string, repository: string): Promise<void> {
    const found = await archive.read(appId, await readVersion(repository));
    if (found.kind !== 'bundle') return;
    await inTemporary(temporaryDirectory, async (path) => {
      await pipeline(found.content, createWriteStream(path, { mode: 0o600 }));
      await applyBundle(repository, path);
    });
    // A bundle holds refs, but no HEAD.
    await pointHead(repository);
    await writeFile(join(repository, VERSION_FILE), found.version);
  }

  return {
    async refresh(appId, repository) {
      if ((pushes.get(appId) ?? 0) > 0) return;
      // One refresh at a time, shared by all callers that ask meanwhile.
      const running = refreshes.get(appId) ?? download(appId, repository).finally(() => refreshes.delete(appId));
      refreshes.set(appId, running);
      await running;
    },

    async begin(appId, repository) {
      pushes.set(appId, (pushes.get(appId) ?? 0) + 1);
      // A refresh would move refs while git works.
      await refreshes.get(appId)?.catch(() => undefined);
      const version = await readVersion(repository);
      let published: { readonly version: string; readonly refs: Refs } | undefined;
      return {
        async isCurrent() {
          const { kind } = await archive.read(appId, version);
          return kind === (version === undefined ? 'absent' : 'unchanged');
        },
        async publish(source, updates) {
          const refs = applied(await readRefs(repository), updates);
          const stored = await inTemporary(temporaryDirectory, async (path) => {
            await writeBundle(source, refs, path);
            return archive.replace(appId, path, version);
          });
          if (stored !== undefined) published = { version: stored, refs };
          return stored !== undefined;
        },
        async end() {
          try {
            // Otherwise git did not do everything, and the next refresh restores the archive's state.
            if (published !== undefined && isSame(await readRefs(repository), published.refs)) {
              await writeFile(join(repository, VERSION_FILE), published.version);
            }
          } finally {
            const left = (pushes.get(appId) ?? 1) - 1;
            if (left === 0) pushes.delete(appId);
            else pushes.set(appId, left);
          }
        },
      };
    },
  };
}

async function readVersion(repository: string): Promise<string | undefined> {
  return readFile(join(repository, VERSION_FILE), 'utf8').catch(() => undefined);
}

function applied(refs: Refs, updates: readonly RefUpdate[]): Refs {
  const after = new Map(refs);
  for (const { ref, newId } of updates) {
    if (/^0+$/.test(newId)) after.delete(ref);
    else after.set(ref, newId);
  }
  return after;
}

function isSame(left: Refs, right: Refs): boolean {
  return left.size === right.size && [...left].every(([ref, id]) => right.get(ref) === id);
}

async function inTemporary<T>(directory: string, work: (path: string) => Promise<T>): Promise<T> {
  const own = await mkdtemp(join(directory, 'bundle-'));
  try {
    return await work(join(own, 'repository.bundle'));
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}
