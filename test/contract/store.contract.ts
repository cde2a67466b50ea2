import fc from 'fast-check';
import { type Item, type Store, TRANSACTION_WRITES_MAX, type Write } from '../../core/ports/store.ts';
import { stored } from '../stored.ts';
import { storeCommands } from './store-model.ts';

const key = (sort: string, partition = 'p') => ({ partition, sort });
const put = (sort: string, value: unknown, expect: 'absent' | 'any' | number = 'any'): Write => ({
  kind: 'put',
  key: key(sort),
  value,
  expect,
});
const sorts = (items: readonly Item[]) => items.map((item) => item.sort);

export function storeContract(name: string, open: () => Promise<{ store: Store; close(): Promise<void> }>): void {
  describe(`${name}: store contract`, () => {
    let store: Store;
    let close: () => Promise<void>;

    beforeEach(async () => {
      ({ store, close } = await open());
    });
    afterEach(() => close());

    test('gives back what was put, with a version that grows by one', async () => {
      const value = { text: 'naïve "quotes" \u0000 \ud83d\ude80\n', list: [1, null, { deep: true }], number: 1.5 };
      expect(await store.get(key('a'))).toBeUndefined();
      expect(await store.transact([put('a', value)])).toEqual({ ok: true });
      expect(await store.get(key('a'))).toEqual({ partition: 'p', sort: 'a', version: 1, value });
      await store.transact([put('a', 'other')]);
      expect(await store.get(key('a'))).toEqual({ partition: 'p', sort: 'a', version: 2, value: 'other' });
    });

    const there = { kind: 'put', key: key('there'), value: 0, expect: 'any' } as const;
    test.each<{ name: string; write: Write; holds: boolean }>([
      { name: 'put absent, there', write: put('there', 1, 'absent'), holds: false },
      { name: 'put absent, not there', write: put('new', 1, 'absent'), holds: true },
      { name: 'put any, there', write: put('there', 1), holds: true },
      { name: 'put any, not there', write: put('new', 1), holds: true },
      { name: 'put right version', write: put('there', 1, 2), holds: true },
      { name: 'put older version', write: put('there', 1, 1), holds: false },
      { name: 'put newer version', write: put('there', 1, 3), holds: false },
      { name: 'put version, not there', write: put('new', 1, 1), holds: false },
      { name: 'delete right version', write: { kind: 'delete', key: key('there'), expect: 2 }, holds: true },
      { name: 'delete older version', write: { kind: 'delete', key: key('there'), expect: 1 }, holds: false },
      { name: 'delete version, not there', write: { kind: 'delete', key: key('new'), expect: 1 }, holds: false },
      { name: 'delete any, there', write: { kind: 'delete', key: key('there'), expect: 'any' }, holds: true },
      { name: 'delete any, not there', write: { kind: 'delete', key: key('new'), expect: 'any' }, holds: true },
      { name: 'delete absent, there', write: { kind: 'delete', key: key('there'), expect: 'absent' }, holds: false },
      { name: 'delete absent, not there', write: { kind: 'delete', key: key('new'), expect: 'absent' }, holds: true },
      { name: 'check right version', write: { kind: 'check', key: key('there'), expect: 2 }, holds: true },
      { name: 'check older version', write: { kind: 'check', key: key('there'), expect: 1 }, holds: false },
      { name: 'check absent, there', write: { kind: 'check', key: key('there'), expect: 'absent' }, holds: false },
      { name: 'check absent, not there', write: { kind: 'check', key: key('new'), expect: 'absent' }, holds: true },
      { name: 'check any, there', write: { kind: 'check', key: key('there'), expect: 'any' }, holds: true },
    ])('expectation: $name → holds: $holds', async ({ write, holds }) => {
      await store.transact([there]);
      await store.transact([there]);
      const result = await store.transact([put('companion', 'x'), write]);
      expect(result).toEqual(holds ? { ok: true } : { ok: false, conflicts: [1] });
      expect((await store.get(key('companion'))) !== undefined).toBe(holds);
      const after = await store.get(key('there'));
      if (!holds || write.kind === 'check') expect(after?.version).toBe(2);
    });

    test('names every conflict and writes nothing', async () => {
      await store.transact([put('a', 1), put('b', 1), put('e', 1)]);
      const result = await store.transact([
        put('a', 2, 'absent'),
        put('c', 2),
        { kind: 'check', key: key('b'), expect: 9 },
        { kind: 'delete', key: key('d'), expect: 1 },
        { kind: 'delete', key: key('e'), expect: 'any' },
      ]);
      expect(result).toEqual({ ok: false, conflicts: [0, 2, 3] });
      expect(sorts(await store.list({ partition: 'p', prefix: '' }))).toEqual(['a', 'b', 'e']);
    });

    test('an item that was deleted starts again at version 1', async () => {
      await store.transact([put('a', 1)]);
      await store.transact([put('a', 2)]);
      await store.transact([{ kind: 'delete', key: key('a'), expect: 2 }]);
      expect(await store.get(key('a'))).toBeUndefined();
      expect(await store.transact([put('a', 3, 'absent')])).toEqual({ ok: true });
      expect((await store.get(key('a')))?.version).toBe(1);
    });

    test('of many writers that read the same version one wins', async () => {
      await store.transact([put('counter', 0)]);
      const increment = async (): Promise<void> => {
        for (;;) {
          const item = await stored<number>(store, key('counter'));
          const result = await store.transact([put('counter', (item?.value ?? 0) + 1, item?.version ?? 'absent')]);
          if (result.ok) return;
        }
      };
      await Promise.all(Array.from({ length: 20 }, increment));
      expect((await store.get(key('counter')))?.value).toBe(20);
    });

    describe('programming errors throw and write nothing', () => {
      const big = (bytes: number) => 'x'.repeat(bytes - 2);
      test.each<{ name: string; writes: readonly Write[]; says: string }>([
        {
          name: 'a key twice',
          writes: [put('a', 1), { kind: 'check', key: key('a'), expect: 'any' }],
          says: 'appears twice',
        },
        {
          name: 'more writes than a transaction takes',
          writes: Array.from({ length: TRANSACTION_WRITES_MAX + 1 }, (_, i) => put(`a${i}`, 1)),
          says: 'writes: at most 100',
        },
        {
          name: 'a value over 350 KiB',
          writes: [put('a', 1), put('b', big(350 * 1024 + 1))],
          says: 'has 358401 bytes: at most 358400',
        },
        {
          name: 'a value over 350 KiB of UTF-8',
          writes: [put('b', '\u20ac'.repeat(120_000))],
          says: 'has 360002 bytes: at most 358400',
        },
        { name: 'a value that is not JSON', writes: [put('a', 1), put('b', undefined)], says: 'is not JSON' },
        { name: 'a key with a NUL', writes: [put('a\0b', 1)], says: 'holds a NUL' },
        {
          name: 'a sort key over 1,024 bytes of UTF-8',
          writes: [put('a', 1), put('€'.repeat(342), 1)],
          says: 'is too long',
        },
        {
          name: 'values of over 3.5 MB',
          writes: Array.from({ length: 11 }, (_, i) => put(`a${i}`, big(330_000))),
          says: 'altogether',
        },
      ])('$name', async ({ writes, says }) => {
        await expect(store.transact(writes)).rejects.toThrow(says);
        expect(await store.list({ partition: 'p', prefix: '' })).toEqual([]);
      });

      test('but the limits themselves are fine', async () => {
        const writes = Array.from({ length: TRANSACTION_WRITES_MAX }, (_, i) => put(`a${i}`, i));
        expect(await store.transact(writes)).toEqual({ ok: true });
        expect(await store.transact([put('big', big(350 * 1024))])).toEqual({ ok: true });
        expect(await store.transact([put('€'.repeat(341), 1)])).toEqual({ ok: true });
        const large = Array.from({ length: 10 }, (_, i) => put(`large${i}`, big(350_000)));
        expect(await store.transact(large)).toEqual({ ok: true });
        expect((await store.list({ partition: 'p', prefix: 'large' })).length).toBe(10);
        expect(await store.transact([])).toEqual({ ok: true });
      });
    });

    test('a key from hostile input finds nothing that is not its own', async () => {
      await store.transact([put('shop', 1), put('\ufffd', 1)]);
      for (const hostile of ['x'.repeat(5_000), 'shop\0', 'shop\0x', '\ud800', "shop' OR '1'='1", 'SHOP', 'shop ']) {
        expect(await store.get(key(hostile))).toBeUndefined();
        expect(await store.list({ partition: 'p', prefix: hostile })).toEqual([]);
        expect(await store.list({ partition: hostile, prefix: '' })).toEqual([]);
      }
    });

    describe('list', () => {
      const all = ['', 'a', 'a#1', 'a#10', 'a#2', 'b', '~', 'é', '\uffff', '\u{1f680}', '\u{10ffff}x'];

      beforeEach(async () => {
        await store.transact([...all].reverse().map((sort) => put(sort, sort)));
        await store.transact([{ kind: 'put', key: key('a#3', 'q'), value: 0, expect: 'any' }]);
      });

      test.each<{ name: string; query: Omit<Parameters<Store['list']>[0], 'partition'>; found: readonly string[] }>([
        { name: 'everything, by bytes', query: { prefix: '' }, found: all },
        { name: 'descending', query: { prefix: '', order: 'desc' }, found: [...all].reverse() },
        { name: 'a prefix', query: { prefix: 'a#' }, found: ['a#1', 'a#10', 'a#2'] },
        { name: 'a prefix that is a key', query: { prefix: 'a#1' }, found: ['a#1', 'a#10'] },
        { name: 'a limit', query: { prefix: 'a#', limit: 2 }, found: ['a#1', 'a#10'] },
        { name: 'behind a key', query: { prefix: 'a#', after: 'a#1' }, found: ['a#10', 'a#2'] },
        { name: 'behind no key', query: { prefix: 'a#', after: 'a#11' }, found: ['a#2'] },
        { name: 'behind one before the prefix', query: { prefix: 'a#', after: 'a' }, found: ['a#1', 'a#10', 'a#2'] },
        { name: 'behind one after the prefix', query: { prefix: 'a#', after: 'b' }, found: [] },
        { name: 'descending behind', query: { prefix: 'a#', after: 'a#2', order: 'desc', limit: 1 }, found: ['a#10'] },
        {
          name: 'descending behind one after the prefix',
          query: { prefix: 'a#', after: 'b', order: 'desc' },
          found: ['a#2', 'a#10', 'a#1'],
        },
        {
          name: 'descending behind one before the prefix',
          query: { prefix: 'a#', after: 'a', order: 'desc' },
          found: [],
        },
        { name: 'the highest prefix', query: { prefix: '\u{10ffff}' }, found: ['\u{10ffff}x'] },
        { name: 'nothing', query: { prefix: 'zzz' }, found: [] },
      ])('$name', async ({ query, found }) => {
        expect(sorts(await store.list({ partition: 'p', ...query }))).toEqual(found);
      });
    });

    describe('due', () => {
      const due = (sort: string, queue: string, atMs: number): Write => ({
        kind: 'put',
        key: key(sort),
        value: { sort },
        expect: 'any',
        due: { queue, atMs },
      });

      test('soonest first, up to and including the time, of the queue only', async () => {
        await store.transact([due('late', 'm', 30), due('now', 'm', 20), due('past', 'm', 10), due('other', 'n', 5)]);
        const found = await store.due('m', 20, 10);
        expect(found).toEqual([
          { partition: 'p', sort: 'past', version: 1, value: { sort: 'past' } },
          { partition: 'p', sort: 'now', version: 1, value: { sort: 'now' } },
        ]);
        expect(sorts(await store.due('m', 99, 1))).toEqual(['past']);
      });

      test('a put without a due time, or a delete, takes the item out; another time moves it', async () => {
        await store.transact([due('a', 'm', 10), due('b', 'm', 20), due('c', 'm', 30)]);
        await store.transact([put('a', 1), { kind: 'delete', key: key('b'), expect: 'any' }, due('c', 'n', 1)]);
        expect(await store.due('m', 99, 10)).toEqual([]);
        expect(sorts(await store.due('n', 99, 10))).toEqual(['c']);
      });
    });

    test('an item that has not expired stays', async () => {
      await store.transact([{ ...there, expiresAtMs: Date.now() + 3_600_000 }]);
      expect((await store.get(key('there')))?.value).toBe(0);
    });
  });

  test(`${name}: behaves like a sorted map`, async () => {
    await fc.assert(
      fc.asyncProperty(storeCommands, async (commands) => {
        const { store, close } = await open();
        try {
          await fc.asyncModelRun(() => ({ model: { items: new Map() }, real: store }), commands);
        } finally {
          await close();
        }
      }),
      { numRuns: 30 },
    );
  }, 60_000);
}
