import fc from 'fast-check';
import type { ItemKey, Store } from '../../../core/ports/store.ts';
import { Driver } from '../../../core/reconcile/driver.ts';
import {
  done,
  type PassContext,
  type PassResult,
  REPEAT,
  type Reconciler,
} from '../../../core/reconcile/reconciler.ts';

const MINUTE = 60_000;
const [A, B] = ['app-1', 'app-2'];

/** A driver whose passes end when the test says so. */
class Bench {
  nowMs = 0;
  readonly begun: string[] = [];
  readonly contexts: PassContext[] = [];
  readonly requested: [string, number | undefined][] = [];
  readonly reports: string[] = [];
  readonly log: string[] = [];
  due: ItemKey[] = [];
  running = 0;
  readonly #ends: ((result: PassResult | Error) => void)[] = [];
  readonly driver: Driver;

  constructor(more: Partial<Reconciler> = {}) {
    const reconciler: Reconciler = {
      name: 'test',
      failure: 'a pass failed',
      queue: 'due',
      idOf: ({ partition }) => partition,
      pass: (id, context) => this.#pass(id, context),
      ...more,
    };
    this.driver = new Driver(reconciler, {
      clock: { nowMs: () => this.nowMs },
      store: { due: async () => this.due } as unknown as Store,
      requests: { enqueue: (id, delayMs) => this.requested.push([id, delayMs]) },
      failures: {
        failed: async (name, id, forMs) => void this.log.push(`${name} ${id} failed ${forMs}`),
        recovered: async (name, id) => void this.log.push(`${name} ${id} recovered`),
      },
      problems: {
        report: (problem, error, about) =>
          this.reports.push(`${about?.appId}: ${problem}: ${(error as Error).message}`),
      },
    });
  }

  #pass(id: string, context: PassContext): Promise<PassResult> {
    this.begun.push(id);
    this.contexts.push(context);
    this.running += 1;
    return new Promise((resolve, reject) =>
      this.#ends.push((result) => {
        this.running -= 1;
        if (result instanceof Error) reject(result);
        else resolve(result);
      }),
    );
  }

  /** Ends the oldest running pass. */
  async end(result: PassResult | Error = done(Number.POSITIVE_INFINITY)): Promise<void> {
    this.#ends.shift()?.(result);
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** One pass, from its request to its end. */
  async pass(result: PassResult | Error): Promise<string> {
    const outcome = this.driver.run(A).then(
      () => 'done',
      (error: Error) => error.message,
    );
    await this.end(result);
    return outcome;
  }
}

describe('passes of one app', () => {
  test('never run at once; those asked for meanwhile are one more, and who asked waits for it', async () => {
    const bench = new Bench();
    const over: string[] = [];
    void bench.driver.run(A).then(() => over.push('first'));
    void bench.driver.run(A).then(() => over.push('second'));
    void bench.driver.run(A).then(() => over.push('third'));
    expect(bench.begun).toEqual([A]);
    await bench.end();
    expect([bench.begun, over]).toEqual([[A, A], []]);
    await bench.end();
    expect([bench.begun, over]).toEqual([
      [A, A],
      ['first', 'second', 'third'],
    ]);
    void bench.driver.run(A);
    expect(bench.begun).toEqual([A, A, A]);
  });

  test('do not wait for another app', () => {
    const bench = new Bench();
    void bench.driver.run(A);
    void bench.driver.run(B);
    expect(bench.begun).toEqual([A, B]);
  });

  test('that fail fail for all who asked, and the next request begins another', async () => {
    const bench = new Bench();
    const failures: string[] = [];
    for (let asked = 0; asked < 2; asked += 1) {
      bench.driver.run(A).catch((error: Error) => failures.push(error.message));
    }
    await bench.end(new Error('broken'));
    expect([bench.begun, failures]).toEqual([[A], ['broken', 'broken']]);
    void bench.driver.run(A);
    expect(bench.begun).toEqual([A, A]);
  });

  test('get the deadline, and each what a sweep found due since the one before', async () => {
    const bench = new Bench();
    const item = (sort: string) => ({ partition: A, sort });
    void bench.driver.run(A, 7, [item('1')]);
    void bench.driver.run(A, 7, [item('2')]);
    void bench.driver.run(A, 7, [item('3')]);
    await bench.end();
    await bench.end();
    void bench.driver.run(A);
    expect(bench.contexts).toEqual([
      { deadlineMs: 7, due: [item('1')] },
      { deadlineMs: 7, due: [item('2'), item('3')] },
      { deadlineMs: undefined, due: [] },
    ]);
  });

  test('in any order of requests and ends: never two at once, and a pass begins after each request', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom('ask', 'end', 'fail'), { maxLength: 40 }), async (steps) => {
        const bench = new Bench();
        let seenBy = 0;
        for (const step of steps) {
          if (step === 'ask') {
            seenBy = bench.begun.length + (bench.running > 0 ? 1 : 0);
            bench.driver.run(A).catch(() => undefined);
          } else if (step === 'end') await bench.end();
          // The caller gets the error, and requests another pass.
          else if (bench.running > 0) {
            await bench.end(new Error('broken'));
            seenBy = 0;
          }
          expect(bench.running).toBeLessThanOrEqual(1);
        }
        while (bench.running > 0) await bench.end();
        expect(bench.begun.length).toBeGreaterThanOrEqual(seenBy);
      }),
      { numRuns: 100 },
    );
  });
});

