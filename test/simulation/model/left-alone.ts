import type { Break } from './judge-records.ts';
import type { PassNotes } from './pass-notes.ts';

export const QUARANTINE = 'an app whose passes fail is left alone, and no other';

/** Passes that fail in a row (docs/dyno-manager.md). */
const IN_A_ROW = 5;
const FIRST_S = 30;
const LONGEST_S = 300;

/** Apps that one process has in quarantine. */
export class LeftAlone {
  readonly #apps = new Map<string, { failures: number; sinceMs: number; untilMs: number }>();

  /** `nowMs` by the process's clock, at the end of the pass. */
  judge(notes: PassNotes, outcome: 'done' | 'failed', nowMs: number, breaks: Break): void {
    const { appId, quarantinedMs } = notes;
    const { failures = 0, sinceMs = 0, untilMs: lastUntilMs = 0 } = this.#apps.get(appId) ?? {};
    // A clock that was set back must not prolong it by hours.
    const untilMs = notes.begunAtMs < sinceMs ? 0 : lastUntilMs;
    const read = notes.reads > 0;
    if (!read) {
      if (untilMs <= notes.begunAtMs) breaks(QUARANTINE, `${appId} is not looked at after ${failures} failures`);
      if (!notes.nudges.includes(untilMs - notes.begunAtMs)) breaks(QUARANTINE, 'nobody looks when its time is over');
      return;
    }
    if (untilMs > notes.begunAtMs) breaks(QUARANTINE, `${appId} is looked at ${untilMs - notes.begunAtMs} ms too soon`);
    if (outcome === 'done' && quarantinedMs === undefined) {
      this.#apps.delete(appId);
      return;
    }
    const count = notes.unreadable ? Math.max(failures + 1, IN_A_ROW) : failures + 1;
    const seconds = count < IN_A_ROW ? undefined : Math.min(LONGEST_S, FIRST_S * 2 ** (count - IN_A_ROW));
    if (outcome === 'failed') {
      if (seconds !== undefined)
        breaks(QUARANTINE, `${appId} failed ${count} times in a row, and is tried again at once`);
    } else if (quarantinedMs !== undefined && quarantinedMs !== (seconds ?? 0) * 1_000) {
      breaks(QUARANTINE, `${appId} is left alone for ${quarantinedMs} ms after ${count} failures`);
    }
    this.#apps.set(appId, {
      failures: count,
      sinceMs: seconds === undefined ? 0 : nowMs,
      untilMs: seconds === undefined ? 0 : nowMs + seconds * 1_000,
    });
  }
}
