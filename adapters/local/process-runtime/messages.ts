/** What the platform and its dyno host say to each other. Both sides come from one build, so nothing is optional for old times' sake. */

import type { TaskObservation } from '../../../core/ports.ts';

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

export interface Timing {
  readonly attachTimeoutMs: number;
  readonly attachIdleMs: number;
  readonly hangUpIntervalMs: number;
  readonly memorySampleMs: number;
}

/** Heroku Dev Center: One-Off Dynos, Error Codes (R13, R14, R16). */
export const TIMING: Timing = {
  attachTimeoutMs: 30_000,
  attachIdleMs: 3_600_000,
  hangUpIntervalMs: 5_000,
  memorySampleMs: 20_000,
};

export interface StartOrder {
  readonly taskRef: string;
  readonly name: string;
  readonly type: string;
  readonly command: string;
  /** The slug's extracted `app` directory. */
  readonly slugDirectory: string;
  readonly slugEntries: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly size: { readonly memoryMiB: number; readonly processLimit: number };
  readonly attach?: { readonly terminal: boolean; readonly columns: number; readonly rows: number };
}

export type ToHost =
  | { readonly kind: 'settings'; readonly settings: HostSettings }
  | { readonly kind: 'start'; readonly order: StartOrder }
  | { readonly kind: 'stop'; readonly taskRef: string; readonly graceSeconds: number }
  /** The client of an attached one-off is gone; its connection may be full of input and not show it. */
  | { readonly kind: 'left'; readonly taskRef: string }
  /** A batch of lines was taken; another may come. */
  | { readonly kind: 'taken' }
  | { readonly kind: 'close'; readonly graceSeconds: number };

export type TaskChange = Partial<
  Pick<
    TaskObservation,
    'state' | 'listening' | 'address' | 'launchedAtMs' | 'stoppedAtMs' | 'graceExpired' | 'hangUps' | 'exit'
  >
>;

/** `[atMs, text]`, or `[sinceMs, count]` for lines that were dropped. */
export type OutputEntry = readonly [atMs: number, text: string] | readonly [sinceMs: number, dropped: number];

export type FromHost =
  | { readonly kind: 'ready'; readonly socketPath: string; readonly limits: string }
  | { readonly kind: 'task'; readonly taskRef: string; readonly change: TaskChange }
  | { readonly kind: 'memory'; readonly taskRef: string; readonly usedMiB: number }
  | {
      readonly kind: 'output';
      readonly batch: readonly (readonly [taskRef: string, entries: readonly OutputEntry[]])[];
    };
