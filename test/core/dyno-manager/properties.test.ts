import fc from 'fast-check';
import type { HostFault, StartResult } from '../../../core/ports/dyno-runtime.ts';
import type { Dyno } from '../../../core/records/dyno.ts';
import type { DynoManagerSettings } from '../../../core/records/dyno-manager-settings.ts';
import { APP_ID, World } from './world.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** What users, programs and machines do to an app. */
type Event =
  | { readonly kind: 'deploy'; readonly web: string; readonly worker: string; readonly release?: string }
  | { readonly kind: 'scale'; readonly web: number; readonly worker: number }
  | { readonly kind: 'resize'; readonly size: string }
  | { readonly kind: 'restart'; readonly scope: string }
  | { readonly kind: 'preboot'; readonly on: boolean }
  | { readonly kind: 'cycling'; readonly settings: DynoManagerSettings }
  | { readonly kind: 'request' }
  | { readonly kind: 'host-fault'; readonly index: number; readonly hostFault: HostFault }
  | { readonly kind: 'run'; readonly command: string; readonly stop: boolean }
  | { readonly kind: 'exit'; readonly index: number; readonly status: number }
  | { readonly kind: 'memory'; readonly index: number }
  | { readonly kind: 'lose-tasks' }
  | { readonly kind: 'restart-platform' }
  | { readonly kind: 'kill-platform'; readonly afterPoints: number }
  | { readonly kind: 'two-managers'; readonly on: boolean }
  | { readonly kind: 'partial-knowledge'; readonly on: boolean }
  | { readonly kind: 'lose-events'; readonly on: boolean }
  | { readonly kind: 'broken-runtime'; readonly calls: readonly Breakage[] }
  | { readonly kind: 'wait'; readonly ms: number };

type Breakage = 'fine' | 'throws' | 'throws-after' | 'refuses';

const HOST_FAULTS: readonly HostFault[] = ['draining', 'spot-notice', 'retiring', 'lost'];
const SETTINGS: readonly DynoManagerSettings[] = [
  { cycling: false },
  { cycling: true },
  {
    cycling: true,
    cycleWindow: { startMinute: 120, endMinute: 300, timeZone: 'Europe/Berlin', sinceMs: 0 },
    memoryThresholdPercent: 90,
  },
];

const program = fc.constantFrom('web', 'slow-exit', 'deaf-web', 'never-binds', 'crashes', 'crashes-at-once');
const on = fc.boolean();
const shortWait = fc.oneof(fc.integer({ min: 0, max: 500 }), fc.integer({ min: SECOND, max: 2 * MINUTE }));
const longWait = fc.integer({ min: 30 * MINUTE, max: 30 * 60 * MINUTE });

const eventOf = (sizes: readonly string[], wait: fc.Arbitrary<number>) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('deploy'), web: program, worker: program }) },
    fc.record({
      kind: fc.constant('deploy'),
      web: program,
      worker: program,
      release: fc.constantFrom('release-good', 'release-bad', 'deaf'),
    }),
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('scale'),
        web: fc.integer({ min: 0, max: 6 }),
        worker: fc.integer({ min: 0, max: 3 }),
      }),
    },
    fc.record({
      kind: fc.constant('resize'),
      size: fc.constantFrom(...sizes),
    }),
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('preboot'), on }) },
    fc.record({ kind: fc.constant('cycling'), settings: fc.constantFrom(...SETTINGS) }),
    fc.record({ kind: fc.constant('request') }),
    fc.record({ kind: fc.constant('host-fault'), index: fc.nat(9), hostFault: fc.constantFrom(...HOST_FAULTS) }),
    fc.record({ kind: fc.constant('restart'), scope: fc.constantFrom('*', 'web', 'worker', 'web.1', 'web.3') }),
    fc.record({ kind: fc.constant('run'), command: fc.constantFrom('job', 'worker', 'deaf'), stop: on }),
    fc.record({ kind: fc.constant('exit'), index: fc.nat(9), status: fc.nat(2) }),
    fc.record({ kind: fc.constant('memory'), index: fc.nat(9) }),
    fc.record({ kind: fc.constant('lose-tasks') }),
    fc.record({ kind: fc.constant('restart-platform') }),
    fc.record({ kind: fc.constant('kill-platform'), afterPoints: fc.integer({ min: 1, max: 40 }) }),
    fc.record({ kind: fc.constant('two-managers'), on }),
    fc.record({ kind: fc.constant('partial-knowledge'), on }),
    fc.record({ kind: fc.constant('lose-events'), on }),
    fc.record({
      kind: fc.constant('broken-runtime'),
      calls: fc.array(fc.constantFrom<Breakage>('fine', 'throws', 'throws-after', 'refuses'), { maxLength: 6 }),
    }),
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('wait'), ms: wait }) },
  ) as fc.Arbitrary<Event>;

