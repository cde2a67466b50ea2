/** Waits that must differ, or everything happens at once: many equal ones in a row are no coincidence. */
export class Spread {
  readonly #last = new Map<string, { value: number; equal: number }>();

  /** How many times in a row this very value was drawn. */
  note(kind: string, value: number): number {
    const last = this.#last.get(kind);
    if (last?.value === value) {
      last.equal += 1;
      return last.equal;
    }
    this.#last.set(kind, { value, equal: 1 });
    return 1;
  }
}

export const EQUAL_DRAWS_MAX = 4;
