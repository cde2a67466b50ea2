import fc from 'fast-check';
import { LineRing } from '../../../services/logs/line-ring.ts';
import type { StoredLine } from '../../../services/logs/stored-line.ts';

const CAPACITY = 5;
const line = (id: number): StoredLine => ({
  id,
  appId: 'shop',
  atMs: id * 1_000,
  source: id % 3 === 0 ? 'heroku' : 'app',
  process: 'web.1',
  message: `line ${id}`,
});

test('a ring is the newest lines of a list, also after the list was put before them', () => {
  const lines = fc.integer({ min: 0, max: 2 * CAPACITY });
  fc.assert(
    fc.property(lines, lines, lines, fc.nat(30), fc.nat(7), (early, meanwhile, late, id, count) => {
      const ring = new LineRing(CAPACITY);
      const numbers = Array.from({ length: early + meanwhile + late }, (_, index) => index + 1).map(line);
      for (const each of numbers.slice(early, early + meanwhile)) ring.push(each);
      ring.replaceAll([...numbers.slice(0, early), ...ring.all()]);
      for (const each of numbers.slice(early + meanwhile)) ring.push(each);
      const missing = Math.max(0, meanwhile - CAPACITY);
      const model = [...numbers.slice(0, early), ...numbers.slice(early + missing)].slice(-CAPACITY);
      expect(ring.all()).toEqual(model);
      expect(ring.after(id)).toEqual(model.filter((each) => each.id > id));
      const since = 3_000;
      const wanted = model.filter((each) => each.atMs >= since && each.source === 'app');
      expect(ring.newest(count, { source: 'app' }, since)).toEqual(count === 0 ? [] : wanted.slice(-count));
    }),
    { numRuns: 300 },
  );
});
