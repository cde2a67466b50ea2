import { randomWords } from '../app/app-name.ts';
import type { Platform } from '../platform.ts';
import { dnsZone } from './hostname.ts';

/** So long that nobody gets a target to which somebody's DNS record still points after its domain was removed. */
const SECRET_BYTES = 8;

/** `pure-everglades-9f86d081884c7d65.dns.localhost` */
export function randomDnsTarget({ random, ids, urls }: Platform): string {
  return `${randomWords(random)}-${ids.secret(SECRET_BYTES)}.${dnsZone(urls)}`;
}
