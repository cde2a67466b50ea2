import { Settling } from '../../../adapters/aws/settling.ts';

test('waits for all effects, those too that begin meanwhile; a failed one is reported and others are awaited', async () => {
  const problems: unknown[] = [];
  const settling = new Settling((problem, cause) => problems.push([problem, String(cause)]));
  const done: string[] = [];
  const effect = async (name: string, turns: number) => {
    for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
    done.push(name);
  };
  settling.remember('the slow one', effect('slow', 20));
  settling.remember('the failing one', Promise.reject(new Error('no')));
  settling.remember(
    'the first',
    effect('first', 1).then(() => settling.remember('the next', effect('next', 30))),
  );
  await settling.settle();
  expect(done).toEqual(['first', 'slow', 'next']);
  expect(problems).toEqual([['the failing one', 'Error: no']]);
  await settling.settle();
});
