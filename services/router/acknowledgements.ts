/** Callers that wait until the router's process has received everything sent before their request. */
export class Acknowledgements {
  #asked = 0;
  #waiting: { readonly number: number; readonly resolve: () => void }[] = [];

  ask(): { readonly number: number; readonly taken: Promise<void> } {
    this.#asked += 1;
    const number = this.#asked;
    return { number, taken: new Promise((resolve) => this.#waiting.push({ number, resolve })) };
  }

  /** The number of the last request. */
  get last(): number {
    return this.#asked;
  }

  /** Messages keep their order, so earlier requests are answered too. */
  taken(number: number): void {
    const waiting = this.#waiting;
    this.#waiting = waiting.filter((each) => each.number > number);
    for (const each of waiting) if (each.number <= number) each.resolve();
  }

  all(): void {
    this.taken(this.#asked);
  }
}
