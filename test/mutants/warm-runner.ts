import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ModernFakeTimers } from '@jest/fake-timers';
import type { StrykerOptions } from '@stryker-mutator/api/core';
import { commonTokens, declareClassPlugin, PluginKind, tokens } from '@stryker-mutator/api/plugin';
import {
  type DryRunResult,
  type MutantRunOptions,
  type MutantRunResult,
  MutantRunStatus,
  type TestRunner,
} from '@stryker-mutator/api/test-runner';
import { expect } from 'expect';
import * as circus from 'jest-circus';
import { ModuleMocker } from 'jest-mock';
import { DryRun } from './dry-run.ts';
import { guardKill } from './guarded-kill.ts';
import { MutantRuns } from './mutant-run.ts';
import { giveOwnRepository } from './own-repository.ts';
import { isDrawn, NOT_DRAWN, type Sample } from './sample.ts';

/** The part of `jest` that tests of the product use. The runner has its own limits. */
function jestOf() {
  const mocker = new ModuleMocker(globalThis);
  // As in test/jest/environment.cjs: in the realm itself they would also fake the timers of Node's modules.
  const timers = new ModernFakeTimers({
    config: { fakeTimers: {}, rootDir: process.cwd() } as never,
    global: new Proxy(globalThis, {}),
  });
  return {
    setTimeout: () => undefined,
    fn: mocker.fn.bind(mocker),
    useFakeTimers: (config?: Parameters<ModernFakeTimers['useFakeTimers']>[0]) => timers.useFakeTimers(config),
    useRealTimers: () => timers.useRealTimers(),
    advanceTimersByTime: (ms: number) => timers.advanceTimersByTime(ms),
    runAllTimers: () => timers.runAllTimers(),
  };
}

/** What run.ts passes to the runner among StrykerJS's options. */
export interface WarmOptions {
  readonly warm: { readonly testFiles: readonly string[]; readonly sample: Sample };
}

/**
 * A StrykerJS test runner that keeps the product's modules loaded: StrykerJS's own runner for jest restarts jest for each
 * mutant, which took seconds each (docs/decisions/0026).
 */
class WarmRunner implements TestRunner {
  static readonly inject = tokens(commonTokens.options);

  readonly #testFiles: readonly string[];
  readonly #sample: Sample;
  #mutantRuns: MutantRuns | undefined;

  constructor(options: StrykerOptions) {
    const { testFiles, sample } = (options as StrykerOptions & WarmOptions).warm;
    this.#testFiles = testFiles;
    this.#sample = sample;
  }

  capabilities() {
    return { reloadEnvironment: true };
  }

  async init(): Promise<void> {
    const temporary = mkdtempSync(join(realpathSync(tmpdir()), 'jest-'));
    process.env.TMPDIR = temporary;
    guardKill(temporary);
    // A mutant of code that runs git may lose the repository's path: git then uses this directory's, not the project's.
    giveOwnRepository('.');
    // Also when the process is abandoned (mutant-run.ts).
    process.on('exit', () => rmSync(temporary, { recursive: true, force: true, maxRetries: 5 }));
    const { describe, test, it, beforeAll, beforeEach, afterAll, afterEach } = circus;
    Object.assign(globalThis, {
      describe,
      test,
      it,
      beforeAll,
      beforeEach,
      afterAll,
      afterEach,
      expect,
      jest: jestOf(),
    });
  }

  async dryRun(): Promise<DryRunResult> {
    return new DryRun().run(this.#testFiles.map((file) => resolve(file)));
  }

  async mutantRun(options: MutantRunOptions): Promise<MutantRunResult> {
    if (!isDrawn(options.activeMutant, this.#sample)) return { status: MutantRunStatus.Error, errorMessage: NOT_DRAWN };
    this.#mutantRuns ??= new MutantRuns();
    return this.#mutantRuns.run(options);
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'warm', WarmRunner)];
