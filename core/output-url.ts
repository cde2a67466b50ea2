import type { Platform } from './platform.ts';
import { DAY_MS } from './time.ts';

/** Build and release output, readable by whoever has the URL: clients fetch it without their token. */
export function outputUrl(platform: Pick<Platform, 'signer' | 'clock' | 'urls'>, streamId: string): string {
  const token = platform.signer.sign('output', streamId, platform.clock.nowMs() + DAY_MS);
  return `${platform.urls.services}/streams/${token}`;
}
