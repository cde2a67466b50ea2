import { lazy, lazyPort } from '../../lambdas/lazy.ts';

class Counter {
  #count = 0;

  add(by: number): number {
    this.#count += by;
    return this.#count;
  }

  async later(by: number): Promise<number> {
    if (by < 0) throw new RangeError('less than nothing');
    return this.add(by);
  }
}

test('a client is made when it is first used, and is one for ever', () => {
  let made = 0;
  const counter = lazy(() => {
    made += 1;
    return new Counter();
  });
  expect(made).toBe(0);
  expect([counter.add(2), counter.add(3), made]).toEqual([2, 5, 1]);
});

describe('a port whose code is loaded later', () => {
  let opened: number;
  const port = () =>
    lazyPort<Pick<Counter, 'later'>>(async () => {
      opened += 1;
      return new Counter();
    });
  beforeEach(() => {
    opened = 0;
  });

  it('is opened by the first call, also by several at once', async () => {
    const counter = port();
    expect(opened).toBe(0);
    expect(await Promise.all([counter.later(1), counter.later(2)])).toEqual([1, 3]);
    expect(await counter.later(3)).toBe(6);
    expect(opened).toBe(1);
  });

  it('fails as what is behind it does, and goes on', async () => {
    const counter = port();
    await expect(counter.later(-1)).rejects.toThrow(new RangeError('less than nothing'));
    expect(await counter.later(1)).toBe(1);
  });

  it('may be the value of a promise without being taken for one', async () => {
    const counter = port();
    expect(await Promise.resolve(counter)).toBe(counter);
    expect(opened).toBe(0);
  });
});
