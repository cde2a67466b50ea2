const { compileFunction } = require('node:vm');
const { default: Runtime } = require('jest-runtime');

const PACKAGE = /\/node_modules\//;
/** Contains the tests of one file. */
const FRAMEWORK = /\/node_modules\/jest-circus\//;

/** By file; a worker reads and compiles each once. */
const transformed = new Map();
const compiled = new Map();

/**
 * jest's runtime loads everything again for each test file, including packages and the test framework. Here Node loads packages
 * once per worker. The project's own modules are evaluated for each file, but transformed and compiled once.
 */
class KeepingRuntime extends Runtime {
  constructor(config, environment, resolver, transformer, ...more) {
    super(config, environment, resolver, keeping(transformer), ...more);
    this.executor.compile = (source, filename) => this.#compile(source, filename);
  }

  requireModule(from, name, options, isRequireActual) {
    if (name !== undefined && this._resolution.isCoreModule(name)) return super.requireModule(from, name, options);
    const path = name === undefined ? from : this._resolution.resolveCjs(from, name);
    if (PACKAGE.test(path) && !FRAMEWORK.test(path)) return require(path);
    return super.requireModule(from, name, options, isRequireActual);
  }

  #compile(source, filename) {
    const kept = compiled.get(filename);
    if (kept?.source === source) return kept.run;
    const run = compileFunction(source, this.executor.injectedModuleParameters, { filename });
    compiled.set(filename, { source, run });
    return run;
  }
}

function keeping(transformer) {
  const transform = (filename, options, source) => {
    const kept = transformed.get(filename);
    if (kept?.source === source && !options.collectCoverage) return kept.result;
    const result = transformer.transform(filename, options, source);
    transformed.set(filename, { source, result });
    return result;
  };
  return Object.create(transformer, { transform: { value: transform } });
}

module.exports = { default: KeepingRuntime, __esModule: true };
