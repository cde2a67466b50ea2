import { type MutantRunOptions, type MutantRunResult, MutantRunStatus } from '@stryker-mutator/api/test-runner';
import { namespace } from './coverage.ts';
import { ModuleRegistry } from './module-registry.ts';
import { type Plan, readPlan } from './plan.ts';
import { collect, runTests } from './run-tests.ts';
import { type Selected, selectTests } from './select-tests.ts';

/** A test hangs if it takes this much longer than in the dry run. The constant part is for a machine that is busy. */
const LIMIT_MS = 3_000;
const LIMIT_FACTOR = 5;
/**
 * The time limit of the tests for one mutant, by the dry run's times. A mutant that none of these tests catches counts as
 * survived, and the number of slower tests is reported: a score is never better because tests were not run.
 */
const TESTS_MS_MAX = 20_000;

interface Failure {
  readonly key: string;
  readonly text: string;
  readonly timedOut: boolean;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * Runs the tests that cover a mutant, the quickest files first, until one fails. A failure counts only if the same test passes
 * without the mutant: what an earlier mutant left behind in this process must not catch a later one.
 */
export class MutantRuns {
  readonly #plan: Plan = readPlan();
  readonly #atLoad = new Set(this.#plan.atLoad);
  readonly #warm = new ModuleRegistry((_, evaluate) => evaluate());
  /** Test files that pass only once with the same loaded modules. */
  readonly #unrepeatable = new Set<string>();
  #runs = 0;
  /** A test that timed out may still be running: nothing more is run here. */
  #isSpoilt = false;
  #late: string | undefined;

  constructor() {
    const late = (error: unknown) => {
      this.#late ??= messageOf(error);
    };
    process.on('uncaughtException', late);
    process.on('unhandledRejection', late);
  }

  async run({ activeMutant: { id }, testFilter = [], hitLimit }: MutantRunOptions): Promise<MutantRunResult> {
    // StrykerJS starts another process and asks again.
    if (this.#isSpoilt) process.exit(1);
    this.#runs += 1;
    const context = namespace();
    context.hitCount = 0;
    if (hitLimit !== undefined) context.hitLimit = hitLimit;
    const all = selectTests(testFilter, (test) => this.#plan.msByTest[test] ?? 0, TESTS_MS_MAX);
    for (const selected of all) {
      const failure = await this.#failureOf(selected, id);
      if (failure === 'untold')
        return { status: MutantRunStatus.Error, errorMessage: `${selected.file} fails without it` };
      if (failure === undefined) continue;
      const test = `${selected.file} > ${failure.key}`;
      if (failure.timedOut) return { status: MutantRunStatus.Timeout, reason: `${test}: ${failure.text}` };
      return { status: MutantRunStatus.Killed, killedBy: [test], failureMessage: failure.text, nrOfTests: 1 };
    }
    return { status: MutantRunStatus.Survived, nrOfTests: all.reduce((count, { keys }) => count + keys.size, 0) };
  }

  #msOf(file: string, key: string): number {
    return this.#plan.msByTest[`${file} > ${key}`] ?? 0;
  }

  async #failureOf({ file, keys }: Selected, id: string): Promise<Failure | 'untold' | undefined> {
    if (!this.#atLoad.has(id) && !this.#unrepeatable.has(file)) {
      const failure = await this.#runFile(this.#warm, file, keys, id);
      if (failure === undefined || failure.timedOut) return failure;
      if ((await this.#runFile(this.#warm, file, new Set([failure.key]))) === undefined) return failure;
      this.#unrepeatable.add(file);
    }
    const fresh = () => new ModuleRegistry((_, evaluate) => evaluate());
    const failure = await this.#runFile(fresh(), file, keys, id);
    if (failure === undefined || failure.timedOut) return failure;
    if ((await this.#runFile(fresh(), file, new Set([failure.key]))) === undefined) return failure;
    if (this.#runs > 1) process.exit(1);
    return 'untold';
  }

  /** The first failure, if any. Without a mutant: the unchanged tests; without a key: all of them. */
  async #runFile(
    modules: ModuleRegistry,
    file: string,
    keys: ReadonlySet<string>,
    id?: string,
  ): Promise<Failure | undefined> {
    this.#late = undefined;
    if (modules === this.#warm) {
      // What the test file imports is loaded without a mutant and kept; the test file itself is loaded anew each time.
      modules.load(file);
      modules.forget(file);
    }
    activate(id);
    try {
      const { root, found } = collect(() => modules.load(file));
      const selected = found.filter(({ key }) => keys.has(key));
      if (selected.length < keys.size && !keys.has('')) return { key: '', text: 'a test is gone', timedOut: false };
      const limitMsOf = (key: string) => LIMIT_MS + LIMIT_FACTOR * this.#msOf(file, key);
      const runs = await runTests({ root, selected, onBegin: () => undefined, limitMsOf, bail: true });
      const failed = runs.find(({ failure }) => failure !== undefined);
      if (failed?.timedOut) this.#isSpoilt = true;
      if (failed !== undefined)
        return { key: failed.key, text: failed.failure ?? '', timedOut: failed.timedOut ?? false };
      // Of work that no test awaits.
      return this.#late === undefined ? undefined : { key: '', text: this.#late, timedOut: false };
    } catch (error) {
      return { key: '', text: messageOf(error), timedOut: false };
    } finally {
      activate(undefined);
    }
  }
}

/** In this process, and in programs of the product that tests start. */
function activate(id: string | undefined): void {
  const context = namespace();
  if (id === undefined) {
    delete context.activeMutant;
    delete process.env.__STRYKER_ACTIVE_MUTANT__;
  } else {
    context.activeMutant = id;
    process.env.__STRYKER_ACTIVE_MUTANT__ = id;
  }
}
