import type { Expected } from './expected.ts';
import { OURS } from './heroku.ts';
import { type Limits, STOPS } from './judge-effects.ts';
import type { Break } from './judge-records.ts';
import type { PassNotes } from './pass-notes.ts';

interface Asked {
  readonly askedAtMs: number;
  readonly deadlineMs: number;
  readonly againAtMs: number;
}

/** Perhaps requested. */
const DOUBT: Asked = { askedAtMs: Number.NaN, deadlineMs: Number.NaN, againAtMs: Number.NaN };

/** The stops that one process has requested: it repeats one only after it should have had its effect. */
export class AskedStops {
  readonly #apps = new Map<string, Map<string, Asked>>();
  /** Apps for which it is unknown which requests arrived. */
  readonly #unsure = new Set<string>();

  judge(expected: Expected, notes: PassNotes, limits: Limits, breaks: Break): void {
    const { nowMs } = expected.known;
    const before = this.#apps.get(notes.appId);
    const unsure = this.#unsure.delete(notes.appId);
    const wanted = new Map(expected.orphans.map(({ taskRef, deadlineMs }) => [taskRef, deadlineMs]));
    for (const { stop } of expected.fates) if (stop !== undefined) wanted.set(stop.taskRef, stop.deadlineMs);
    const after = new Map<string, Asked>();
    for (const [taskRef, deadlineMs] of wanted) {
      const known = before?.get(taskRef);
      const doubtful = known === DOUBT || (known === undefined && unsure);
      const sooner = known !== undefined && deadlineMs < known.deadlineMs && nowMs < known.deadlineMs;
      const isDue = known === undefined || sooner || nowMs >= known.againAtMs || nowMs < known.askedAtMs;
      const asked = notes.stops.find((each) => each.taskRef === taskRef);
      if (asked === undefined) {
        const waits = limits.rated && notes.nudges.some((delayMs) => delayMs <= 10_000);
        if (isDue && !waits && !doubtful) breaks(STOPS, `${taskRef} is to go, and is not told so`);
        if (doubtful) after.set(taskRef, DOUBT);
        else if (known !== undefined) after.set(taskRef, known);
        continue;
      }
      if (!isDue && !doubtful)
        breaks(STOPS, `${taskRef} is told again ${known.againAtMs - nowMs} ms before it should have ended`);
      const graceSeconds = Math.max(0, Math.ceil((deadlineMs - nowMs) / 1_000));
      if (asked.graceSeconds !== graceSeconds) {
        breaks(STOPS, `${taskRef} gets ${asked.graceSeconds} s, not ${graceSeconds} s`);
      }
      after.set(taskRef, { askedAtMs: nowMs, deadlineMs, againAtMs: Math.max(nowMs, deadlineMs) + OURS.stopAgainMs });
    }
    for (const { taskRef } of notes.stops) {
      if (!wanted.has(taskRef)) breaks(STOPS, `${taskRef} is told to go, and is wanted`);
    }
    if (after.size === 0) this.#apps.delete(notes.appId);
    else this.#apps.set(notes.appId, after);
  }

  /** Something went wrong in a pass over this app. */
  unsure(appId: string): void {
    this.#apps.delete(appId);
    this.#unsure.add(appId);
  }
}
