import fc from 'fast-check';
import type { Due, Expectation, ListQuery, Store, Write } from '../../core/ports/store.ts';

interface ModelItem {
  readonly partition: string;
  readonly sort: string;
  readonly version: number;
  readonly value: unknown;
  readonly due: Due | undefined;
}

interface Model {
  items: Map<string, ModelItem>;
}

type StoreCommand = fc.AsyncCommand<Model, Store>;

const id = (key: { partition: string; sort: string }) => JSON.stringify([key.partition, key.sort]);
const bytes = (left: string, right: string) => Buffer.compare(Buffer.from(left), Buffer.from(right));
const visible = ({ partition, sort, version, value }: ModelItem) => ({ partition, sort, version, value });

class Transact implements StoreCommand {
  readonly #writes: readonly Write[];

  constructor(writes: readonly Write[]) {
    this.#writes = writes;
  }

  check(): boolean {
    return true;
  }

  async run(model: Model, store: Store): Promise<void> {
    const next = new Map(model.items);
    const conflicts: number[] = [];
    for (const [index, write] of this.#writes.entries()) {
      const current = model.items.get(id(write.key));
      const { expect } = write;
      const holds = expect === 'any' || (expect === 'absent' ? current === undefined : current?.version === expect);
      if (!holds) conflicts.push(index);
      if (write.kind === 'delete') next.delete(id(write.key));
      if (write.kind === 'put') {
        const version = (current?.version ?? 0) + 1;
        next.set(id(write.key), { ...write.key, version, value: write.value, due: write.due });
      }
    }
    if (conflicts.length === 0) model.items = next;
    expect(await store.transact(this.#writes)).toEqual(
      conflicts.length === 0 ? { ok: true } : { ok: false, conflicts },
    );
  }

  toString(): string {
    return `transact(${JSON.stringify(this.#writes)})`;
  }
}

class Get implements StoreCommand {
  readonly #key: { partition: string; sort: string };

  constructor(key: { partition: string; sort: string }) {
    this.#key = key;
  }

  check(): boolean {
    return true;
  }

  async run(model: Model, store: Store): Promise<void> {
    const item = model.items.get(id(this.#key));
    expect(await store.get(this.#key)).toEqual(item && visible(item));
  }

  toString(): string {
    return `get(${id(this.#key)})`;
  }
}

class List implements StoreCommand {
  readonly #query: ListQuery;

  constructor(query: ListQuery) {
    this.#query = query;
  }

  check(): boolean {
    return true;
  }

  async run(model: Model, store: Store): Promise<void> {
    const { partition, prefix, after, limit, order } = this.#query;
    const direction = order === 'desc' ? -1 : 1;
    const items = [...model.items.values()]
      .filter((item) => item.partition === partition && item.sort.startsWith(prefix))
      .filter((item) => after === undefined || bytes(item.sort, after) * direction > 0)
      .sort((left, right) => bytes(left.sort, right.sort) * direction)
      .slice(0, limit);
    expect(await store.list(this.#query)).toEqual(items.map(visible));
  }

  toString(): string {
    return `list(${JSON.stringify(this.#query)})`;
  }
}

class LookDue implements StoreCommand {
  readonly #beforeMs: number;

  constructor(beforeMs: number) {
    this.#beforeMs = beforeMs;
  }

  check(): boolean {
    return true;
  }

  async run(model: Model, store: Store): Promise<void> {
    const expected = [...model.items.values()].filter(
      (item) => item.due?.queue === 'm' && item.due.atMs <= this.#beforeMs,
    );
    const found = await store.due('m', this.#beforeMs, 1_000);
    const times = found.map((item) => model.items.get(id(item))?.due?.atMs ?? Number.NaN);
    expect([...times].sort((left, right) => left - right)).toEqual(times);
    expect(new Set(found.map(id))).toEqual(new Set(expected.map(id)));
  }

  toString(): string {
    return `due(${this.#beforeMs})`;
  }
}

/** Few and similar keys, so that writes collide; some sort differently in UTF-16 and UTF-8. */
const sort = fc.constantFrom('', 'a', 'a#1', 'a#10', 'a#2', 'ab', 'b', '\ud7ff', '\uffff', '\u{1f680}');
const key = fc.record({ partition: fc.constantFrom('p', 'p#1'), sort });
const expectation: fc.Arbitrary<Expectation> = fc.oneof(
  fc.constantFrom('absent', 'any'),
  fc.integer({ min: 1, max: 4 }),
);
const due = fc.option(fc.record({ queue: fc.constantFrom('m', 'n'), atMs: fc.integer({ min: 0, max: 9 }) }));
const write: fc.Arbitrary<Write> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .record({ key, value: fc.jsonValue(), expect: expectation, due })
      .map(({ due: at, ...rest }): Write => ({ kind: 'put', ...rest, ...(at === null ? {} : { due: at }) })),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('delete', 'check'), key, expect: expectation }) },
);
const query = fc.record(
  {
    partition: fc.constantFrom('p', 'p#1', 'none'),
    prefix: sort,
    after: sort,
    limit: fc.integer({ min: 1, max: 5 }),
    order: fc.constantFrom('asc', 'desc'),
  },
  { requiredKeys: ['partition', 'prefix'] },
);

export const storeCommands = fc.commands(
  [
    fc.uniqueArray(write, { selector: (one) => id(one.key), maxLength: 5 }).map((writes) => new Transact(writes)),
    key.map((one) => new Get(one)),
    query.map((one) => new List(one as ListQuery)),
    fc.integer({ min: 0, max: 9 }).map((beforeMs) => new LookDue(beforeMs)),
  ],
  { maxCommands: 40 },
);
