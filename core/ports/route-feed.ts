import type { AppRoutes } from '../records/app-routes.ts';

export interface RouteFeed {
  publish(routes: AppRoutes): void;
  remove(appId: string): void;
}
