import type { AppRoutes } from '../../../core/records/app-routes.ts';

export const routesOf = (appId: string, version: number, more: Partial<AppRoutes> = {}): AppRoutes => ({
  appId,
  appName: `app-${appId}`,
  version,
  hosts: [`${appId}.example.com`],
  maintenance: false,
  situation: 'no-web',
  dynos: [],
  ...more,
});

/** A router's current routes, from what was published to it. */
export class Router {
  readonly apps = new Map<string, AppRoutes>();
  readonly told: string[] = [];

  publish(routes: AppRoutes): void {
    this.apps.set(routes.appId, routes);
    this.told.push(`${routes.appId}@${routes.version}`);
  }

  remove(appId: string): void {
    this.apps.delete(appId);
    this.told.push(`-${appId}`);
  }
}