describe('the next pass', () => {
  test.each<{ name: string; result: PassResult; asked: [string, number | undefined][] }>([
    { name: 'is asked for at once where this one came to nothing', result: REPEAT, asked: [[A, undefined]] },
    { name: 'is asked for ahead of its time', result: done(5_000), asked: [[A, 5_000]] },
    { name: 'up to a quarter of an hour', result: done(15 * MINUTE), asked: [[A, 15 * MINUTE]] },
    { name: 'and left to the sweep beyond', result: done(15 * MINUTE + 1), asked: [] },
    { name: 'is asked for now where its time is over', result: done(-1), asked: [[A, 0]] },
    { name: 'is not asked for where only a change can bring it', result: done(Number.POSITIVE_INFINITY), asked: [] },
  ])('$name', async ({ result, asked }) => {
    const bench = new Bench();
    expect(await bench.pass(result)).toBe('done');
    expect(bench.requested).toEqual(asked);
  });

  test('is asked for also where something went wrong, which is then a failure', async () => {
    const bench = new Bench();
    expect(await bench.pass(done(5_000, [new Error('first'), new Error('second')]))).toBe('first');
    expect(bench.requested).toEqual([[A, 5_000]]);
  });
});

describe('an app whose passes fail', () => {
  const broken = new Error('broken');

  test('is quarantined from the fifth failure on: the request counts as done, and another is there for its end', async () => {
    const bench = new Bench({ quarantineMaxMs: 5 * MINUTE });
    for (let failure = 0; failure < 4; failure += 1) expect(await bench.pass(broken)).toBe('broken');
    expect([bench.reports, bench.requested]).toEqual([[], []]);
    expect(await bench.pass(broken)).toBe('done');
    expect(bench.reports).toEqual([`${A}: in quarantine for 30 s: its passes fail: broken`]);
    expect(bench.requested).toEqual([[A, 30_000]]);
    bench.nowMs = 10_000;
    await bench.driver.run(A);
    expect([bench.begun.length, bench.requested.at(-1)]).toEqual([5, [A, 20_000]]);
    bench.nowMs = 30_000;
    expect(await bench.pass(done(Number.POSITIVE_INFINITY))).toBe('done');
    expect(await bench.pass(broken)).toBe('broken');
  });

  test('is in the failure log, and leaves it with the first pass that succeeds', async () => {
    const bench = new Bench({ quarantineMaxMs: 5 * MINUTE });
    expect(await bench.pass(done(0))).toBe('done');
    expect(bench.log).toEqual([]);
    for (let failure = 0; failure < 5; failure += 1) await bench.pass(broken);
    bench.nowMs = 30_000;
    for (let pass = 0; pass < 2; pass += 1) await bench.pass(done(0));
    expect(bench.log).toEqual([
      ...Array.from({ length: 4 }, () => `test ${A} failed undefined`),
      `test ${A} failed 30000`,
      `test ${A} recovered`,
    ]);
  });

  test('is never left alone where that would only delay it', async () => {
    const bench = new Bench();
    for (let failure = 0; failure < 10; failure += 1) expect(await bench.pass(broken)).toBe('broken');
    expect([bench.reports, bench.requested]).toEqual([[], []]);
  });
});

describe('what is due is done in this process', () => {
  test('16 apps at a time, and one that fails is reported and stops no other', async () => {
    const bench = new Bench();
    bench.due = Array.from({ length: 20 }, (_, index) => ({ partition: `app-${index}`, sort: 'mark' }));
    const all = bench.driver.runDue(9);
    await new Promise((resolve) => setImmediate(resolve));
    expect(bench.running).toBe(16);
    await bench.end(new Error('broken'));
    expect(bench.reports).toEqual(['app-0: a pass failed: broken']);
    while (bench.running > 0) await bench.end();
    await all;
    expect(bench.begun).toHaveLength(20);
    expect(bench.contexts[0]).toEqual({ deadlineMs: 9, due: [{ partition: 'app-0', sort: 'mark' }] });
  });
});
