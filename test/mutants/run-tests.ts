import { getState, resetState } from 'jest-circus';

/** The structure in which jest-circus keeps `describe`, `test` and hooks; its own `run` can neither repeat nor abandon a test. */
interface Block {
  readonly type: 'describeBlock';
  readonly name: string;
  readonly mode?: string;
  readonly parent?: Block;
  readonly children: readonly (Block | Test)[];
  readonly hooks: readonly { readonly type: string; readonly fn: (this: unknown) => unknown }[];
}

interface Test {
  readonly type: 'test';
  readonly name: string;
  readonly mode?: string;
  readonly fn: ((this: unknown) => unknown) | undefined;
  readonly parent: Block;
}

/** One test of a file; `key` distinguishes it from others of its name. */
export interface Found {
  readonly key: string;
  readonly test: Test;
}

/** Everything that `evaluate`, which loads a test file, has declared. */
export function collect(evaluate: () => void): { root: Block; found: readonly Found[] } {
  resetState();
  evaluate();
  const root = getState().rootDescribeBlock as unknown as Block;
  const counts = new Map<string, number>();
  const found: Found[] = [];
  const visit = (block: Block, path: readonly string[]): void => {
    for (const child of block.children) {
      const name = [...path, child.name];
      if (child.type === 'describeBlock') visit(child, name);
      else if (child.mode !== 'skip' && child.mode !== 'todo' && child.parent.mode !== 'skip') {
        const full = name.join(' > ');
        const count = (counts.get(full) ?? 0) + 1;
        counts.set(full, count);
        found.push({ key: count === 1 ? full : `${full} #${count}`, test: child });
      }
    }
  };
  visit(root, []);
  return { root, found };
}

export interface TestRun {
  readonly key: string;
  readonly ms: number;
  /** Undefined: it passed. */
  readonly failure?: string;
  readonly timedOut?: true;
}

export interface RunTests {
  readonly root: Block;
  readonly selected: readonly Found[];
  /** Called before each test, and before hooks of several tests. */
  readonly onBegin: (keys: readonly string[]) => void;
  readonly limitMsOf: (key: string) => number;
  /** Stop after the first failure; after-hooks still run. */
  readonly bail: boolean;
}

/** For hooks alone; tests have their own limits. */
const HOOK_LIMIT_MS = 20_000;

class TimedOut extends Error {}

/** The real ones: a test may replace them. */
const { setTimeout: startTimer, clearTimeout: stopTimer } = globalThis;
const nowMs = performance.now.bind(performance);

async function within(limitMs: number, work: () => unknown): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = startTimer(() => reject(new TimedOut(`not ended after ${limitMs} ms`)), limitMs);
  });
  try {
    await Promise.race([Promise.resolve().then(work), limit]);
  } finally {
    stopTimer(timer);
  }
}

export async function runTests({ root, selected, onBegin, limitMsOf, bail }: RunTests): Promise<readonly TestRun[]> {
  const byTest = new Map(selected.map(({ key, test }) => [test, key]));
  const runs: TestRun[] = [];
  let stopped = false;

  const failed = (key: string, startMs: number, error: unknown): void => {
    const failure = error instanceof Error ? (error.message ?? String(error)) : String(error);
    const timedOut = error instanceof TimedOut ? { timedOut: true as const } : {};
    runs.push({ key, ms: nowMs() - startMs, failure, ...timedOut });
    if (bail) stopped = true;
  };
  const hooks = (block: Block, type: string) => block.hooks.filter((hook) => hook.type === type);
  const lineage = (block: Block | undefined): readonly Block[] =>
    block === undefined ? [] : [...lineage(block.parent), block];
  const tests = (block: Block): readonly Test[] =>
    block.children
      .flatMap((child) => (child.type === 'test' ? [child] : tests(child)))
      .filter((test) => byTest.has(test));

  const runTest = async (test: Test, key: string): Promise<void> => {
    onBegin([key]);
    const context = {};
    const startMs = nowMs();
    const limitMs = limitMsOf(key);
    const blocks = lineage(test.parent);
    let error: { readonly thrown: unknown } | undefined;
    try {
      for (const block of blocks)
        for (const { fn } of hooks(block, 'beforeEach')) await within(limitMs, () => fn.call(context));
      await within(limitMs, () => test.fn?.call(context));
    } catch (thrown) {
      error = { thrown };
    }
    for (const block of [...blocks].reverse())
      for (const { fn } of hooks(block, 'afterEach'))
        await within(HOOK_LIMIT_MS, () => fn.call(context)).catch((thrown) => {
          error ??= { thrown };
        });
    if (error === undefined) runs.push({ key, ms: nowMs() - startMs });
    else failed(key, startMs, error.thrown);
  };

  const runBlock = async (block: Block): Promise<void> => {
    const keys = tests(block).map((test) => byTest.get(test) as string);
    const [first] = keys;
    if (first === undefined || stopped) return;
    const startMs = nowMs();
    try {
      for (const { fn } of hooks(block, 'beforeAll')) {
        onBegin(keys);
        await within(HOOK_LIMIT_MS, () => fn.call({}));
      }
      for (const child of block.children) {
        if (stopped) break;
        if (child.type === 'describeBlock') await runBlock(child);
        else if (byTest.has(child)) await runTest(child, byTest.get(child) as string);
      }
    } catch (thrown) {
      failed(first, startMs, thrown);
    }
    for (const { fn } of hooks(block, 'afterAll'))
      await within(HOOK_LIMIT_MS, () => fn.call({})).catch((thrown) => failed(first, startMs, thrown));
  };

  await runBlock(root);
  return runs;
}
