import type { Problems } from '../../core/ports/problems.ts';

/**
 * Tracks effects that no caller awaits, begun by port methods without a result. A frozen Lambda sends nothing, so a
 * function waits for them before it answers.
 */
export class Background {
  readonly #problems: Problems;
  readonly #open = new Set<Promise<void>>();

  constructor(problems: Problems) {
    this.#problems = problems;
  }

  /** `problem` is reported to the operator if the effect fails. */
  track(problem: string, effect: Promise<unknown>): void {
    const settled: Promise<void> = effect
      .then(
        () => undefined,
        (error: unknown) => this.#problems.report(problem, error),
      )
      .finally(() => this.#open.delete(settled));
    this.#open.add(settled);
  }

  /** Waits for all effects, including those that begin meanwhile. Never rejects. */
  async flush(): Promise<void> {
    while (this.#open.size > 0) await Promise.all(this.#open);
  }
}
