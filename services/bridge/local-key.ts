import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a request carries this bridge's key, as the Heroku CLI sends it (Bearer) or as git does (the password of Basic).
 * Without the key any program or web page on this machine could use the platform's token.
 */
export function carriesKey(headers: IncomingHttpHeaders, key: string): boolean {
  const [scheme, credentials = ''] = (headers.authorization ?? '').split(' ');
  if (scheme?.toLowerCase() === 'bearer') return isEqual(credentials, key);
  if (scheme?.toLowerCase() !== 'basic') return false;
  const text = Buffer.from(credentials, 'base64').toString();
  return isEqual(text.slice(text.indexOf(':') + 1), key);
}

function isEqual(given: string, key: string): boolean {
  return timingSafeEqual(digest(given), digest(key));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
