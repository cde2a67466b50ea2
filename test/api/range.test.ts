import fc from 'fast-check';
import { cutPage, PAGE_MAX, parseRange } from '../../api/kernel/range.ts';

const sortKeys = ['id', 'name', 'version', 'created_at'] as const;

describe('parsing Range', () => {
  const first = { value: 'a', exclusive: false };
  test.each([
    { header: null, expected: {} },
    { header: '', expected: {} },
    { header: '   ', expected: {} },
    { header: 'version ..; max=15, order=desc', expected: { attribute: 'version', max: 15, descending: true } },
    { header: 'version ..; order=desc,max=1', expected: { attribute: 'version', max: 1, descending: true } },
    { header: 'id ..; max=1000;', expected: { max: 1000 } },
    { header: 'id ..;max=5;order=asc', expected: { max: 5 } },
    { header: 'id ..; max=5000', expected: { max: 1000 } },
    { header: 'name a..', expected: { attribute: 'name', first } },
    { header: 'name ]a..', expected: { attribute: 'name', first: { value: 'a', exclusive: true } } },
    {
      header: 'name a..b; order=desc',
      expected: { attribute: 'name', first, last: { value: 'b', exclusive: false }, descending: true },
    },
    { header: 'name a..b[', expected: { attribute: 'name', first, last: { value: 'b', exclusive: true } } },
    { header: ']a..; max=200', expected: { first: { value: 'a', exclusive: true } } },
    {
      header: 'created_at 2026-01-01T00:00:00Z..',
      expected: { attribute: 'created_at', first: { value: '2026-01-01T00:00:00Z', exclusive: false } },
    },
  ])('$header', ({ header, expected }) => {
    expect(parseRange(header, sortKeys)).toEqual({
      ok: true,
      value: { attribute: 'id', max: 200, descending: false, ...expected },
    });
  });

  test.each([
    'secret ..',
    'id',
    'id a',
    'bytes=0-10',
    'id ..; max=0',
    'id ..; max=-1',
    'id ..; max=ten',
    'id ..; order=up',
    'id ..; color=red',
    'id %zz..',
    'id a..b..c d',
  ])('%s cannot be satisfied', (header) => {
    expect(parseRange(header, sortKeys)).toMatchObject({
      ok: false,
      error: { id: 'requested_range_not_satisfiable' },
    });
  });

  test('no header makes it throw', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[\][.;,=~% a-z0-9]*$/)), (header) => {
        expect(typeof parseRange(header, sortKeys).ok).toBe('boolean');
      }),
    );
  });
});

interface Element extends Record<string, unknown> {
  readonly id: string;
  readonly name: string;
  readonly version: number;
}

/** Few different names, so that many are equal; and texts that look like a range. */
const names = fc.oneof(
  fc.constantFrom('a', 'b', 'b..c', '.', 'x~0', 'ü', 'a b', '%41', ']', '['),
  fc.string({ unit: 'grapheme', maxLength: 4 }),
);
const elements: fc.Arbitrary<Element[]> = fc.uniqueArray(
  fc.record({ id: fc.uuid(), name: names, version: fc.integer({ min: -5, max: 20 }) }),
  { selector: ({ id }) => id, maxLength: 40 },
);

/** Follows `Next-Range` to the end, as every client does. */
function walk(list: readonly Element[], header: string): { pages: Element[][] } {
  const pages: Element[][] = [];
  let next: string | undefined = header;
  while (next !== undefined) {
    // A header must be printable ASCII.
    expect(next).toMatch(/^[\x20-\x7e]*$/);
    const range = parseRange(next, sortKeys);
    if (!range.ok) throw new Error(`${next}: ${range.error.message}`);
    const page = cutPage(list, range.value);
    pages.push([...page.items] as Element[]);
    next = page.nextRange;
    if (pages.length > list.length + 1) throw new Error('the pages never end');
  }
  return { pages };
}

describe('pages', () => {
  const attribute = fc.constantFrom('id', 'name', 'version');
  const order = fc.constantFrom('asc', 'desc');

  test('together hold every element exactly once, in order, whatever the page size', () => {
    fc.assert(
      fc.property(elements, attribute, order, fc.integer({ min: 1, max: 12 }), (list, by, direction, max) => {
        const { pages } = walk(list, `${by} ..; max=${max}, order=${direction}`);
        const whole = walk(list, `${by} ..; max=${PAGE_MAX}, order=${direction}`).pages.flat();
        expect(pages.flat()).toEqual(whole);
        expect(new Set(whole.map(({ id }) => id))).toEqual(new Set(list.map(({ id }) => id)));
        expect(pages.slice(0, -1).every((page) => page.length === max)).toBe(true);
        const sorted = whole.every((element, index) => {
          const before = whole[index - 1];
          if (before === undefined) return true;
          const [low, high] = direction === 'asc' ? [before, element] : [element, before];
          return (low[by] as string) <= (high[by] as string);
        });
        expect(sorted).toBe(true);
      }),
    );
  });

  test('keep to the bounds of the first request', () => {
    fc.assert(
      fc.property(
        elements,
        fc.integer({ min: -5, max: 20 }),
        fc.integer({ min: -5, max: 20 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 5 }),
        (list, low, high, exclusive, max) => {
          const header = `version ${exclusive ? ']' : ''}${low}..${high}${exclusive ? '[' : ''}; max=${max}`;
          const versions = walk(list, header)
            .pages.flat()
            .map(({ version }) => version);
          const inside = (version: number) =>
            exclusive ? version > low && version < high : version >= low && version <= high;
          expect([...versions].sort((a, b) => a - b)).toEqual(
            list
              .map(({ version }) => version)
              .filter(inside)
              .sort((a, b) => a - b),
          );
        },
      ),
    );
  });

  test('order numbers as numbers', () => {
    const list = [9, 10, 100, 2].map((version) => ({ id: String(version), name: '', version }));
    expect(
      walk(list, 'version ..; order=desc, max=1')
        .pages.flat()
        .map(({ version }) => version),
    ).toEqual([100, 10, 9, 2]);
  });

  test('say what they hold', () => {
    const list = ['a', 'b', 'c'].map((id) => ({ id, name: id, version: 1 }));
    const range = parseRange('name ..; max=2', sortKeys);
    if (!range.ok) throw new Error(range.error.message);
    expect(cutPage(list, range.value)).toMatchObject({
      contentRange: 'name a..b; max=2',
      nextRange: 'name ]b..; max=2',
    });
    expect(cutPage([], range.value)).toEqual({ items: [], contentRange: 'name ..; max=2' });
  });
});
