import { type Failure, invalid } from '../failure.ts';
import type { Platform } from '../platform.ts';
import { err, ok, type Result } from '../result.ts';
import { isPublicAddress } from './public-address.ts';

export type BuildSource = { readonly blobKey: string } | { readonly url: string };

const URL_LENGTH_MAX = 8_192;

/**
 * The place of a build's source: one of our own signed blob URLs, or a public address. A name that resolves to a private address
 * is accepted here; the fetcher checks it again.
 */
export async function parseSourceUrl(platform: Platform, text: string): Promise<Result<BuildSource, Failure>> {
  const refuse = (reason: string) => err(invalid(`source_blob.url ${reason}`));
  const url = text.length <= URL_LENGTH_MAX && URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) return refuse('must be a URL.');
  const own = await platform.blobs.keyOfUrl(text, platform.clock.nowMs());
  if (own !== undefined) {
    if (own.key === undefined) return refuse('has expired or is not the get_url of a source.');
    if ((await platform.blobs.size(own.key)) === undefined) {
      return refuse('has no content yet: PUT the archive to put_url first.');
    }
    return ok({ blobKey: own.key });
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return refuse('must begin with https:// or http://.');
  if (url.username !== '' || url.password !== '') return refuse('must not contain a user name or password.');
  if (!isPublicHost(url.hostname)) return refuse('must be at a public address.');
  return ok({ url: url.href });
}

/** `URL` has already converted every form of an IPv4 address (`0x7f.1`, `2130706433`) to four decimal numbers. */
export function isPublicHost(hostname: string): boolean {
  const name = hostname.toLowerCase().replace(/\.$/, '');
  if (name.startsWith('[')) return isPublicAddress(name.slice(1, -1));
  if (/^[\d.]+$/.test(name)) return isPublicAddress(name);
  return name.includes('.') && !/(^|\.)(localhost|local|internal|home\.arpa)$/.test(name);
}
