import { count, fields, flag, listOf, oneOf, optional, text } from './checks.ts';

/** All that a router must know of one app. Published as a whole at each change; `version` decides which is newer. */
export interface AppRoutes {
  readonly appId: string;
  readonly appName: string;
  readonly version: number;
  /** Lower-case host names without port that are routed to this app. */
  readonly hosts: readonly string[];
  readonly maintenance: boolean;
  /**
   * Why there may be no dyno to route to: `blank` never released (H81), `no-web` web scaled to 0 (H14), `crashed` only crashed web
   * dynos (H10), `booting` wait for one (H20 after 75 s), `asleep` the same, and report the waiting request to the platform,
   * `exhausted` asleep until its owner's Eco hours start again (H82), `serving` use `dynos`.
   */
  readonly situation: 'blank' | 'no-web' | 'crashed' | 'booting' | 'asleep' | 'exhausted' | 'serving';
  readonly dynos: readonly RouteTarget[];
  /** Config vars `ERROR_PAGE_URL` and `MAINTENANCE_PAGE_URL` of the current release. */
  readonly errorPageUrl?: string;
  readonly maintenancePageUrl?: string;
  /** Report requests to the platform: the app sleeps without them. */
  readonly sleeps?: true;
}

export interface RouteTarget {
  /** `web.1` */
  readonly name: string;
  /** The dyno instance: a reused address never serves another dyno's traffic unnoticed. */
  readonly dynoId: string;
  readonly host: string;
  readonly port: number;
}

export const routesShape = fields<AppRoutes>({
  appId: text,
  appName: text,
  version: count,
  hosts: listOf(text),
  maintenance: flag,
  situation: oneOf('blank', 'no-web', 'crashed', 'booting', 'asleep', 'exhausted', 'serving'),
  dynos: listOf(fields<RouteTarget>({ name: text, dynoId: text, host: text, port: count })),
  errorPageUrl: optional(text),
  maintenancePageUrl: optional(text),
  sleeps: optional(oneOf(true)),
});
