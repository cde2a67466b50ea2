import { fileURLToPath } from 'node:url';
import type { MutantResult, PartialStrykerOptions } from '@stryker-mutator/api/core';
import { Stryker } from '@stryker-mutator/core';
import type { Sample } from './sample.ts';
import type { WarmOptions } from './warm-runner.ts';

export interface Measurement {
  readonly mutated: readonly string[];
  readonly testFiles: readonly string[];
  readonly sample: Sample;
  readonly workers: number;
  readonly log: string;
}

/** Returns each mutant of the files with its result. Works in a copy of the project below `.cache`. */
export function measure({ mutated, testFiles, sample, workers, log }: Measurement): Promise<readonly MutantResult[]> {
  const options: PartialStrykerOptions & WarmOptions = {
    testRunner: 'warm',
    warm: { testFiles, sample },
    plugins: [fileURLToPath(new URL('./warm-runner.ts', import.meta.url))],
    testRunnerNodeArgs: ['--import', 'tsx'],
    mutate: [...mutated],
    concurrency: workers,
    coverageAnalysis: 'perTest',
    reporters: [],
    tempDirName: '.cache/mutants',
    ignorePatterns: ['.cache', '.dynoform', 'cdk.out'],
    // Sockets and timers that a broken test has left end with the process.
    maxTestRunnerReuse: 400,
    // Tests have their own limits (mutant-run.ts); this one is for endless loops.
    timeoutMS: 30_000,
    dryRunTimeoutMinutes: 20,
    disableTypeChecks: false,
    allowConsoleColors: false,
    warnings: false,
    logLevel: log as NonNullable<PartialStrykerOptions['logLevel']>,
  };
  return new Stryker(options).runMutationTest();
}
