import type { Platform } from '../platform.ts';
import type { DynoRuntime } from '../ports/dyno-runtime.ts';
import type { PassRequests } from '../ports/pass-requests.ts';
import type { ActionRate } from './execute/action-budget.ts';

export interface DynoManagerParts {
  readonly platform: Platform;
  readonly runtime: DynoRuntime;
  completeReleasePhase(
    platform: Platform,
    appId: string,
    version: number,
    outcome: 'succeeded' | 'failed',
  ): Promise<unknown>;
  /** Removes every record of a deleted app. */
  purgeApp(platform: Platform, appId: string): Promise<void>;
  /** Requests passes over an app's certificates. */
  readonly certificateRequests: PassRequests;
  /** The rate of starts and stops that the runtime accepts; absent: unlimited. */
  readonly actionRate?: ActionRate;
}
