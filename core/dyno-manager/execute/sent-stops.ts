import type { Stop } from '../plan/dyno-plan.ts';
import { STOP_AGAIN_AFTER_MS } from '../plan/timers.ts';

interface Sent {
  readonly sentAtMs: number;
  readonly deadlineMs: number;
  /** When its effect should have been seen. */
  readonly againAtMs: number;
}

/**
 * Plans repeat a stop as long as its task lives; this keeps a manager from sending it each time. A new manager sends it once
 * more, because it cannot know whether the previous one did.
 */
export class SentStops {
  readonly #apps = new Map<string, ReadonlyMap<string, Sent>>();

  /** The stops that were not sent yet, have an earlier deadline, or should have had their effect by now. */
  due(appId: string, stops: readonly Stop[], nowMs: number): readonly Stop[] {
    const known = this.#apps.get(appId);
    return stops.filter(({ taskRef, deadlineMs }) => {
      const before = known?.get(taskRef);
      if (before === undefined || earlier(deadlineMs, before, nowMs) || nowMs >= before.againAtMs) return true;
      // The clock was set back: nobody knows when it will reach that time.
      return nowMs < before.sentAtMs;
    });
  }

  /** `stops` of the plan, of which `sent` were sent now; tasks that are gone are forgotten. */
  note(appId: string, stops: readonly Stop[], sent: readonly Stop[], nowMs: number): void {
    const before = this.#apps.get(appId);
    const now = new Map(
      sent.map(({ taskRef, deadlineMs }): [string, Sent] => {
        return [taskRef, { sentAtMs: nowMs, deadlineMs, againAtMs: Math.max(nowMs, deadlineMs) + STOP_AGAIN_AFTER_MS }];
      }),
    );
    const known = new Map<string, Sent>();
    for (const { taskRef } of stops) {
      const last = now.get(taskRef) ?? before?.get(taskRef);
      if (last !== undefined) known.set(taskRef, last);
    }
    if (known.size === 0) this.#apps.delete(appId);
    else this.#apps.set(appId, known);
  }

  /** No more stops are requested for this app. */
  forget(appId: string): void {
    this.#apps.delete(appId);
  }
}

/** A kill has the deadline "now" in every pass; only the first one is new. */
function earlier(deadlineMs: number, before: Sent, nowMs: number): boolean {
  return deadlineMs < before.deadlineMs && before.deadlineMs > nowMs;
}
