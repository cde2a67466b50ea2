import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  APP_MANIFEST_BYTES_MAX,
  APP_MANIFEST_NAME,
  type AppManifestFile,
} from '../../../core/manifest/app-manifest.ts';
import { readRegularFile } from './clean-source.ts';

/** Call it before the source is cleaned: the slug may not contain the file. */
export async function findAppManifest(directory: string): Promise<AppManifestFile> {
  const path = join(directory, APP_MANIFEST_NAME);
  const text = await readRegularFile(path, APP_MANIFEST_BYTES_MAX);
  if (text !== undefined) return { kind: 'file', text };
  const isThere = await lstat(path).then(
    () => true,
    () => false,
  );
  return { kind: isThere ? 'unusable' : 'absent' };
}
