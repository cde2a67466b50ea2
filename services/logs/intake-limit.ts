/**
 * What one app may log per second before lines are dropped. Far above what an app logs on purpose, and low enough that
 * an app in an endless print loop takes only a small share of one core.
 */
export const INTAKE_LINES_PER_SECOND = 50_000;
export const INTAKE_CHARACTERS_PER_SECOND = 16 * 1024 * 1024;
const WINDOW_MS = 1_000;

/** Counts one app's lines per second, and the dropped ones. */
export class IntakeLimit {
  #windowEndsMs = 0;
  #lines = 0;
  #characters = 0;
  #dropped = 0;
  #droppedSinceMs = 0;

  /** False: drop the line. */
  admits(characters: number, nowMs: number): boolean {
    // A clock that was set back must not keep the window open for long.
    if (nowMs >= this.#windowEndsMs || nowMs < this.#windowEndsMs - WINDOW_MS) {
      this.#windowEndsMs = nowMs + WINDOW_MS;
      this.#lines = 0;
      this.#characters = 0;
    }
    if (this.#lines < INTAKE_LINES_PER_SECOND && this.#characters + characters <= INTAKE_CHARACTERS_PER_SECOND) {
      this.#lines += 1;
      this.#characters += characters;
      return true;
    }
    if (this.#dropped === 0) this.#droppedSinceMs = nowMs;
    this.#dropped += 1;
    return false;
  }

  /** Returns what was dropped in windows that are over, and resets it. */
  takeDropped(nowMs: number): { readonly count: number; readonly sinceMs: number } | undefined {
    if (this.#dropped === 0 || (nowMs < this.#windowEndsMs && nowMs >= this.#windowEndsMs - WINDOW_MS))
      return undefined;
    const taken = { count: this.#dropped, sinceMs: this.#droppedSinceMs };
    this.#dropped = 0;
    return taken;
  }

  get dropping(): boolean {
    return this.#dropped > 0;
  }
}
