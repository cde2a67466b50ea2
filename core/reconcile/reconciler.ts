import type { ItemKey } from '../ports/store.ts';

/** What finds a reconciler's due work, also in a process that must not do it. */
export interface ReconcilerQueue {
  /** For operators, such as `dyno-manager`. */
  readonly name: string;
  /** What the operator is told when a pass fails. */
  readonly failure: string;
  /** The store's due queue that its marks are in. */
  readonly queue: string;
  /** What a due item asks a pass over: an app's id. By the key alone: an item that cannot be read must not keep the others from their passes. */
  idOf(item: ItemKey): string;
}

/** Compares what is desired with what is there and acts, pass by pass. Its driver does the rest (`driver.ts`). */
export interface Reconciler extends ReconcilerQueue {
  /**
   * How long an app whose passes fail again and again is left alone at most: its users wait for as long once what broke
   * works again. Absent: never, whoever asked for a pass asks again.
   */
  readonly quarantineMaxMs?: number;
  /**
   * One pass. It starts from what is stored and what is there, so it may run late, twice, beside one in another process,
   * or after a crash in the middle. Rejects when something broke, and may then be repeated.
   */
  pass(id: string, context: PassContext): Promise<PassResult>;
}

export interface PassContext {
  /** Begin nothing new after it (a Lambda's end); what is left is another pass's. Absent: there is no end. */
  readonly deadlineMs?: number | undefined;
  /** The items by which a sweep found it. Empty: the pass was requested. */
  readonly due: readonly ItemKey[];
}

export type PassResult =
  /** It came to nothing: somebody else wrote meanwhile, or its time was over. */
  | { readonly kind: 'repeat' }
  | {
      readonly kind: 'done';
      /** Infinity: not before something changes, or a sweep finds it. */
      readonly nextPassInMs: number;
      /** What went wrong while the rest was done. */
      readonly failures: readonly unknown[];
    };

export const REPEAT: PassResult = { kind: 'repeat' };

export const done = (nextPassInMs: number, failures: readonly unknown[] = []): PassResult => ({
  kind: 'done',
  nextPassInMs,
  failures,
});
