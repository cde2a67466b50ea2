import { type Item, type ItemKey, type ListQuery, TRANSACTION_WRITES_MAX, type Write } from '../../core/ports/store.ts';

interface Row {
  readonly item: Item;
  readonly due?: { readonly queue: string; readonly atMs: number };
}

interface Partition {
  readonly rows: Map<string, Row>;
  /** Ascending. */
  readonly sorts: string[];
}

export interface Change {
  readonly key: ItemKey;
  readonly before: unknown;
  /** Undefined: deleted. */
  readonly after: unknown;
}

export type Written = { readonly ok: true } | { readonly ok: false; readonly conflicts: readonly number[] };

/** The store's contract without a disk and without promises: the caller decides when the answer arrives. */
export class MemoryStore {
  readonly #partitions = new Map<string, Partition>();
  readonly #due = new Map<string, Map<string, ItemKey>>();
  /** Called after each successful transaction. */
  onCommit: (changes: readonly Change[]) => void = () => undefined;

  get<T>({ partition, sort }: ItemKey): Item<T> | undefined {
    return this.#partitions.get(partition)?.rows.get(sort)?.item as Item<T> | undefined;
  }

  list<T>({ partition, prefix, after, limit = Number.POSITIVE_INFINITY, order }: ListQuery): readonly Item<T>[] {
    const found = this.#partitions.get(partition);
    if (found === undefined) return [];
    const items: Item<T>[] = [];
    const { sorts, rows } = found;
    const first = position(sorts, prefix);
    let last = first;
    while (last < sorts.length && (sorts[last] as string).startsWith(prefix)) last += 1;
    const step = order === 'desc' ? -1 : 1;
    for (let index = step === 1 ? first : last - 1; index >= first && index < last; index += step) {
      const sort = sorts[index] as string;
      if (after !== undefined && (step === 1 ? sort <= after : sort >= after)) continue;
      if (items.length >= limit) break;
      items.push(rows.get(sort)?.item as Item<T>);
    }
    return items;
  }

  due<T>(queue: string, beforeMs: number, limit: number): readonly Item<T>[] {
    const rows: Row[] = [];
    for (const key of this.#due.get(queue)?.values() ?? []) {
      const row = this.#partitions.get(key.partition)?.rows.get(key.sort);
      if (row?.due !== undefined && row.due.atMs <= beforeMs) rows.push(row);
    }
    rows.sort((left, right) => (left.due?.atMs ?? 0) - (right.due?.atMs ?? 0));
    return rows.slice(0, limit).map(({ item }) => item as Item<T>);
  }

  transact(writes: readonly Write[]): Written {
    if (writes.length > TRANSACTION_WRITES_MAX) throw new Error(`a transaction of ${writes.length} writes`);
    const keys = new Set(writes.map(({ key }) => `${key.partition}\n${key.sort}`));
    if (keys.size !== writes.length) throw new Error('a key appears twice in one transaction');
    const conflicts: number[] = [];
    for (const [index, { key, expect }] of writes.entries()) {
      const version = this.get(key)?.version;
      if (expect !== 'any' && (expect === 'absent' ? version !== undefined : version !== expect)) conflicts.push(index);
    }
    if (conflicts.length > 0) return { ok: false, conflicts };
    const changes: Change[] = [];
    for (const write of writes) {
      if (write.kind === 'check') continue;
      const before = this.get(write.key)?.value;
      if (write.kind === 'put') this.#put(write);
      else this.#delete(write.key);
      changes.push({ key: write.key, before, after: write.kind === 'put' ? write.value : undefined });
    }
    this.onCommit(changes);
    return { ok: true };
  }

  /** Like an operator or a broken restore: without a condition, and without a notification. */
  overwrite(key: ItemKey, value: unknown): void {
    const due = this.#partitions.get(key.partition)?.rows.get(key.sort)?.due;
    this.#put({ kind: 'put', key, value, expect: 'any', ...(due === undefined ? {} : { due }) });
  }

  erase(key: ItemKey): void {
    this.#delete(key);
  }

  #put({ key, value, due }: Write & { readonly kind: 'put' }): void {
    const { partition, sort } = key;
    let found = this.#partitions.get(partition);
    if (found === undefined) {
      found = { rows: new Map(), sorts: [] };
      this.#partitions.set(partition, found);
    }
    const version = (found.rows.get(sort)?.item.version ?? 0) + 1;
    if (version === 1) found.sorts.splice(position(found.sorts, sort), 0, sort);
    this.#leaveQueue(key);
    // A value that was read must not change later.
    const item = { partition, sort, version, value: Object.freeze(value) };
    found.rows.set(sort, { item, ...(due === undefined ? {} : { due }) });
    if (due === undefined) return;
    let queue = this.#due.get(due.queue);
    if (queue === undefined) {
      queue = new Map();
      this.#due.set(due.queue, queue);
    }
    queue.set(`${partition}\n${sort}`, key);
  }

  #delete(key: ItemKey): void {
    const found = this.#partitions.get(key.partition);
    this.#leaveQueue(key);
    if (found?.rows.delete(key.sort) !== true) return;
    found.sorts.splice(position(found.sorts, key.sort), 1);
    if (found.sorts.length === 0) this.#partitions.delete(key.partition);
  }

  #leaveQueue({ partition, sort }: ItemKey): void {
    const queue = this.#partitions.get(partition)?.rows.get(sort)?.due?.queue;
    if (queue !== undefined) this.#due.get(queue)?.delete(`${partition}\n${sort}`);
  }
}

/** The position of `sort` in the ascending list, or where it would be inserted. */
function position(sorts: readonly string[], sort: string): number {
  let low = 0;
  let high = sorts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorts[middle] as string) < sort) low = middle + 1;
    else high = middle;
  }
  return low;
}
