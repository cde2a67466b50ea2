import type { Platform } from '../platform.ts';
import { HOUR_MS } from '../time.ts';

/** A place for one source archive: whoever has the URLs can write and read it for an hour. */
export interface Source {
  readonly putUrl: string;
  readonly getUrl: string;
}

export async function createSource(platform: Platform): Promise<Source> {
  const key = `sources/${platform.ids.uuid()}.tgz`;
  const expiresAtMs = platform.clock.nowMs() + HOUR_MS;
  const [putUrl, getUrl] = await Promise.all([
    platform.blobs.signedUrl('PUT', key, expiresAtMs),
    platform.blobs.signedUrl('GET', key, expiresAtMs),
  ]);
  return { putUrl, getUrl };
}
