import type { Route } from '../route.ts';

const PERMISSIONS: readonly string[] = ['public', 'account', 'app', 'app-owner'];

/** Throws at the start for a route that would be open by mistake, or that another one hides. */
export function checkRoutes(routes: readonly Route[]): void {
  const seen = new Set<string>();
  for (const { method, path, permission } of routes) {
    const name = `${method} ${path}`;
    if (!PERMISSIONS.includes(permission)) throw new Error(`${name} declares no permission`);
    if (path.split('/').includes(':app') !== permission.startsWith('app')) {
      throw new Error(`${name}: \`:app\` in the path and the permission ${permission} do not belong together`);
    }
    const shape = name.replace(/:[a-z]+/gi, ':');
    if (seen.has(shape)) throw new Error(`${name} is declared twice`);
    seen.add(shape);
  }
}
