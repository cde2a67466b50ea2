import type { Store } from '../../core/ports/store.ts';

/** A store that tests can read as a whole: its items, their keys, and whether they are due. */
export class MirroredStore implements Store {
  readonly #store: Store;
  readonly #items = new Map<string, { readonly value: unknown; readonly due: string | undefined }>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** `partition / sort` of all items, in order. */
  keys(): readonly string[] {
    return [...this.#items.keys()].sort();
  }

  /** The queue of each due item. */
  queues(): readonly string[] {
    return [...this.#items].flatMap(([key, { due }]) => (due === undefined ? [] : [`${due}: ${key}`])).sort();
  }

  /** Everything as it is stored. */
  contents(): Readonly<Record<string, unknown>> {
    return structuredClone(Object.fromEntries([...this.#items].map(([key, { value }]) => [key, value])));
  }

  get: Store['get'] = (key) => this.#store.get(key);

  list: Store['list'] = (query) => this.#store.list(query);

  due: Store['due'] = (queue, beforeMs, limit) => this.#store.due(queue, beforeMs, limit);

  transact: Store['transact'] = async (writes) => {
    const written = await this.#store.transact(writes);
    if (!written.ok) return written;
    for (const write of writes) {
      const key = `${write.key.partition} / ${write.key.sort}`;
      if (write.kind === 'delete') this.#items.delete(key);
      if (write.kind === 'put') this.#items.set(key, { value: write.value, due: write.due?.queue });
    }
    return written;
  };
}
