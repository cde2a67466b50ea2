import { managerDirty } from '../../core/app/update-app.ts';
import { createDynoManager } from '../../core/dyno-manager/dyno-manager.ts';
import { DYNO_MANAGER } from '../../core/dyno-manager/manager-queue.ts';
import type { Platform } from '../../core/platform.ts';
import type { PassRequests } from '../../core/ports/pass-requests.ts';
import type { Problems } from '../../core/ports/problems.ts';
import type { Store, Write } from '../../core/ports/store.ts';
import { Driver } from '../../core/reconcile/driver.ts';
import { StoredFailures } from '../../core/reconcile/failure-log.ts';
import { sweep } from '../../core/reconcile/sweep.ts';
import { type App, appKey } from '../../core/records/app.ts';
import type { FormationEntry } from '../../core/records/formation.ts';
import { configKey, type Release, releaseKey } from '../../core/records/release.ts';
import { type Slug, slugKey } from '../../core/records/slug.ts';
import { MINUTE_MS } from '../../core/time.ts';
import { Agenda } from '../../test/simulation/agenda.ts';
import { Dice } from '../../test/simulation/dice.ts';
import { MemoryStore } from '../../test/simulation/memory-store.ts';
import { Tasks } from './tasks.ts';

/** Most apps are small, most dynos are in large ones. */
const APP_SIZES = [1, 1, 2, 1, 5, 1, 20, 3, 1, 100];

/** Apps with web dynos and workers, the real dyno manager, and a store, tasks and a clock that cost next to nothing. */
export class Fleet {
  readonly agenda = new Agenda();
  readonly tasks = new Tasks(this.agenda);
  readonly platform: Platform;
  readonly driver: Driver;
  readonly appIds: string[] = [];
  dynos = 0;
  reads = 0;
  writes = 0;
  nudges = 0;
  looks = 0;
  readonly #store = new MemoryStore();
  /** When each app's next pass is due: requests coalesce. */
  readonly #nudged = new Map<string, number>();
  readonly #ready: string[] = [];
  #ids = 0;

  constructor() {
    this.platform = this.#platform();
    const manager = createDynoManager({
      platform: this.platform,
      runtime: this.tasks,
      completeReleasePhase: async () => undefined,
      purgeApp: async () => undefined,
      certificateRequests: { enqueue: () => undefined },
    });
    this.tasks.onEvent((event) => manager.onRuntimeEvent(event));
    const failures = new StoredFailures(this.platform);
    this.driver = new Driver(manager.reconciler, {
      ...this.platform,
      requests: this.platform.passRequests,
      failures,
    });
  }

  /** Starts this many dynos in apps of all sizes, or in apps of one size, until all are up. */
  static async of(dynos: number, appSizes = APP_SIZES): Promise<Fleet> {
    const fleet = new Fleet();
    for (let index = 0; fleet.dynos < dynos; index += 1) {
      fleet.#createApp(Math.min(appSizes[index % appSizes.length] ?? 1, dynos - fleet.dynos));
    }
    await fleet.advance(MINUTE_MS);
    return fleet;
  }

  /** Runs each pass when it is due, and sweeps every minute as the platform does. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.agenda.nowMs + ms;
    this.#sweepEveryMinute(untilMs);
    for (let next = this.agenda.take(untilMs); next !== undefined; next = this.agenda.take(untilMs)) {
      next.run();
      await this.#lookAtNudged();
    }
    this.agenda.nowMs = untilMs;
  }

  put(writes: readonly Write[]): void {
    if (!this.#store.transact(writes).ok) throw new Error('a conflict');
  }

  app(appId: string): App {
    const item = this.#store.get<App>(appKey(appId));
    if (item === undefined) throw new Error('the app is gone');
    return item.value;
  }

  /** Changes an app as a user does. */
  change(appId: string, change: (app: App) => App): void {
    const value = change(this.app(appId));
    this.put([{ kind: 'put', key: appKey(appId), value, expect: 'any' }, managerDirty(appId, this.agenda.nowMs)]);
    this.platform.passRequests.enqueue(appId);
  }

  /** Releases the same code again, as after `config:set`. */
  release(appId: string): void {
    const { currentReleaseVersion = 1 } = this.app(appId);
    const version = currentReleaseVersion + 1;
    const item = this.#store.get<Release>(releaseKey(appId, currentReleaseVersion));
    if (item === undefined) throw new Error('the release is gone');
    const release = { ...item.value, id: `release-${version}`, version };
    this.put([{ kind: 'put', key: releaseKey(appId, version), value: release, expect: 'absent' }]);
    this.change(appId, (app) => ({ ...app, currentReleaseVersion: version, nextReleaseVersion: version + 1 }));
  }

  /** The first apps, up to this many dynos. */
  appsWith(dynosMax: number): { readonly appIds: readonly string[]; readonly dynos: number } {
    let dynos = 0;
    const appIds = this.appIds.filter((appId) => {
      dynos += dynos >= dynosMax ? 0 : quantityOf(this.app(appId));
      return dynos < dynosMax;
    });
    return { appIds, dynos: appIds.reduce((sum, appId) => sum + quantityOf(this.app(appId)), 0) };
  }

