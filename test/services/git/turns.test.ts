import fc from 'fast-check';
import { createTurns } from '../../../services/git/turns.ts';

const settle = () => new Promise(setImmediate);

/** Pushes that record which one is being decided, and which had to wait. */
function pushes() {
  const turns = createTurns();
  const deciding: string[] = [];
  const told: string[] = [];
  const join = (name: string, app = 'shop') => {
    const turn = turns.join(app);
    return {
      take: () =>
        turn
          .take(async () => {
            told.push(name);
          })
          .then(() => deciding.push(name)),
      leave: () => {
        turn.leave();
        const at = deciding.indexOf(name);
        if (at !== -1) deciding.splice(at, 1);
      },
    };
  };
  return { join, deciding, told };
}

test('pushes to one app are decided one after another, in the order in which they came; who waits is told once', async () => {
  const { join, deciding, told } = pushes();
  const [first, second, third] = [join('first'), join('second'), join('third')];
  void first.take();
  void second.take();
  await settle();
  expect(deciding).toEqual(['first']);
  first.leave();
  await settle();
  expect(deciding).toEqual(['second']);
  // It asks when the first has long ended, but the second is still before it.
  void third.take();
  await settle();
  expect(deciding).toEqual(['second']);
  second.leave();
  await settle();
  expect(deciding).toEqual(['third']);
  expect(told).toEqual(['second', 'third']);
});

test('pushes to two apps do not wait for each other', async () => {
  const { join, deciding, told } = pushes();
  void join('a').take();
  void join('b', 'blog').take();
  await settle();
  expect(deciding).toEqual(['a', 'b']);
  expect(told).toEqual([]);
});

test('a push that left before it had asked for its turn, or leaves twice, holds up nobody', async () => {
  const { join, deciding } = pushes();
  join('never').leave();
  const twice = join('twice');
  void twice.take();
  await settle();
  twice.leave();
  twice.leave();
  void join('next').take();
  await settle();
  expect(deciding).toEqual(['next']);
});

test('whoever comes and goes in whatever order, one is decided at a time, in order, and none is left waiting', async () => {
  const step = fc.record({ push: fc.nat(4), leaves: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const { join, deciding } = pushes();
      const all = Array.from({ length: 5 }, (_, index) => ({ ...join(String(index)), name: String(index) }));
      const asked: string[] = [];
      const left = new Set<string>();
      const leave = (name: string) => {
        left.add(name);
        all[Number(name)]?.leave();
      };
      for (const { push, leaves } of steps) {
        const name = String(push);
        if (left.has(name)) continue;
        if (leaves && asked.includes(name)) leave(name);
        else if (!leaves && !asked.includes(name)) {
          asked.push(name);
          void all[push]?.take();
        }
        await settle();
        const next = asked.find((each) => !left.has(each));
        expect(deciding.filter((each) => !left.has(each))).toEqual(next === undefined ? [] : [next]);
      }
    }),
    { numRuns: 60 },
  );
});
