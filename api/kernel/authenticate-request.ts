import { authenticate } from '../../core/account/authorization.ts';
import type { Platform } from '../../core/platform.ts';
import type { Actor } from '../../core/records/account.ts';

/** Longer than any of our tokens; a longer one is not worth hashing. */
const TOKEN_LENGTH_MAX = 512;

/** `Bearer <token>`, or Basic with the token as password, as git and `curl -u :<token>` send it. */
export function tokenOf(authorization: string | null): string | undefined {
  const text = authorization ?? '';
  const bearer = /^bearer +(\S+)$/i.exec(text)?.[1];
  if (bearer !== undefined) return usable(bearer);
  const basic = /^basic +(\S+)$/i.exec(text)?.[1];
  if (basic === undefined) return undefined;
  const userinfo = Buffer.from(basic, 'base64').toString('utf8');
  return usable(userinfo.slice(userinfo.indexOf(':') + 1));
}

function usable(token: string): string | undefined {
  return token === '' || token.length > TOKEN_LENGTH_MAX ? undefined : token;
}

export async function authenticateRequest(platform: Platform, headers: Headers): Promise<Actor | undefined> {
  const token = tokenOf(headers.get('authorization'));
  return token === undefined ? undefined : authenticate(platform, token);
}
