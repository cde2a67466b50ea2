import type { Stop } from './step.ts';
import { STOP_AGAIN_AFTER_MS } from './timers.ts';

/**
 * Plans repeat a stop for as long as its task lives; this keeps one manager from sending it each time. A new manager
 * sends it once more, since it cannot know whether the one before it did.
 */
export class SentStops {
  readonly #deadlines = new Map<string, ReadonlyMap<string, number>>();

  /** Those that were not sent yet, ask for an earlier end, or should have had their effect by now. */
  due(appId: string, stops: readonly Stop[], nowMs: number): readonly Stop[] {
    const sent = this.#deadlines.get(appId);
    return stops.filter(({ taskRef, deadlineMs }) => {
      const before = sent?.get(taskRef);
      return before === undefined || deadlineMs < before || nowMs >= before + STOP_AGAIN_AFTER_MS;
    });
  }

  /** `stops` of the plan, of which `sent` went out now: the rest keep their time, tasks that are gone are forgotten. */
  note(appId: string, stops: readonly Stop[], sent: readonly Stop[]): void {
    const before = this.#deadlines.get(appId);
    const deadlines = new Map<string, number>();
    for (const { taskRef } of stops) {
      const deadlineMs = sent.find((stop) => stop.taskRef === taskRef)?.deadlineMs ?? before?.get(taskRef);
      if (deadlineMs !== undefined) deadlines.set(taskRef, deadlineMs);
    }
    if (deadlines.size === 0) this.#deadlines.delete(appId);
    else this.#deadlines.set(appId, deadlines);
  }
}
