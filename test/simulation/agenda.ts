/** Future events, by time and then in the order of planning. */
export interface Appointment {
  readonly atMs: number;
  readonly order: number;
  /** For the counts: `task`, `message`, `tick`, `call`, … */
  readonly kind: string;
  readonly run: () => void;
}

/** Virtual time: it stands still during an event, and jumps to the next one. */
export class Agenda {
  nowMs = Date.UTC(2026, 0, 1);
  readonly #heap: Appointment[] = [];
  #order = 0;

  after(delayMs: number, kind: string, run: () => void): void {
    this.#push({ atMs: this.nowMs + Math.max(0, delayMs), order: this.#order++, kind, run });
  }

  /** The next appointment at or before `untilMs`, with the clock set to it. */
  take(untilMs: number): Appointment | undefined {
    const first = this.#heap[0];
    if (first === undefined || first.atMs > untilMs) return undefined;
    const last = this.#heap.pop();
    if (last !== undefined && last !== first) this.#sink(last);
    this.nowMs = Math.max(this.nowMs, first.atMs);
    return first;
  }

  #push(appointment: Appointment): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(appointment);
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = heap[above] as Appointment;
      if (!isSooner(appointment, parent)) break;
      heap[index] = parent;
      index = above;
    }
    heap[index] = appointment;
  }

  #sink(appointment: Appointment): void {
    const heap = this.#heap;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      const left = heap[child];
      if (left === undefined) break;
      const right = heap[child + 1];
      let smaller = left;
      if (right !== undefined && isSooner(right, left)) {
        child += 1;
        smaller = right;
      }
      if (!isSooner(smaller, appointment)) break;
      heap[index] = smaller;
      index = child;
    }
    heap[index] = appointment;
  }
}

function isSooner(left: Appointment, right: Appointment): boolean {
  return left.atMs === right.atMs ? left.order < right.order : left.atMs < right.atMs;
}
