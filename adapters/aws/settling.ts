/**
 * Remembers effects that nobody awaits: what a port's method that returns nothing has begun. A frozen Lambda sends
 * nothing, so a function settles before it answers.
 */
export class Settling {
  readonly #report: (problem: string, cause: unknown) => void;
  readonly #open = new Set<Promise<void>>();

  constructor(report: (problem: string, cause: unknown) => void) {
    this.#report = report;
  }

  /** `problem` is what to tell the operator if it fails. */
  remember(problem: string, effect: Promise<unknown>): void {
    const settled: Promise<void> = effect
      .then(
        () => undefined,
        (error: unknown) => this.#report(problem, error),
      )
      .finally(() => this.#open.delete(settled));
    this.#open.add(settled);
  }

  /** Waits for all of them, those too that begin meanwhile. Never rejects. */
  async settle(): Promise<void> {
    while (this.#open.size > 0) await Promise.all(this.#open);
  }
}
