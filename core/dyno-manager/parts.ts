import type { Platform } from '../platform.ts';
import type { DynoRuntime } from '../ports/dyno-runtime.ts';
import type { ActionRate } from './execute/action-budget.ts';
import type { Report } from './report.ts';

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
  readonly report: Report;
  /** Starts and stops that the runtime can take; absent: any number. */
  readonly actionRate?: ActionRate;
}
