import {
  type Item,
  type ItemKey,
  TRANSACTION_BYTES_MAX,
  TRANSACTION_WRITES_MAX,
  type Write,
} from '../core/ports/store.ts';

const VALUE_BYTES_MAX = 350 * 1024;
/** DynamoDB's limits for its two keys, less what `''` may take. */
const PARTITION_BYTES_MAX = 2_048;
const SORT_BYTES_MAX = 1_024;

/** libsql cuts texts at NUL, and a lone surrogate has no UTF-8: as a key either would be taken for another key. */
const NO_KEY = /[\0\ud800-\udfff]/u;

/** Whether an item can have this key: text from users is looked up too. */
export function mayBeKey({ partition, sort }: ItemKey): boolean {
  if (NO_KEY.test(partition) || NO_KEY.test(sort)) return false;
  return isWithin(partition, PARTITION_BYTES_MAX) && isWithin(sort, SORT_BYTES_MAX);
}

/** The serialized value of each put, by index; throws on invalid writes. The same for every store. */
export function checkedValues(writes: readonly Write[]): readonly (string | undefined)[] {
  if (writes.length > TRANSACTION_WRITES_MAX) {
    throw new Error(`a transaction of ${writes.length} writes: at most ${TRANSACTION_WRITES_MAX}`);
  }
  const keys = new Set<string>();
  let bytes = 0;
  const values = writes.map((write) => {
    const key = JSON.stringify([write.key.partition, write.key.sort]);
    if (!mayBeKey(write.key)) throw new Error(`the key ${shown(key)} is too long, or holds a NUL or half a character`);
    if (keys.has(key)) throw new Error(`the key ${key} appears twice in one transaction`);
    keys.add(key);
    if (write.kind !== 'put') return undefined;
    const value: string | undefined = JSON.stringify(write.value);
    if (value === undefined) throw new Error(`the value of ${key} is not JSON`);
    const valueBytes = Buffer.byteLength(value);
    if (valueBytes > VALUE_BYTES_MAX) {
      throw new Error(`the value of ${key} has ${valueBytes} bytes: at most ${VALUE_BYTES_MAX}`);
    }
    bytes += valueBytes;
    return value;
  });
  if (bytes > TRANSACTION_BYTES_MAX) {
    throw new Error(`the values of a transaction have ${bytes} bytes: at most ${TRANSACTION_BYTES_MAX} altogether`);
  }
  return values;
}

/** UTF-8 byte order, which is SQLite's and DynamoDB's; JavaScript's `<` compares UTF-16 units and differs above U+FFFF. */
export function compareBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

export function itemOf(partition: string, sort: string, version: number, value: string): Item {
  return { partition, sort, version, value: JSON.parse(value) };
}

function isWithin(text: string, bytesMax: number): boolean {
  // A UTF-16 unit is at most 3 bytes of UTF-8, so short texts need no counting.
  return text.length <= bytesMax / 3 || Buffer.byteLength(text) <= bytesMax;
}

const shown = (key: string) => (key.length > 100 ? `${key.slice(0, 100)}…` : key);