/** A world of random events, and the rules that always hold. */
class Turmoil {
  readonly world: World;
  #broken: Breakage[] = [];

  constructor(seed: number) {
    let state = (seed % 2_147_483_646) + 1;
    this.world = new World(() => {
      state = (state * 48_271) % 2_147_483_647;
      return state / 2_147_483_647;
    });
    const point = this.world.runtime.fault;
    this.world.runtime.fault = (call) => {
      point(call);
      return this.#fault(call);
    };
  }

  #fault(call: string): StartResult | undefined {
    if (call === 'observe') return undefined;
    const after = call === 'started' || call === 'stopped';
    const next = this.#broken[0];
    if (next === undefined || (next === 'throws-after') !== after) return undefined;
    this.#broken.shift();
    if (next === 'refuses' && call === 'start') return { ok: false, reason: 'no room', retry: true };
    if (next === 'throws' || next === 'throws-after') throw new Error('the runtime is broken');
    return undefined;
  }

  async happen(event: Event): Promise<void> {
    const { world } = this;
    const { runtime, time } = world;
    const tasks = runtime.live().filter(({ launchedAtMs }) => launchedAtMs !== undefined);
    switch (event.kind) {
      case 'deploy': {
        const { web, worker, release } = event;
        await world.deploy({ web, worker, ...(release === undefined ? {} : { release }) });
        return;
      }
      case 'scale':
        return world.scale({ web: event.web, worker: event.worker });
      case 'resize':
        return world.scale({}, event.size);
      case 'restart':
        return world.restart(event.scope);
      case 'preboot':
        return world.change((app) => ({ ...app, features: { preboot: event.on } }));
      case 'cycling':
        return world.change((app) => ({ ...app, dynoManager: event.settings }));
      case 'request':
        return world.manager.wake(APP_ID).catch(() => undefined);
      case 'host-fault': {
        const task = tasks[event.index];
        if (task !== undefined) runtime.hostFaultOf(task.taskRef, event.hostFault);
        return;
      }
      case 'run': {
        const dyno: Dyno = await world.run(event.command);
        if (event.stop) await world.stopOneOff(dyno);
        return;
      }
      case 'exit': {
        const task = tasks[event.index];
        if (task !== undefined) runtime.exitTask(task.taskRef, event.status);
        return;
      }
      case 'memory': {
        const dynoId = tasks[event.index]?.dynoId;
        if (dynoId !== undefined) runtime.emit({ kind: 'memory', appId: APP_ID, dynoId, usedMiB: 1_000_000 });
        return;
      }
      case 'lose-tasks':
        return runtime.vanish();
      case 'restart-platform':
        world.newManager();
        await world.manager.publishAll();
        return world.manager.recover();
      case 'kill-platform':
        world.killAt = world.points + event.afterPoints;
        return;
      case 'two-managers': {
        const other = world.anotherManager();
        const one = (appId: string) => world.lookOrDie(appId);
        time.handleByAll(event.on ? [one, (appId) => other.lookAt(appId)] : [one]);
        return;
      }
      case 'partial-knowledge':
        runtime.complete = !event.on;
        return;
      case 'lose-events':
        runtime.losesEvents = event.on;
        return;
      case 'broken-runtime':
        this.#broken = [...event.calls];
        return;
      case 'wait':
        return time.advance(event.ms);
    }
  }

  /** No faults from here on; then good programs, and time for what is under way. */
  async calm(): Promise<void> {
    const { world } = this;
    this.#broken = [];
    world.killAt = Number.POSITIVE_INFINITY;
    world.runtime.complete = true;
    world.runtime.losesEvents = false;
    world.newManager();
    await world.manager.recover();
    await world.deploy({ web: 'web', worker: 'worker' });
    // A release phase may take an hour, a one-off a day: neither blocks the formation.
    await world.time.advance(5 * MINUTE);
  }
}

