import type { LookupAddress } from 'node:dns';
import { lookup as resolveName } from 'node:dns/promises';
import http from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { isPublicAddress } from '../../../core/build/public-address.ts';
import { err, ok, type Result } from '../../../core/result.ts';

export interface Reach {
  /** All addresses of a host name. */
  readonly resolve: (host: string) => Promise<readonly { readonly address: string; readonly family: number }[]>;
  readonly allows: (address: string) => boolean;
}

/** What a build may reach for a user: the public internet. */
export const PUBLIC_REACH: Reach = {
  resolve: (host) => resolveName(host, { all: true }),
  allows: isPublicAddress,
};

const REDIRECTS_MAX = 5;
/** A download fails after this long without data. */
const SILENCE_MS_MAX = 30_000;

/**
 * Opens an http(s) URL from a user. Resolves the name once, requires every address to be allowed, and connects to exactly
 * these addresses, so a name whose answer changes in between gains nothing. Each redirect starts over. A failure names at
 * most the host: a URL's path and query may hold its permission.
 */
export async function openDownload(
  text: string,
  reach: Reach,
  signal: AbortSignal,
): Promise<Result<AsyncIterable<Buffer>, string>> {
  let target = text;
  for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects += 1) {
    const vetted = await vetUrl(target, reach);
    if (!vetted.ok) return vetted;
    const response = await request(vetted.value, signal);
    if (!response.ok) return response;
    const { statusCode = 0, headers } = response.value;
    if (statusCode === 200) return ok(response.value);
    response.value.destroy();
    const isRedirect = [301, 302, 303, 307, 308].includes(statusCode) && headers.location !== undefined;
    if (!isRedirect) return err(`${vetted.value.url.host} answered ${statusCode}`);
    if (!URL.canParse(headers.location ?? '', target)) return err(`${vetted.value.url.host} redirects to no URL`);
    target = new URL(headers.location ?? '', target).href;
  }
  return err('too many redirects');
}

export interface VettedUrl {
  readonly url: URL;
  readonly addresses: readonly { readonly address: string; readonly family: number }[];
}

/** Resolves the host and refuses what a build may not reach. */
export async function vetUrl(text: string, reach: Reach): Promise<Result<VettedUrl, string>> {
  if (!URL.canParse(text)) return err('not a URL');
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    return err(`only https:// and http:// URLs can be fetched, not ${url.protocol}`);
  }
  if (url.username !== '' || url.password !== '') return err('the URL must not hold a user name or password');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const family = isIP(host);
  const addresses = family === 0 ? await reach.resolve(host).catch(() => undefined) : [{ address: host, family }];
  if (addresses === undefined || addresses.length === 0) return err(`the host ${host} is not known`);
  if (!addresses.every(({ address }) => reach.allows(address)))
    return err(`the host ${host} is not at a public address`);
  return ok({ url, addresses });
}

function request({ url, addresses }: VettedUrl, signal: AbortSignal): Promise<Result<http.IncomingMessage, string>> {
  const pinned: LookupFunction = (_host, options, callback) => {
    const wanted = addresses.filter(({ family }) => !options.family || options.family === family) as LookupAddress[];
    const [first] = wanted;
    if (first === undefined) callback(new Error('no address of this family'), '', 4);
    else if (options.all) callback(null, wanted);
    else callback(null, first.address, first.family);
  };
  return new Promise((resolve) => {
    const { get } = url.protocol === 'https:' ? https : http;
    // No agent: a kept connection could belong to an earlier answer for another name.
    const sent = get(url, { lookup: pinned, signal, agent: false, headers: { 'User-Agent': 'Dynoform' } });
    sent.setTimeout(SILENCE_MS_MAX, () => sent.destroy(new Error('nothing arrived for 30 seconds')));
    sent.once('response', (response) => resolve(ok(response)));
    sent.on('error', (error: NodeJS.ErrnoException) =>
      resolve(err(`the connection to ${url.host} failed (${error.code ?? error.message})`)),
    );
  });
}
