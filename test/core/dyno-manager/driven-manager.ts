import { createDynoManager, type DynoManager } from '../../../core/dyno-manager/dyno-manager.ts';
import { DYNO_MANAGER } from '../../../core/dyno-manager/manager-queue.ts';
import type { DynoManagerParts } from '../../../core/dyno-manager/parts.ts';
import { Driver } from '../../../core/reconcile/driver.ts';
import { sweep } from '../../../core/reconcile/sweep.ts';
import { NO_FAILURES } from '../reconcile/no-failures.ts';

/** The dyno manager with its driver, as on both platforms. */
export interface DrivenManager extends DynoManager {
  lookAt(appId: string, deadlineMs?: number): Promise<void>;
  sweep(): Promise<void>;
}

export function driveManager(parts: DynoManagerParts): DrivenManager {
  const { platform } = parts;
  const { passRequests } = platform;
  const manager = createDynoManager(parts);
  const driver = new Driver(manager.reconciler, { ...platform, requests: passRequests, failures: NO_FAILURES });
  return {
    ...manager,
    lookAt: (appId, deadlineMs) => driver.run(appId, deadlineMs),
    sweep: () => sweep(DYNO_MANAGER, platform, (appId) => passRequests.enqueue(appId), { max: 1_000 }),
  };
}

export const NO_REQUESTS = { enqueue: () => undefined };
