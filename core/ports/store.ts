export interface ItemKey {
  /** At most 2,048 bytes. */
  readonly partition: string;
  /** At most 1,024 bytes. */
  readonly sort: string;
}

export interface Item<T = unknown> extends ItemKey {
  /** 1 when first put, +1 at each put. Conditions name the version that was read. */
  readonly version: number;
  readonly value: T;
}

/** `'absent'`: must not exist; a number: must have that version; `'any'`: no condition. */
export type Expectation = 'absent' | 'any' | number;

export interface Due {
  /** A named queue of items that need a pass, e.g. `manager`, `build`. */
  readonly queue: string;
  readonly atMs: number;
}

export type Write =
  | {
      readonly kind: 'put';
      readonly key: ItemKey;
      /** JSON value, at most 350 KiB serialized (DynamoDB's item limit is 400 KB). */
      readonly value: unknown;
      readonly expect: Expectation;
      /** Absent: the item is removed from its due queue, if any. */
      readonly due?: Due;
      /** The item may vanish after this time; readers must not rely on the exact moment. */
      readonly expiresAtMs?: number;
    }
  | { readonly kind: 'delete'; readonly key: ItemKey; readonly expect: Expectation }
  | { readonly kind: 'check'; readonly key: ItemKey; readonly expect: Expectation };

export interface ListQuery {
  readonly partition: string;
  /** Only sort keys that start with this. */
  readonly prefix: string;
  /** Continue after this sort key (exclusive, in the direction of `order`). */
  readonly after?: string;
  readonly limit?: number;
  readonly order?: 'asc' | 'desc';
}

/** Writes of one transaction: DynamoDB's limit. */
export const TRANSACTION_WRITES_MAX = 100;

/** Serialized values of one transaction: DynamoDB takes 4 MB with keys and names. */
export const TRANSACTION_BYTES_MAX = 3_500_000;

/** Returns `unknown` values: a record (core/records/define-record.ts) checks them and gives them a type. */
export interface Store {
  /** Strongly consistent. */
  get(key: ItemKey): Promise<Item | undefined>;
  /** Strongly consistent, ordered by sort key (bytes). Returns everything up to `limit`. */
  list(query: ListQuery): Promise<readonly Item[]>;
  /**
   * All or nothing. A key may appear once. `conflicts` are the indexes of writes whose expectation failed; then nothing was
   * written.
   */
  transact(
    writes: readonly Write[],
  ): Promise<{ readonly ok: true } | { readonly ok: false; readonly conflicts: readonly number[] }>;
  /** Items whose due time is at or before `beforeMs`, soonest first. Eventually consistent: a hint, re-read before acting. */
  due(queue: string, beforeMs: number, limit: number): Promise<readonly Item[]>;
}
