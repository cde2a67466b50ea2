import type { Blobs } from './ports/blobs.ts';
import type { Builder } from './ports/builder.ts';
import type { Clock } from './ports/clock.ts';
import type { ConfigVault } from './ports/config-vault.ts';
import type { Ids } from './ports/ids.ts';
import type { LogIntake } from './ports/logs.ts';
import type { OutputStreams } from './ports/output-streams.ts';
import type { PassRequests } from './ports/pass-requests.ts';
import type { Problems } from './ports/problems.ts';
import type { Random } from './ports/random.ts';
import type { RouteFeed } from './ports/route-feed.ts';
import type { Signer } from './ports/signer.ts';
import type { Store } from './ports/store.ts';

/** The dependencies of every use case. The dyno manager also gets the runtime and the route feed. */
export interface Platform {
  readonly store: Store;
  readonly vault: ConfigVault;
  readonly blobs: Blobs;
  readonly builder: Builder;
  readonly outputs: OutputStreams;
  readonly logs: LogIntake;
  readonly routes: RouteFeed;
  /** Requests passes of the dyno manager. */
  readonly passRequests: PassRequests;
  readonly problems: Problems;
  /** Requests that the app's new events are published. */
  readonly eventRequests: PassRequests;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly random: Random;
  readonly urls: PublicUrls;
  /** For all Eco dynos of an account together; absent: unlimited. */
  readonly ecoHoursPerMonth?: number;
}

/** The dependencies of rules that only read and write records. */
export type Records = Pick<Platform, 'store' | 'clock' | 'ids'>;

/** Where users reach the platform. */
export interface PublicUrls {
  /** `http://localhost:5000`, no trailing slash. */
  readonly api: string;
  /** Git, log sessions and output; no trailing slash. The same as the API's if one process does everything. */
  readonly services: string;
  /** `localhost:5000`: host and port for `rendezvous://`. */
  readonly rendezvousHost: string;
  /** `localhost`: apps answer below it, and so do the DNS targets of custom domains. */
  readonly appsDomain: string;
  /** `http://shop.localhost:8080/` */
  webUrl(appName: string): string;
  gitUrl(appName: string): string;
  /** Host names under which an app is routed, e.g. `shop.localhost`. */
  hosts(appName: string): readonly string[];
}