const TURMOILS = [
  {
    name: 'sizes with a crash back-off, for days',
    event: eventOf(['Standard-1X', 'Standard-2X', 'Performance-M', 'Eco'], fc.oneof(shortWait, longWait)),
    runs: 40,
  },
  {
    // Private dynos restart at once forever: a day of crashes is a hundred thousand starts.
    name: 'every size, for minutes',
    event: eventOf(['Standard-1X', 'Performance-M', 'Private-S', 'Private-M'], shortWait),
    runs: 40,
  },
];

test.each(TURMOILS)(
  'whatever happens to $name: no rule is broken, and once it stops the dynos are the desired ones',
  async ({ event, runs }) => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.array(event, { maxLength: 25 }), async (seed, events) => {
        const turmoil = new Turmoil(seed);
        const { world } = turmoil;
        try {
          await world.createApp();
          await world.deploy({ web: 'web', worker: 'worker' });
          for (const each of events) {
            await turmoil.happen(each);
            expect(world.violations).toEqual([]);
          }
          await turmoil.calm();
          expect(world.violations).toEqual([]);
          await expectConverged(world);
        } finally {
          world.close();
        }
      }),
      { numRuns: runs },
    );
  },
);

async function expectConverged(world: World): Promise<void> {
  const app = await world.app();
  const wanted = app.formation.flatMap(({ type, quantity, size }) =>
    Array.from({ length: quantity }, (_, index) => `${type}.${index + 1} up ${size} v${app.currentReleaseVersion}`),
  );
  const formation = (await world.dynos()).filter(({ kind }) => kind === 'formation');
  expect(
    formation.map(({ name, state, size, releaseVersion }) => `${name} ${state} ${size} v${releaseVersion}`).sort(),
  ).toEqual(wanted.sort());
  const records = (await world.dynos()).map(({ id, attempt }) => `${id}/${attempt}`).sort();
  const tasks = world.runtime
    .live()
    .map(({ dynoId, attempt }) => `${dynoId}/${attempt}`)
    .sort();
  expect(tasks).toEqual(records);
  const webs = formation.filter(({ type }) => type === 'web').map(({ id }) => id);
  expect(world.routes?.dynos.map(({ dynoId }) => dynoId).sort()).toEqual(webs.sort());

  const before = { dynos: await world.dynos(), lines: world.lines.length, tasks };
  await world.manager.lookAt(APP_ID);
  expect({
    dynos: await world.dynos(),
    lines: world.lines.length,
    tasks: world.runtime
      .live()
      .map(({ dynoId, attempt }) => `${dynoId}/${attempt}`)
      .sort(),
  }).toEqual(before);
}

test('scaling down always takes the highest numbers, and leaves the others untouched', async () => {
  const size = fc.integer({ min: 0, max: 12 });
  await fc.assert(
    fc.asyncProperty(size, size, async (from, to) => {
      const world = new World();
      await world.createApp();
      await world.deploy({ web: 'web' });
      await world.scale({ web: from });
      await world.time.advance(SECOND);
      const before = new Map((await world.dynos()).map(({ name, id }) => [name, id]));
      await world.scale({ web: to });
      await world.time.advance(SECOND);
      const after = new Map((await world.dynos()).map(({ name, id }) => [name, id]));
      const names = Array.from({ length: to }, (_, index) => `web.${index + 1}`);
      expect([...after.keys()].sort()).toEqual(names.sort());
      for (const [name, id] of before) if (after.has(name)) expect(after.get(name)).toBe(id);
      world.close();
    }),
    { numRuns: 10 },
  );
});
