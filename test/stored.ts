import type { Item, ItemKey, ListQuery, Store } from '../core/ports/store.ts';

/** The stored item, whether or not the platform could read it. */
export async function stored<T>(store: Pick<Store, 'get'>, key: ItemKey): Promise<Item<T> | undefined> {
  return (await store.get(key)) as Item<T> | undefined;
}

export async function storedList<T>(store: Pick<Store, 'list'>, query: ListQuery): Promise<readonly Item<T>[]> {
  return (await store.list(query)) as readonly Item<T>[];
}
