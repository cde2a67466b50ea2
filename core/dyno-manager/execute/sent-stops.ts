import type { Stop } from '../plan/step.ts';
import { STOP_AGAIN_AFTER_MS } from '../plan/timers.ts';

interface Sent {
  readonly sentAtMs: number;
  readonly deadlineMs: number;
  /** When its effect should have been seen. */
  readonly againAtMs: number;
}

/**
 * Plans repeat a stop for as long as its task lives; this keeps one manager from sending it each time. A new manager
 * sends it once more, since it cannot know whether the one before it did.
 */
export class SentStops {
  readonly #apps = new Map<string, ReadonlyMap<string, Sent>>();

  /** Those that were not sent yet, ask for an earlier end, or should have had their effect by now. */
  due(appId: string, stops: readonly Stop[], nowMs: number): readonly Stop[] {
    const known = this.#apps.get(appId);
    return stops.filter(({ taskRef, deadlineMs }) => {
      const before = known?.get(taskRef);
      if (before === undefined || earlier(deadlineMs, before, nowMs) || nowMs >= before.againAtMs) return true;
      // The clock was set back: when that time comes nobody knows.
      return nowMs < before.sentAtMs;
    });
  }

  /** `stops` of the plan, of which `sent` went out now; tasks that are gone are forgotten. */
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

  /** Nothing of this app is asked to stop any more. */
  forget(appId: string): void {
    this.#apps.delete(appId);
  }
}

/** A kill asks for "now" at every look; only the first of them is news. */
function earlier(deadlineMs: number, before: Sent, nowMs: number): boolean {
  return deadlineMs < before.deadlineMs && before.deadlineMs > nowMs;
}
