/** The messages between the platform and its dyno host. */

import type { DynoOrder, HostCommand, TaskNews, Timing } from '../dynos/messages.ts';

export interface HostSettings {
  readonly dataDirectory: string;
  /** Dynos run the machine's own Node: its directory is last in their `PATH`. */
  readonly nodeDirectory: string;
  /** Absolute: the host is one bundled file and finds no packages by name. */
  readonly ptyModule: string;
  /** Enforce the limits of a dyno's size where the machine supports it. */
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
