const { AsyncLocalStorage } = require('node:async_hooks');
const { ModernFakeTimers } = require('@jest/fake-timers');
const { ModuleMocker } = require('jest-mock');

/**
 * jest makes one for each test file and never disables it. Node 20 passes each promise to every enabled one: after a hundred
 * files that takes a fifth of all processor time.
 */
const storages = new Set();
const { run } = AsyncLocalStorage.prototype;
AsyncLocalStorage.prototype.run = function runAndNote(...words) {
  storages.add(this);
  return run.apply(this, words);
};

/**
 * Test files run in the realm of their process, as the product does, instead of each in a vm context: modules can then be kept
 * from one file to the next (./runtime.cjs), which are most of a file's cost. Changes of a file to `process.env` or
 * `globalThis` are undone after it.
 */
class SameRealm {
  global = globalThis;
  moduleMocker = new ModuleMocker(globalThis);
  fakeTimers = null;
  fakeTimersModern;
  #env = { ...process.env };
  #exit = process.exit;
  #globals = Object.getOwnPropertyDescriptors(globalThis);

  constructor({ projectConfig }) {
    // In the realm itself they would also fake the timers of Node's modules, by which tests wait for sockets and files.
    const global = new Proxy(globalThis, {});
    this.fakeTimersModern = new ModernFakeTimers({ config: projectConfig, global });
  }

  async setup() {}

  async teardown() {
    this.fakeTimersModern.dispose();
    for (const storage of storages) storage.disable();
    storages.clear();
    process.exit = this.#exit;
    for (const name of Object.keys(process.env)) if (!(name in this.#env)) delete process.env[name];
    Object.assign(process.env, this.#env);
    for (const name of Reflect.ownKeys(globalThis)) {
      if (!(name in this.#globals)) Reflect.deleteProperty(globalThis, name);
    }
    Object.defineProperties(globalThis, this.#globals);
  }

  exportConditions() {
    return ['node', 'node-addons'];
  }

  /** ./runtime.cjs compiles for this realm. */
  getVmContext() {
    return undefined;
  }
}

module.exports = SameRealm;
