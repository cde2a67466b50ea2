import { invalid } from '../../core/failure.ts';
import { err, ok } from '../../core/result.ts';
import type { MissingResource } from '../missing.ts';
import type { Route } from '../route.ts';

/** A route that no handler serves, and the values of the parameters of its path. */
export interface MissingRoute {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

const METHODS: readonly string[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/**
 * A resource that is Heroku's and not here is told from a wrong path: its lists are empty, one of it is not found, and nothing
 * can be written, each under its name. Callers must have the same rights as if it were there.
 */
export function missingRoute(
  method: string,
  pathname: string,
  missing: readonly MissingResource[],
): MissingRoute | undefined {
  if (!METHODS.includes(method)) return undefined;
  for (const { what, paths, exact = [], lists = [] } of missing) {
    for (const path of [...lists, ...exact, ...paths]) {
      const params = match(pathname, path, !paths.includes(path));
      if (params === undefined) continue;
      const message = `${what} are not supported by this platform yet.`;
      const reads = method === 'GET' || method === 'DELETE';
      const whole = match(pathname, path, true) !== undefined;
      const answer =
        method === 'GET' && whole && lists.includes(path)
          ? ok({ list: [], sortKeys: ['id'] } as const)
          : err(reads ? ({ id: 'not_found', message, resource: what.toLowerCase() } as const) : invalid(message));
      const permission = path.startsWith('/apps/:app/') ? 'app' : 'account';
      return { route: { method: method as Route['method'], path, permission, handle: async () => answer }, params };
    }
  }
  return undefined;
}

function match(pathname: string, path: string, exact: boolean): Record<string, string> | undefined {
  const given = pathname.split('/');
  const names = path.split('/');
  if (exact ? given.length !== names.length : given.length < names.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, name] of names.entries()) {
    const value = given[index] ?? '';
    if (!name.startsWith(':')) {
      if (name !== value) return undefined;
    } else if (value === '') return undefined;
    else params[name.slice(1)] = value;
  }
  return params;
}
