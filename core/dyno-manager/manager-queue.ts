import type { StatusSource } from '../reconcile/status.ts';
import { appIdOf, MANAGER_QUEUE, managerRecord } from '../records/app.ts';

/** Every app has a mark, and every mark is in the queue. */
export const DYNO_MANAGER: StatusSource = {
  name: 'dyno-manager',
  failure: 'a pass of the dyno manager failed',
  queue: MANAGER_QUEUE,
  idOf: appIdOf,
  async readStatus(store, appId, nowMs) {
    const mark = (await managerRecord.get(store, appId))?.value;
    if (mark === undefined) return { waiting: [] };
    if (mark.dirty) return { nextPassAtMs: nowMs, waiting: ['a pass over what has changed since the last one'] };
    return { lastPassAtMs: mark.passedAtMs, nextPassAtMs: mark.lookAtMs, waiting: mark.waiting ?? [] };
  },
};
