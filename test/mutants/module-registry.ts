import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, resolve } from 'node:path';
import { Script } from 'node:vm';
import { transformSync } from '@swc/core';
import type fastCheck from 'fast-check';

type Wrapper = (
  exports: unknown,
  require: (specifier: string) => unknown,
  module: { exports: unknown },
  filename: string,
  directory: string,
) => void;

/** Runs of a property per mutant that it covers. Anything rarer than one case in this many counts as not caught. */
const PROPERTY_RUNS_MAX = 30;

let fewer: object | undefined;
function fewerRuns(real: typeof fastCheck): object {
  if (fewer !== undefined) return fewer;
  const assert = (property: Parameters<typeof real.assert>[0], parameters: { numRuns?: number } = {}) =>
    real.assert(property as never, {
      ...parameters,
      numRuns: Math.min(parameters.numRuns ?? PROPERTY_RUNS_MAX, PROPERTY_RUNS_MAX),
      // Only the failure counts.
      endOnFailure: true,
    });
  const all = { ...real, assert };
  fewer = { __esModule: true, ...all, default: all };
  return fewer;
}

/** Compiled once per process, for all runs. */
const compiled = new Map<string, Wrapper>();

function compile(file: string): Wrapper {
  const known = compiled.get(file);
  if (known !== undefined) return known;
  const { code } = transformSync(readFileSync(file, 'utf8'), {
    filename: file,
    // As in jest.config.cjs.
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'commonjs' },
    sourceMaps: 'inline',
  });
  const script = new Script(`(function (exports, require, module, __filename, __dirname) {${code}\n})`, {
    filename: file,
  });
  const wrapper = script.runInThisContext() as Wrapper;
  compiled.set(file, wrapper);
  return wrapper;
}

/**
 * One program's TypeScript modules, loaded like jest does, but without their own context. Each module records which others it
 * imports, and `onLoad` brackets its evaluation.
 */
export class ModuleRegistry {
  readonly #modules = new Map<string, { exports: unknown }>();
  readonly #imports = new Map<string, Set<string>>();
  readonly #native = createRequire(resolve('package.json'));
  readonly #onLoad: (file: string, evaluate: () => void) => void;

  constructor(onLoad: (file: string, evaluate: () => void) => void) {
    this.#onLoad = onLoad;
  }

  load(file: string): unknown {
    const known = this.#modules.get(file);
    if (known !== undefined) return known.exports;
    const module = { exports: {} as unknown };
    this.#modules.set(file, module);
    const imports = new Set<string>();
    this.#imports.set(file, imports);
    const wrapper = compile(file);
    const evaluate = () =>
      wrapper(module.exports, (specifier) => this.#require(file, imports, specifier), module, file, dirname(file));
    try {
      this.#onLoad(file, evaluate);
    } catch (error) {
      this.#modules.delete(file);
      throw error;
    }
    return module.exports;
  }

  /** The next `load` evaluates only this module again. */
  forget(file: string): void {
    this.#modules.delete(file);
  }

  /** The module itself and everything that it imports. */
  reached(file: string): ReadonlySet<string> {
    const reached = new Set([file]);
    for (const each of reached) for (const imported of this.#imports.get(each) ?? []) reached.add(imported);
    return reached;
  }

  #require(from: string, imports: Set<string>, specifier: string): unknown {
    // As moduleNameMapper in jest.config.cjs.
    if (specifier === 'fast-check') return fewerRuns(this.#native('./test/fast-check.cjs') as typeof fastCheck);
    if (!specifier.startsWith('.')) return this.#native(specifier);
    const file = resolve(dirname(from), specifier);
    if (extname(file) !== '.ts') return this.#native(file);
    imports.add(file);
    return this.load(file);
  }
}
