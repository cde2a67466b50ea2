import { appKey, MANAGER_QUEUE, type ManagerMark, managerKey } from '../app/app.ts';
import type { Store, Write } from '../ports.ts';
import { MINUTE_MS } from '../time.ts';

/** The mark as this pass left it. Whoever writes it next, another manager or a user's change, makes this pass stale. */
export interface HeldMark {
  readonly expect: 'absent' | number;
  readonly lookAtMs?: number;
}

/** A pass that dies after it cleared the flag is found by the sweep this much later. */
const SAFETY_MS = MINUTE_MS;
const ATTEMPTS = 20;

/** Clears the dirty flag, before anything is read: a change that comes later sets it again, and no wake-up is lost. */
export async function takeMark(store: Store, appId: string, nowMs: number): Promise<HeldMark> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const item = await store.get<ManagerMark>(managerKey(appId));
    if (item === undefined) return { expect: 'absent' };
    const { dirty, lookAtMs } = item.value;
    if (!dirty) return { expect: item.version, ...(lookAtMs === undefined ? {} : { lookAtMs }) };
    const safeAtMs = nowMs + SAFETY_MS;
    const written = await store.transact([putMark(appId, item.version, safeAtMs)]);
    if (written.ok) return { expect: item.version + 1, lookAtMs: safeAtMs };
  }
  throw new Error(`the manager's mark of app ${appId} changes too often`);
}

export function putMark(appId: string, expect: 'absent' | number, lookAtMs: number): Write {
  const mark: ManagerMark = { appId, dirty: false, lookAtMs };
  return { kind: 'put', key: managerKey(appId), value: mark, expect, due: { queue: MANAGER_QUEUE, atMs: lookAtMs } };
}

/** What makes a pass one: nobody else planned for this app, nor changed it, since it was read. */
export function fence(appId: string, held: HeldMark, appVersion: number, lookAtMs: number): readonly Write[] {
  return [putMark(appId, held.expect, lookAtMs), { kind: 'check', key: appKey(appId), expect: appVersion }];
}

export const nextVersion = (expect: 'absent' | number): number => (expect === 'absent' ? 1 : expect + 1);
