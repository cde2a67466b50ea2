/** The messages between the platform and a host of dynos of any kind. Both sides come from one build. */

import type { TaskObservation } from '../../../core/ports/dyno-runtime.ts';

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

/** What every order contains. */
export interface DynoOrder {
  readonly taskRef: string;
  readonly command: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly size: { readonly memoryMiB: number; readonly processLimit: number };
  readonly attach?: { readonly terminal: boolean; readonly columns: number; readonly rows: number };
}

export type HostCommand<Order extends DynoOrder> =
  | { readonly kind: 'start'; readonly order: Order }
  | { readonly kind: 'stop'; readonly taskRef: string; readonly graceSeconds: number }
  /** The client of an attached one-off is gone; its connection may be full of input and not show it. */
  | { readonly kind: 'left'; readonly taskRef: string }
  /** A batch of lines was taken; the next may be sent. */
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

export type TaskNews =
  | { readonly kind: 'task'; readonly taskRef: string; readonly change: TaskChange }
  | { readonly kind: 'memory'; readonly taskRef: string; readonly usedMiB: number }
  | {
      readonly kind: 'output';
      readonly batch: readonly (readonly [taskRef: string, entries: readonly OutputEntry[]])[];
    };
