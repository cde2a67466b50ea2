import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runScript } from './run-script.ts';

/**
 * Each app's CACHE_DIR between builds. A build works on a copy (free where the file system shares blocks). The copy
 * replaces the kept one only when the build succeeds, so a failed build leaves no half-written cache.
 */
export interface BuildCache {
  /** Fills `directory`, which must not exist yet. */
  checkOut(appId: string, directory: string, signal: AbortSignal): Promise<void>;
  checkIn(appId: string, directory: string): Promise<void>;
  purge(appId: string): Promise<void>;
}

export function openBuildCache(root: string): BuildCache {
  return {
    async checkOut(appId, directory, signal) {
      const kept = join(root, appId);
      const names = await readdir(kept).catch(() => []);
      if (names.length > 0) {
        // Copying many files in this process would keep the platform's event loop busy.
        const flags = process.platform === 'darwin' ? '-cRp' : '-a';
        const status = await runScript({
          command: ['cp', flags, kept, directory],
          directory: root,
          environment: { PATH: '/usr/bin:/bin' },
          onOutput: () => undefined,
          signal,
        });
        if (status === 0) return;
        await rm(directory, { recursive: true, force: true });
      }
      await mkdir(directory, { recursive: true, mode: 0o700 });
    },
    async checkIn(appId, directory) {
      const kept = join(root, appId);
      const old = `${directory}.old`;
      const names = await readdir(directory);
      await mkdir(root, { recursive: true, mode: 0o700 });
      // A crash between the two renames loses the cache, not the app.
      await rename(kept, old).catch(() => undefined);
      if (names.length > 0) await rename(directory, kept);
    },
    async purge(appId) {
      await rm(join(root, appId), { recursive: true, force: true });
    },
  };
}
