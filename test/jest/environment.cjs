const { AsyncLocalStorage } = require('node:async_hooks');
const { ModernFakeTimers } = require('@jest/fake-timers');
const { ModuleMocker } = require('jest-mock');

/**
 * jest makes one for each test file and never disables it. Node 20 hands each promise on to every one that is enabled: after
 * a hundred files that is a fifth of all processor time.
 */
const storages = new Set();
const { run } = AsyncLocalStorage.prototype;
AsyncLocalStorage.prototype.run = function runAndNote(...words) {
  storages.add(this);
  return run.apply(this, words);
};

/**
 * Test files run in the realm of their process, as the product does, and not in a vm context each: modules can then be
 * kept from one file to the next (./runtime.cjs), which is most of what a file costs. What a file sets on `process.env`
 * or on `globalThis` is taken back behind it.
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
    // Of the realm itself they would fake the modules of Node too, by which tests wait for sockets and files.
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
