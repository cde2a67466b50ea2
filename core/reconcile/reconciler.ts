import type { ItemKey } from '../ports/store.ts';

/** What is needed to find a reconciler's due work, also in a process that must not do it. */
export interface ReconcilerQueue {
  /** For operators, such as `dyno-manager`. */
  readonly name: string;
  /** Reported to the operator when a pass fails. */
  readonly failure: string;
  /** The store's due queue of its marks. */
  readonly queue: string;
  /** The id that a due item requests a pass for: an app's. From the key alone, so that an unreadable item does not block the others. */
  idOf(item: ItemKey): string;
}

/** Compares desired with observed state and acts, pass by pass. Its driver does the rest (`driver.ts`). */
export interface Reconciler extends ReconcilerQueue {
  /**
   * The longest quarantine of an app whose passes fail again and again: its users wait this long after the cause is repaired.
   * Absent: no quarantine, the caller requests the next pass.
   */
  readonly quarantineMaxMs?: number;
  /**
   * One pass. It starts from stored and observed state, so it may run late, twice, concurrently with one in another process, or
   * after a crash in the middle. Rejects on a failure, and may then be repeated.
   */
  pass(id: string, context: PassContext): Promise<PassResult>;
}

export interface PassContext {
  /** No new work begins after it (a Lambda's end); the rest is left to another pass. Absent: no deadline. */
  readonly deadlineMs?: number | undefined;
  /** The items by which a sweep found it. Empty: the pass was requested. */
  readonly due: readonly ItemKey[];
}

export type PassResult =
  /** Without a result: another write came first, or the time was over. */
  | { readonly kind: 'repeat' }
  | {
      readonly kind: 'done';
      /** Infinity: not before something changes, or a sweep finds it. */
      readonly nextPassInMs: number;
      /** Failures of parts, while the rest succeeded. */
      readonly failures: readonly unknown[];
    };

export const REPEAT: PassResult = { kind: 'repeat' };

export const done = (nextPassInMs: number, failures: readonly unknown[] = []): PassResult => ({
  kind: 'done',
  nextPassInMs,
  failures,
});
