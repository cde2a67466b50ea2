import { TOKEN_SCOPES, type TokenScope } from '../records/token-scope.ts';
export function isTokenScope(text: string): text is TokenScope {
  return (TOKEN_SCOPES as readonly string[]).includes(text);
}

/**
 * Only `global` grants account settings, keys and authorizations: otherwise a narrow token could make itself a wide one. `path`
 * is the route's pattern, e.g. `/apps/:app/config-vars`.
 */
export function scopeAllows(scopes: readonly TokenScope[], method: string, path: string): boolean {
  return scopes.some((scope) => {
    if (scope === 'global') return true;
    const reads = method === 'GET';
    if (path === '/account' || path === '/users/:account') return reads;
    if (scope === 'identity' || path.startsWith('/account') || path.startsWith('/oauth')) return false;
    if (path.includes('/config-vars') && !scope.endsWith('-protected')) return false;
    return reads || scope.startsWith('write');
  });
}
