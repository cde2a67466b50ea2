import type { Failure } from '../../core/failure.ts';
import { err, ok, type Result } from '../../core/result.ts';

const HEROKU_MEDIA_TYPE = /application\/vnd\.heroku\+json/i;
/** `3`, and variants such as `3.sdk` or `3.run-inside`, which all get the same answer. */
const VERSION = /;\s*version\s*=\s*"?([^\s;,"]+)/i;

/** Refuses only clients that ask for another version: plain `curl` asks for none and is accepted. */
export function checkAccept(accept: string | null): Result<void, Failure> {
  if (accept === null || !HEROKU_MEDIA_TYPE.test(accept)) return ok(undefined);
  const version = VERSION.exec(accept)?.[1];
  if (version === undefined || version === '3' || version.startsWith('3.')) return ok(undefined);
  return err({
    id: 'not_acceptable',
    message: 'Only version 3 of this API exists. Send `Accept: application/vnd.heroku+json; version=3`.',
  });
}

/** Plain text only for a client that asks for it: `curl` by itself accepts anything, and gets the route's default. */
export function wantsText(headers: Headers): boolean {
  const accept = headers.get('accept') ?? '';
  return /(?:^|,)\s*text\/plain\b/i.test(accept) && !HEROKU_MEDIA_TYPE.test(accept);
}