  #sweepEveryMinute(untilMs: number): void {
    for (let atMs = MINUTE_MS; this.agenda.nowMs + atMs <= untilMs; atMs += MINUTE_MS) {
      this.agenda.after(atMs, 'tick', () => void this.#sweep());
    }
  }

  #sweep(): Promise<void> {
    return sweep(DYNO_MANAGER, this.platform, (appId) => this.platform.passRequests.enqueue(appId), { max: 1_000 });
  }

  async #lookAtNudged(): Promise<void> {
    // The sweep's answer arrives in a microtask.
    await undefined;
    await undefined;
    for (let appId = this.#ready.shift(); appId !== undefined; appId = this.#ready.shift()) {
      if ((this.#nudged.get(appId) ?? Number.POSITIVE_INFINITY) > this.agenda.nowMs) continue;
      this.#nudged.delete(appId);
      this.looks += 1;
      await this.driver.run(appId);
    }
  }

  #createApp(quantity: number): void {
    const number = this.appIds.length + 1;
    const id = `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
    const { nowMs } = this.agenda;
    const web = Math.ceil(quantity / 2);
    const at = { createdAtMs: nowMs, updatedAtMs: nowMs };
    const entry = (type: string, count: number): FormationEntry => ({
      id: `${type}-${number}`,
      type,
      quantity: count,
      size: 'Standard-1X',
      command: `node ${type}.js`,
      ...at,
    });
    const app: App = {
      id,
      name: `app-${number}`,
      ownerId: 'owner',
      ownerEmail: 'owner@example.com',
      regionName: 'us',
      stackName: 'heroku-24',
      buildStackName: 'heroku-24',
      maintenance: false,
      features: {},
      buildpacks: [],
      formation: [entry('web', web), entry('worker', quantity - web)],
      nextReleaseVersion: 2,
      currentReleaseVersion: 1,
      pendingReleaseVersions: [],
      configVersion: 1,
      restarts: { last: 0, byScope: {} },
      ...at,
    };
    const release: Release = {
      id: `release-${number}`,
      appId: id,
      version: 1,
      description: 'Deploy',
      status: 'succeeded',
      slugId: 'slug',
      processTypes: { web: 'node web.js', worker: 'node worker.js' },
      configVersion: 1,
      userId: 'owner',
      userEmail: 'owner@example.com',
      ...at,
    };
    const slug: Slug = {
      id: 'slug',
      appId: id,
      artifact: { kind: 'tarball', blobKey: 'slug' },
      sizeBytes: 1,
      checksum: 'SHA256:00',
      buildpackDescription: '',
      processTypes: release.processTypes,
      stackName: 'heroku-24',
      ...at,
    };
    this.put([
      { kind: 'put', key: appKey(id), value: app, expect: 'absent' },
      { kind: 'put', key: releaseKey(id, 1), value: release, expect: 'absent' },
      { kind: 'put', key: slugKey(id, 'slug'), value: slug, expect: 'absent' },
      { kind: 'put', key: configKey(id, 1), value: { sealed: '{}' }, expect: 'absent' },
      managerDirty(id, nowMs),
    ]);
    this.platform.passRequests.enqueue(id);
    this.appIds.push(id);
    this.dynos += quantity;
  }

  #platform(): Platform {
    const memory = this.#store;
    // Only the promise: the cost of a real store is not measured here.
    const store: Store = {
      get: (key) => {
        this.reads += 1;
        return Promise.resolve(memory.get(key));
      },
      list: (query) => {
        this.reads += 1;
        return Promise.resolve(memory.list(query));
      },
      due: (queue, beforeMs, limit) => Promise.resolve(memory.due(queue, beforeMs, limit)),
      transact: (writes) => {
        this.writes += 1;
        return Promise.resolve(memory.transact(writes));
      },
    };
    const passRequests: PassRequests = {
      enqueue: (appId, delayMs = 0) => {
        this.nudges += 1;
        const atMs = this.agenda.nowMs + delayMs;
        if ((this.#nudged.get(appId) ?? Number.POSITIVE_INFINITY) <= atMs) return;
        this.#nudged.set(appId, atMs);
        this.agenda.after(delayMs, 'nudge', () => this.#ready.push(appId));
      },
    };
    const problems: Problems = {
      report: (problem, cause) => {
        throw new Error(problem, { cause });
      },
    };
    const parts: Partial<Platform> = {
      problems,
      store,
      passRequests,
      clock: { nowMs: () => this.agenda.nowMs },
      random: new Dice(1),
      ids: {
        uuid: () => `00000000-0000-4000-8001-${(++this.#ids).toString(16).padStart(12, '0')}`,
        sequence: () => ++this.#ids,
        secret: () => 'secret',
        sha256: () => 'hash',
      },
      vault: { seal: async () => '{}', open: async () => ({}) },
      logs: { append: () => undefined },
      eventRequests: { enqueue: () => undefined },
      routes: { publish: () => undefined, remove: () => undefined },
      urls: { hosts: (name: string) => [`${name}.localhost`] } as unknown as Platform['urls'],
    };
    return parts as Platform;
  }
}

const quantityOf = ({ formation }: App) => formation.reduce((sum, { quantity }) => sum + quantity, 0);
