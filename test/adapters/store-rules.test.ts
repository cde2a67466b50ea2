import { checkBlobKey } from '../../adapters/blob-key.ts';
import { checkedValues, compareBytes, itemOf, mayBeKey } from '../../adapters/store-rules.ts';
import type { Write } from '../../core/ports/store.ts';

const key = (partition: string, sort = 's') => ({ partition, sort });
const put = (value: unknown, at = key('p')): Write => ({ kind: 'put', key: at, expect: 'any', value }) as Write;
const TWO = 'ö';
const THREE = '€';

test.each([
  { name: 'nothing', at: key('', ''), is: true },
  { name: 'a partition of 2,048 bytes', at: key('p'.repeat(2_048)), is: true },
  { name: 'one of 2,049', at: key('p'.repeat(2_049)), is: false },
  { name: 'one of 2,048 in letters of two', at: key(TWO.repeat(1_024)), is: true },
  { name: 'one of 2,050 in letters of two', at: key(TWO.repeat(1_025)), is: false },
  { name: 'one of 2,049 in letters of three', at: key(THREE.repeat(683)), is: false },
  { name: 'a sort of 1,024 bytes', at: key('p', 's'.repeat(1_024)), is: true },
  { name: 'one of 1,025', at: key('p', 's'.repeat(1_025)), is: false },
  { name: 'a NUL in the partition', at: key('a\0b'), is: false },
  { name: 'a NUL in the sort', at: key('p', '\0'), is: false },
  { name: 'the first half of a character', at: key('\ud800'), is: false },
  { name: 'the second half of one', at: key('p', 'a\udfff'), is: false },
  { name: 'a whole character', at: key('😀', '😀'), is: true },
  { name: 'the neighbors of half characters', at: key('\ud7ff', '\ue000'), is: true },
])('as a key $name: $is', ({ at, is }) => {
  expect(mayBeKey(at)).toBe(is);
});

test('a value is stored as JSON; what deletes or checks has none', () => {
  const writes = [
    put({ a: 1 }, key('a')),
    { kind: 'delete', key: key('b'), expect: 'any' },
    { kind: 'check', key: key('c'), expect: 'absent' },
    put(null, key('d')),
  ] as unknown as Write[];
  expect(checkedValues(writes)).toEqual(['{"a":1}', undefined, undefined, 'null']);
  expect(checkedValues([])).toEqual([]);
});

const many = (count: number, value: unknown = 1) =>
  Array.from({ length: count }, (_, index) => put(value, key(`p${index}`)));
/** Its JSON has this many bytes. */
const sized = (bytes: number) => 'x'.repeat(bytes - 2);
const KIB = 1_024;

test('as much as a transaction may hold is taken', () => {
  expect(checkedValues(many(100))).toHaveLength(100);
  expect(checkedValues([put(sized(350 * KIB))])).toHaveLength(1);
  expect(checkedValues(many(10, sized(350_000)))).toHaveLength(10);
  expect(checkedValues([put(1, key('p', 'a')), put(1, key('p', 'b'))])).toHaveLength(2);
});

test.each([
  { name: '101 writes', writes: many(101), says: 'a transaction of 101 writes: at most 100' },
  { name: 'one key twice', writes: [put(1), put(2)], says: 'the key ["p","s"] appears twice in one transaction' },
  {
    name: 'a value of one byte too many',
    writes: [put(sized(350 * KIB + 1))],
    says: 'the value of ["p","s"] has 358401 bytes: at most 358400',
  },
  {
    name: 'letters of two bytes',
    writes: [put(TWO.repeat(175 * KIB))],
    says: 'the value of ["p","s"] has 358402 bytes: at most 358400',
  },
  {
    name: 'one byte too many altogether',
    writes: [...many(10, sized(350_000)).slice(1), put(sized(350_001))],
    says: 'the values of a transaction have 3500001 bytes: at most 3500000 altogether',
  },
  { name: 'what is no JSON', writes: [put(undefined)], says: 'the value of ["p","s"] is not JSON' },
  {
    name: 'a key that is none',
    writes: [put(1, key('a\0'))],
    says: 'the key ["a\\u0000","s"] is too long, or holds a NUL or half a character',
  },
  {
    name: 'a key that is too long',
    writes: [put(1, key('p'.repeat(2_049)))],
    says: `the key ["${'p'.repeat(98)}… is too long, or holds a NUL or half a character`,
  },
])('a transaction with $name is a mistake of the program', ({ writes, says }) => {
  let message = '';
  try {
    checkedValues(writes);
  } catch (error) {
    ({ message } = error as Error);
  }
  expect(message).toBe(says);
});

test('texts are ordered by their bytes', () => {
  expect([compareBytes('a', 'b'), compareBytes('b', 'a'), compareBytes('a', 'a')]).toEqual([-1, 1, 0]);
  expect(compareBytes('\uffff', '😀')).toBe(-1);
});

test('an item is its place, its version and its value', () => {
  expect(itemOf('p', 's', 3, '{"a":1}')).toEqual({ partition: 'p', sort: 's', version: 3, value: { a: 1 } });
});

test.each(['a', 'slugs/0a', 'a.b/c-d_e', 'A/9', '-', '_', 'k'.repeat(512)])('%s is a key of a blob', (name) => {
  expect(checkBlobKey(name)).toBeUndefined();
});

test.each(['', '.', '.a', 'a/.b', 'a//b', '/a', 'a/', 'a/../b', 'a b', 'a\n', 'ä', 'a%2f', 'k'.repeat(513)])(
  '%j is none',
  (name) => {
    expect(() => checkBlobKey(name)).toThrow(`not a blob key: ${JSON.stringify(name)}`);
  },
);
