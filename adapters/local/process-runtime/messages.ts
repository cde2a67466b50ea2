/** What the platform and its dyno host say to each other. */

import type { DynoOrder, HostCommand, TaskNews, Timing } from '../dynos/messages.ts';

export interface HostSettings {
  readonly dataDirectory: string;
  /** Dynos run the machine's own Node: its directory ends their `PATH`. */
  readonly nodeDirectory: string;
  /** Absolute: the host is one bundled file and finds no packages by name. */
  readonly ptyModule: string;
  /** Hold dynos to the limits of their size where the machine allows it. */
  readonly limits: boolean;
  readonly timing: Timing;
}

export interface StartOrder extends DynoOrder {
  readonly name: string;
  readonly type: string;
  /** The slug's extracted `app` directory. */
  readonly slugDirectory: string;
  readonly slugEntries: number;
}

export type ToHost = { readonly kind: 'settings'; readonly settings: HostSettings } | HostCommand<StartOrder>;

export type FromHost = { readonly kind: 'ready'; readonly socketPath: string; readonly limits: string } | TaskNews;
