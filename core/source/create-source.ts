import type { Platform } from '../platform.ts';
import { HOUR_MS } from '../time.ts';

/** A place for one source archive: whoever has the URLs can write and read it, for an hour. */
export interface Source {
  readonly putUrl: string;
  readonly getUrl: string;
}

export function createSource(platform: Platform): Source {
  const key = `sources/${platform.ids.uuid()}.tgz`;
  const expiresAtMs = platform.clock.nowMs() + HOUR_MS;
  return {
    putUrl: platform.blobs.signedUrl('PUT', key, expiresAtMs),
    getUrl: platform.blobs.signedUrl('GET', key, expiresAtMs),
  };
}
