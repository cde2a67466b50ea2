import { type Failure, invalid } from '../failure.ts';
import type { PublicUrls } from '../platform.ts';
import { err, ok, type Result } from '../result.ts';

/** RFC 1035 §2.3.4, RFC 1123 §2.1. */
const HOST_NAME_MAX = 253;
const LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;
const WILDCARD = '*.';

/** The custom domain in its stored form: lower case, no trailing dot, `*.` for all names one level below. */
export function checkHostname(text: string, urls: PublicUrls): Result<string, Failure> {
  const hostname = normalHostname(text);
  if (!isAscii(hostname)) {
    return err(invalid(`Hostname has letters outside of ASCII: give it in Punycode (xn--...).`));
  }
  const isWildcard = hostname.startsWith(WILDCARD);
  const labels = (isWildcard ? hostname.slice(WILDCARD.length) : hostname).split('.');
  if (hostname.length > HOST_NAME_MAX || !labels.every((label) => LABEL.test(label))) {
    return err(invalid('Hostname is not a domain name: give one such as www.example.com or *.example.com.'));
  }
  // With a last label of digits, URL parsers would read an IPv4 address.
  if (labels.length < 2 || /^(?:\d+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? '')) {
    return err(invalid('Hostname is not a full domain name: give one such as www.example.com.'));
  }
  const own = ownDomains(urls).find((domain) => isWithin(hostname, domain) || covers(hostname, domain));
  return own === undefined ? ok(hostname) : err(invalid(`${hostname} is reserved: ${own} belongs to the platform.`));
}

/** Also for lookups: text that cannot be a domain becomes a name that nobody has, and that fits into a key. */
export function normalHostname(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replace(/\.$/, '')
    .slice(0, HOST_NAME_MAX + 1);
}

/** `*.example.com` for `www.example.com`. */
export function wildcardFor(hostname: string): string {
  return `*${hostname.slice(hostname.indexOf('.'))}`;
}

/** The DNS targets of custom domains are below this name. */
export function dnsZone(urls: PublicUrls): string {
  return `dns.${urls.appsDomain}`;
}

function ownDomains(urls: PublicUrls): readonly string[] {
  const hosts = [urls.api, urls.services].map((url) => /^https?:\/\/([^/:]+)/.exec(url)?.[1] ?? '');
  return [urls.appsDomain, ...hosts].filter((host) => host !== '');
}

function isWithin(hostname: string, domain: string): boolean {
  return hostname === domain || hostname.endsWith(`.${domain}`);
}

function covers(hostname: string, domain: string): boolean {
  return hostname.startsWith(WILDCARD) && wildcardFor(domain) === hostname;
}

function isAscii(text: string): boolean {
  return [...text].every((character) => character >= ' ' && character <= '~');
}
