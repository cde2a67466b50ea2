import { createHandler, type TickPart } from '../../lambdas/tick/handler.ts';
import { problemsTo } from '../problems.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');

async function tick(parts: readonly TickPart[], remainingMs = 60_000) {
  const problems: string[] = [];
  const settled: string[] = [];
  const handler = createHandler({
    parts,
    nowMs: () => NOW,
    problems: problemsTo(problems),
    flush: async () => {
      settled.push('settled');
    },
  });
  const failure = await handler({}, { getRemainingTimeInMillis: () => remainingMs }).then(
    () => undefined,
    (error: Error) => error.message,
  );
  return { problems, settled, failure };
}

describe('the tick', () => {
  it('runs all of its parts, each with the same deadline', async () => {
    const done: string[] = [];
    const part = (name: string): TickPart => ({
      name,
      run: async (deadlineMs) => {
        done.push(`${name} ${deadlineMs - NOW}`);
      },
    });
    expect(await tick([part('sweep'), part('jobs')])).toEqual({
      problems: [],
      settled: ['settled'],
      failure: undefined,
    });
    expect(done).toEqual(['sweep 48000', 'jobs 48000']);
  });

  test.each<{ name: string; run: TickPart['run'] }>([
    { name: 'rejects', run: () => Promise.reject(new Error('broken')) },
    {
      name: 'throws',
      run: () => {
        throw new Error('broken');
      },
    },
    { name: 'never ends', run: () => new Promise(() => {}) },
  ])('a part that $name stops no other, and is an error of the function', async ({ run }) => {
    const done: string[] = [];
    const others: TickPart[] = ['before', 'after'].map((name) => ({
      name,
      run: async () => {
        done.push(name);
      },
    }));
    const [before, after] = others as [TickPart, TickPart];
    const outcome = await tick([before, { name: 'builds', run }, after], 50);
    expect(done).toEqual(['before', 'after']);
    expect(outcome).toEqual({
      problems: ['builds failed'],
      settled: ['settled'],
      failure: 'parts of the tick failed: builds',
    });
  });
});
