import type { Item, ItemKey, ListQuery, Store } from '../ports/store.ts';
import { type Check, isObject } from './checks.ts';

/** A record on which this code cannot act: its app is quarantined until an operator has repaired it. */
export class UnreadableRecord extends Error {
  constructor(record: string, problem: string) {
    super(`its ${record} record ${problem}`);
    this.name = 'UnreadableRecord';
  }
}

interface RecordDefinition<T, Key extends readonly unknown[]> {
  /** Its name in an operator's message when it cannot be read. */
  readonly noun: string;
  /** Records without a `schemaVersion` have version 1; a later release of the platform may write others. */
  readonly version: number;
  readonly key: (...key: Key) => ItemKey;
  readonly shape: Check<T>;
  /** Converts what earlier platforms have written to this one's form; returns anything else unchanged. */
  readonly upgrade?: (value: unknown) => unknown;
}

/** One kind of stored value. Only this gives the store's answers a type. */
export class StoredRecord<T, Key extends readonly unknown[]> {
  readonly key: (...key: Key) => ItemKey;
  readonly #definition: RecordDefinition<T, Key>;

  constructor(definition: RecordDefinition<T, Key>) {
    this.key = definition.key;
    this.#definition = definition;
  }

  /** Throws an `UnreadableRecord`. */
  read(item: Item): Item<T> {
    const foreign = this.foreignVersion(item.value);
    if (foreign !== undefined) throw new UnreadableRecord(this.#definition.noun, foreign);
    return this.readAnyVersion(item);
  }

  /** Undefined: it cannot be read. */
  tryRead(item: Item): Item<T> | undefined {
    return this.foreignVersion(item.value) === undefined ? this.tryReadAnyVersion(item) : undefined;
  }

  async get(store: Pick<Store, 'get'>, ...key: Key): Promise<Item<T> | undefined> {
    const item = await store.get(this.key(...key));
    return item === undefined ? undefined : this.read(item);
  }

  async list(store: Pick<Store, 'list'>, query: ListQuery): Promise<readonly Item<T>[]> {
    return (await store.list(query)).map((item) => this.read(item));
  }

  /** For display: also of another platform version, if it has everything that this one knows. Must not be overwritten. */
  readAnyVersion(item: Item): Item<T> {
    const read = this.#readShape(item);
    if (typeof read === 'string') throw new UnreadableRecord(this.#definition.noun, `is corrupt: ${read}`);
    return read;
  }

  /** Undefined: it cannot be read. */
  tryReadAnyVersion(item: Item): Item<T> | undefined {
    const read = this.#readShape(item);
    return typeof read === 'string' ? undefined : read;
  }

  async getOfAnyVersion(store: Pick<Store, 'get'>, ...key: Key): Promise<Item<T> | undefined> {
    const item = await store.get(this.key(...key));
    return item === undefined ? undefined : this.readAnyVersion(item);
  }

  /** What is wrong with a record that another platform version has written; undefined: it is one of ours. */
  foreignVersion(value: unknown): string | undefined {
    const { version } = this.#definition;
    const { schemaVersion } = isObject(value) ? value : {};
    // Rollouts are by process type, and a type may have this name.
    if (schemaVersion == null || schemaVersion === version || isObject(schemaVersion)) return undefined;
    return `has schema version ${String(schemaVersion)}, and this platform knows ${version}`;
  }

  /** A string is the flaw. */
  #readShape(item: Item): Item<T> | string {
    const { shape, upgrade } = this.#definition;
    const value = upgrade === undefined ? item.value : upgrade(item.value);
    const flaw = shape(value);
    if (flaw !== undefined) return flaw;
    return (value === item.value ? item : { ...item, value }) as Item<T>;
  }
}

export function defineRecord<T, Key extends readonly unknown[]>(
  definition: RecordDefinition<T, Key>,
): StoredRecord<T, Key> {
  return new StoredRecord(definition);
}
