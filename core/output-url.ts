import type { Platform } from './platform.ts';
import { DAY_MS } from './time.ts';

/** The URL of build and release output. It is its own permission: clients fetch it without their token. */
export function outputUrl(platform: Pick<Platform, 'signer' | 'clock' | 'urls'>, streamId: string): string {
  const token = platform.signer.sign('output', streamId, platform.clock.nowMs() + DAY_MS);
  return `${platform.urls.services}/streams/${token}`;
}
