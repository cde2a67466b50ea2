import type { Store, Write } from '../../ports/store.ts';
import { firstReasons } from '../../reconcile/status.ts';
import { appKey, MANAGER_QUEUE, type ManagerMark, managerKey, managerRecord } from '../../records/app.ts';

/**
 * The app's mark as it was before this pass read anything. Whoever writes it after that, a user's change or another
 * manager, makes the pass stale: the dirty flag is only cleared where it is still the one that was read, so no
 * wake-up is lost. Until then it is overdue in the queue, where the sweep finds it should this pass die.
 */
export interface HeldMark {
  readonly expect: 'absent' | number;
  readonly dirty: boolean;
  readonly lookAtMs?: number | undefined;
}

/** What a pass leaves behind for the next one, and for operators. */
export interface PassLeft {
  readonly lookAtMs: number;
  readonly passedAtMs: number;
  readonly waiting: readonly string[];
}

/** First of all reads of a pass. */
export async function readMark(store: Store, appId: string): Promise<HeldMark> {
  const item = await managerRecord.get(store, appId);
  if (item === undefined) return { expect: 'absent', dirty: true };
  const { dirty, lookAtMs } = item.value;
  return { expect: item.version, dirty, lookAtMs };
}

/** What makes a pass one: nobody else planned for this app, nor changed it, since it was read. */
export function fence(appId: string, held: HeldMark, appVersion: number, left: PassLeft): readonly Write[] {
  const { lookAtMs, passedAtMs, waiting } = left;
  const mark: ManagerMark = {
    appId,
    dirty: false,
    lookAtMs,
    routedAppVersion: appVersion,
    passedAtMs,
    // Names of tasks are the operator's: on AWS they have the number of the account.
    waiting: firstReasons(waiting.map((reason) => reason.replace(/ \(.*\)$/, ''))),
  };
  const due = { queue: MANAGER_QUEUE, atMs: lookAtMs };
  return [
    { kind: 'put', key: managerKey(appId), value: mark, expect: held.expect, due },
    { kind: 'check', key: appKey(appId), expect: appVersion },
  ];
}

/** The mark must be written when it is dirty, when the next pass is due before the stored time, or when that time has passed. */
export function isOutOfDate({ dirty, lookAtMs }: HeldMark, nextPassAtMs: number, nowMs: number): boolean {
  return dirty || lookAtMs === undefined || nextPassAtMs < lookAtMs || lookAtMs <= nowMs;
}

export const nextVersion = (expect: 'absent' | number): number => (expect === 'absent' ? 1 : expect + 1);
