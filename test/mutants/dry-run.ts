import type { CoverageData } from '@stryker-mutator/api/core';
import { type DryRunResult, DryRunStatus, type TestResult, TestStatus } from '@stryker-mutator/api/test-runner';
import { Coverage, sum } from './coverage.ts';
import { ModuleRegistry } from './module-registry.ts';
import { writePlan } from './plan.ts';
import { collect, type Found, runTests, type TestRun } from './run-tests.ts';

/** No mutants are active here; a test that hangs here also hangs in jest. */
const LIMIT_MS = 120_000;

const testId = (file: string, key: string): string => `${file} > ${key}`;
const loading = (file: string): string => `load ${file}`;

/** Runs each test file once, without a mutant, and records which mutants each of its tests covers. */
export class DryRun {
  readonly #coverage = new Coverage();
  readonly #modules = new ModuleRegistry((file, evaluate) => this.#coverage.during(loading(file), evaluate));
  readonly #hooks = new Map<string, { readonly work: string; readonly ids: readonly string[] }>();
  readonly #tests: TestResult[] = [];
  readonly #perTest: Record<string, CoverageData> = {};
  readonly #atLoad = new Set<string>();

  async run(files: readonly string[]): Promise<DryRunResult> {
    const failures: string[] = [];
    for (const file of files) failures.push(...(await this.#runFile(file)));
    if (failures.length > 0) return { status: DryRunStatus.Error, errorMessage: failures.join('\n') };
    writePlan({
      atLoad: [...this.#atLoad],
      msByTest: Object.fromEntries(this.#tests.map(({ id, timeSpentMs }) => [id, timeSpentMs])),
    });
    return {
      status: DryRunStatus.Complete,
      tests: this.#tests,
      mutantCoverage: { static: {}, perTest: this.#perTest },
    };
  }

  /** Returns the failures. */
  async #runFile(file: string): Promise<readonly string[]> {
    const { root, found } = collect(() => this.#modules.load(file));
    const runs = await runTests({
      root,
      selected: found,
      onBegin: (keys) => this.#coverage.begin(this.#workOf(keys.map((key) => testId(file, key)))),
      limitMsOf: () => LIMIT_MS,
      bail: false,
    });
    this.#note(file, found, runs);
    return runs.flatMap(({ key, failure }) => (failure === undefined ? [] : [`${testId(file, key)}: ${failure}`]));
  }

  #workOf(ids: readonly string[]): string {
    const [first = ''] = ids;
    if (ids.length === 1) return first;
    const work = `set-up ${ids.length} ${first}`;
    this.#hooks.set(work, { work, ids });
    return work;
  }

  #note(file: string, found: readonly Found[], runs: readonly TestRun[]): void {
    const msByKey = new Map(runs.map(({ key, ms }) => [key, ms]));
    const ids = found.map(({ key }) => testId(file, key));
    const modules = [...this.#modules.reached(file)];
    const loads = sum(modules.map((module) => this.#coverage.of(loading(module))));
    for (const module of modules)
      if (module !== file) for (const id of Object.keys(this.#coverage.of(loading(module)))) this.#atLoad.add(id);
    for (const [index, { key }] of found.entries()) {
      const id = ids[index] as string;
      const hooks = [...this.#hooks.values()].filter((hook) => hook.ids.includes(id));
      this.#perTest[id] = sum([loads, this.#coverage.of(id), ...hooks.map(({ work }) => this.#coverage.of(work))]);
      this.#tests.push({
        id,
        name: id,
        fileName: file,
        status: TestStatus.Success,
        timeSpentMs: Math.ceil(msByKey.get(key) ?? 0),
      });
    }
  }
}
