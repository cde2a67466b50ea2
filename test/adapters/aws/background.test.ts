import { Background } from '../../../adapters/aws/background.ts';

test('waits for all effects, those too that begin meanwhile; a failed one is reported and others are awaited', async () => {
  const problems: unknown[] = [];
  const background = new Background({ report: (problem, cause) => problems.push([problem, String(cause)]) });
  const done: string[] = [];
  const effect = async (name: string, turns: number) => {
    for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
    done.push(name);
  };
  background.track('the slow one', effect('slow', 20));
  background.track('the failing one', Promise.reject(new Error('no')));
  background.track(
    'the first',
    effect('first', 1).then(() => background.track('the next', effect('next', 30))),
  );
  await background.flush();
  expect(done).toEqual(['first', 'slow', 'next']);
  expect(problems).toEqual([['the failing one', 'Error: no']]);
  await background.flush();
});
