import { openSqliteStore, type SqliteStore } from '../../../adapters/local/sqlite-store.ts';
import { managerDirty, updateApp } from '../../../core/app/update-app.ts';
import { readDynos } from '../../../core/dyno/find-dyno.ts';
import { bumpEpoch } from '../../../core/dyno/restart-dynos.ts';
import type { DynoManagerParts } from '../../../core/dyno-manager/parts.ts';
import type { Platform } from '../../../core/platform.ts';
import type { DynoSpec } from '../../../core/ports/dyno-runtime.ts';
import type { Store } from '../../../core/ports/store.ts';
import { type App, appKey } from '../../../core/records/app.ts';
import type { AppRoutes } from '../../../core/records/app-routes.ts';
import type { PublishedEvent } from '../../../core/records/domain-event.ts';
import { type Dyno, dynoKey, type OneOffDyno } from '../../../core/records/dyno.ts';
import type { FormationEntry } from '../../../core/records/formation.ts';
import type { LogLine } from '../../../core/records/log-line.ts';
import { configKey, type Release, releaseKey } from '../../../core/records/release.ts';
import { slugKey } from '../../../core/records/slug.ts';
import { ok } from '../../../core/result.ts';
import { stored } from '../../stored.ts';
import { notingEvents } from '../../written-events.ts';
import { type DrivenManager, driveManager, NO_REQUESTS } from './driven-manager.ts';
import { slug } from './records.ts';
import { type Program, VirtualRuntime } from './virtual-runtime.ts';
import { VirtualTime } from './virtual-time.ts';

export const APP_ID = 'app-1';

/** The platform's process dies here. */
export class Killed extends Error {}

/** Commands and their behavior; a process type runs the command of its own name unless a test changes it. */
export const PROGRAMS: Readonly<Record<string, Program>> = {
  web: { listensAfterMs: 100 },
  worker: {},
  deaf: { exitsAfterTermMs: 'never' },
  'deaf-web': { listensAfterMs: 100, exitsAfterTermMs: 'never' },
  'slow-exit': { listensAfterMs: 100, exitsAfterTermMs: 5_000 },
  'never-binds': {},
  crashes: { exitsAfterMs: 1_000, exitStatus: 1 },
  'crashes-at-once': { exitsAfterMs: 0, exitStatus: 1 },
  'release-good': { exitsAfterMs: 2_000, exitStatus: 0 },
  'release-bad': { exitsAfterMs: 2_000, exitStatus: 1 },
  job: { exitsAfterMs: 5_000, exitStatus: 3 },
};

/** One app on a virtual platform with the real store. */
export class World {
  readonly time = new VirtualTime();
  readonly store: SqliteStore = openSqliteStore(':memory:');
  readonly runtime = new VirtualRuntime(this.time, (spec) => this.programOf(spec));
  readonly lines: LogLine[] = [];
  readonly events: PublishedEvent[] = [];
  readonly published: AppRoutes[] = [];
  readonly completions: string[] = [];
  readonly reports: string[] = [];
  /** Broken rules as text; must always be empty. */
  readonly violations: string[] = [];
  routes: AppRoutes | undefined;
  manager: DrivenManager;
  /** How many effects a manager has had, and at which one it is killed. */
  points = 0;
  killAt = Number.POSITIVE_INFINITY;
  /** How often a new platform process replaced a killed one. */
  takeovers = 0;
  #dead = false;
  #random: () => number;
  #ids = 0;
  #sequence = 0;

  constructor(random: () => number = () => 0.5) {
    this.#random = random;
    this.runtime.fault = (call) => this.point(call);
    this.runtime.onStop = (task, spec) => this.#judgeStop(task.dynoId, spec.name);
    this.runtime.onAccepted = (spec, alive) => {
      if (alive > 1) this.violations.push(`${spec.name} (${spec.dynoId}) has ${alive} live tasks`);
    };
    this.manager = this.newManager();
  }

  /** A dead process has no more effects, whatever it was about to do. */
  point(_name: string): undefined {
    if (this.#dead) throw new Killed();
    this.points += 1;
    if (this.points !== this.killAt) return undefined;
    this.#dead = true;
    throw new Killed();
  }

  #judgeStop(dynoId: string, name: string): void {
    if (this.routes?.dynos.some((target) => target.dynoId === dynoId)) {
      this.violations.push(`${name} (${dynoId}) is stopped while it is routed`);
    }
    const record = this.recordNow(dynoId);
    if (record !== undefined && record.stopCause === undefined && record.state !== 'crashed') {
      this.violations.push(`${name} (${dynoId}) is stopped without a cause`);
    }
  }

  /** The stored record at this moment. */
  recordNow(dynoId: string): Dyno | undefined {
    return this.#latest.get(dynoId);
  }

  readonly #latest = new Map<string, Dyno>();

  /** The store as a manager uses it: the manager may die before and after each transaction. */
  readonly #mortalStore: Store = {
    get: (key) => this.store.get(key),
    list: (query) => this.store.list(query),
    due: (queue, beforeMs, limit) => this.store.due(queue, beforeMs, limit),
    transact: async (writes) => {
      this.point('transact');
      const written = await notingEvents(this.store, this.events).transact(writes);
      if (written.ok) {
        for (const write of writes) {
          const id = write.key.sort.split('dyno#')[1];
          if (id === undefined || write.kind === 'check') continue;
          if (write.kind === 'put') this.#latest.set(id, write.value as Dyno);
          else this.#latest.delete(id);
        }
      }
      this.point('transacted');
      return written;
    },
  };

  readonly platform = {
    store: this.store,
    clock: this.time,
    passRequests: this.time,
    eventRequests: { enqueue: () => undefined },
    random: { next: () => this.#random() },
    ids: {
      uuid: () => `id-${String(++this.#ids).padStart(6, '0')}`,
      sequence: () => ++this.#sequence,
      secret: () => 'secret',
      sha256: () => 'hash',
    },
    vault: {
      seal: async (plain: Readonly<Record<string, string>>) => JSON.stringify(plain),
      open: async (sealed: string) => JSON.parse(sealed) as Record<string, string>,
    },
    logs: { append: (lines: readonly LogLine[]) => void this.lines.push(...lines) },
    routes: {
      publish: (routes: AppRoutes) => {
        this.published.push(routes);
        if (this.routes === undefined || routes.version >= this.routes.version) this.routes = routes;
      },
      remove: () => {
        this.routes = undefined;
      },
    },
    urls: { hosts: (name: string) => [`${name}.localhost`] },
    problems: {
      report: (problem: string, error: unknown) =>
        this.reports.push(error instanceof Error ? `${problem}: ${error.message}` : problem),
    },
  } as unknown as Platform;

  /** This world's own copy, for a test to change. */
  readonly programs: Record<string, Program> = { ...PROGRAMS };

  programOf(spec: DynoSpec): Program {
    return this.programs[spec.command] ?? {};
  }

  /** A new platform process, without the old one's memory. */
  newManager(): DrivenManager {
    this.#dead = false;
    this.time.forgetNudges();
    this.runtime.forgetListeners();
    this.manager = this.anotherManager();
    this.runtime.onEvent((event) => this.manager.onRuntimeEvent(event));
    this.time.handle((appId) => this.lookOrDie(appId));
    return this.manager;
  }

  async lookOrDie(appId: string): Promise<void> {
    try {
      await this.manager.lookAt(appId);
    } catch (error) {
      if (!this.#dead) throw error;
      this.takeovers += 1;
      this.newManager();
      await this.manager.publishAll();
      await this.manager.recover();
    }
  }

  anotherManager(options: Pick<DynoManagerParts, 'actionRate'> = {}): DrivenManager {
    return driveManager({
      certificateRequests: NO_REQUESTS,
      ...options,
      platform: {
        ...this.platform,
        store: this.#mortalStore,
        logs: {
          append: (lines) => {
            this.point('log');
            this.platform.logs.append(lines);
          },
        },
        routes: {
          publish: (routes) => {
            this.point('publish');
            this.platform.routes.publish(routes);
          },
          remove: (appId) => this.platform.routes.remove(appId),
        },
      },
      runtime: this.runtime,
      completeReleasePhase: async (platform, appId, version, outcome) => {
        this.point('complete');
        const updated = await updateApp(platform, appId, async (app) => {
          if (!app.pendingReleaseVersions.includes(version)) return ok({ app, value: undefined });
          // A change may run again if the transaction failed.
          const completion = `v${version} ${outcome}`;
          if (!this.completions.includes(completion)) this.completions.push(completion);
          const pendingReleaseVersions = app.pendingReleaseVersions.filter((pending) => pending !== version);
          const current = outcome === 'succeeded' ? { currentReleaseVersion: version } : {};
          return ok({ app: { ...app, pendingReleaseVersions, ...current }, value: undefined });
        });
        return updated;
      },
      purgeApp: async (platform, appId) => {
        this.point('purge');
        await platform.store.transact([{ kind: 'delete', key: appKey(appId), expect: 'any' }]);
      },
    });
  }

  async createApp(): Promise<void> {
    const app: App = {
      id: APP_ID,
      name: 'shop',
      ownerId: 'owner',
      ownerEmail: 'owner@example.com',
      regionName: 'local',
      stackName: 'heroku-24',
      buildStackName: 'heroku-24',
      maintenance: false,
      features: {},
      buildpacks: [],
      formation: [],
      nextReleaseVersion: 1,
      pendingReleaseVersions: [],
      configVersion: 0,
      restarts: { last: 0, byScope: {} },
      createdAtMs: this.time.nowMs(),
      updatedAtMs: this.time.nowMs(),
    };
    await this.store.transact([
      { kind: 'put', key: appKey(APP_ID), value: app, expect: 'absent' },
      managerDirty(APP_ID, this.time.nowMs()),
    ]);
    this.time.enqueue(APP_ID);
  }

  async change(change: (app: App) => App): Promise<void> {
    const changed = await updateApp(this.platform, APP_ID, (app) => ok({ app: change(app), value: undefined }));
    if (!changed.ok) throw new Error(changed.error.message);
  }

  /** A new release with these process types; the formation keeps its quantities. `release` makes it pending. */
  async deploy(
    commands: Readonly<Record<string, string>>,
    config: Readonly<Record<string, string>> = {},
  ): Promise<number> {
    const app = await this.app();
    const version = app.nextReleaseVersion;
    const nowMs = this.time.nowMs();
    const slugId = `slug-${version}`;
    const release: Release = {
      id: `release-${version}`,
      appId: APP_ID,
      version,
      description: `Deploy ${version}`,
      status: 'succeeded',
      slugId,
      processTypes: commands,
      configVersion: version,
      userId: 'owner',
      userEmail: 'owner@example.com',
      ...(commands.release === undefined ? {} : { outputStreamId: `output-${version}` }),
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
    };
    const value = slug(slugId, { commit: 'c0ffee' });
    const updated = await updateApp(this.platform, APP_ID, (before) =>
      ok({
        app: {
          ...before,
          nextReleaseVersion: version + 1,
          formation: Object.entries(commands)
            .filter(([type]) => type !== 'release')
            .map(([type, command]) => this.#entry(before, type, command)),
          ...(commands.release === undefined
            ? { currentReleaseVersion: version }
            : { pendingReleaseVersions: [...before.pendingReleaseVersions, version] }),
        },
        writes: [
          { kind: 'put', key: releaseKey(APP_ID, version), value: release, expect: 'absent' },
          { kind: 'put', key: slugKey(APP_ID, slugId), value, expect: 'absent' },
          {
            kind: 'put',
            key: configKey(APP_ID, version),
            value: { sealed: JSON.stringify(config) },
            expect: 'absent',
          },
        ],
        value: undefined,
      }),
    );
    if (!updated.ok) throw new Error(updated.error.message);
    return version;
  }

  #entry(app: App, type: string, command: string): FormationEntry {
    const before = app.formation.find((entry) => entry.type === type);
    const blank = { id: `formation-${type}`, quantity: 0, size: 'Standard-1X', createdAtMs: 0, updatedAtMs: 0 };
    return { ...blank, ...before, type, command };
  }

  scale(quantities: Readonly<Record<string, number>>, size?: string): Promise<void> {
    return this.change((app) => ({
      ...app,
      formation: app.formation.map((entry) => ({
        ...entry,
        quantity: quantities[entry.type] ?? entry.quantity,
        size: size ?? entry.size,
      })),
    }));
  }

  restart(scope: string): Promise<void> {
    return this.change((app) => ({ ...app, restarts: bumpEpoch(app.restarts, scope) }));
  }

  remove(): Promise<void> {
    return this.change((app) => ({ ...app, deletedAtMs: this.time.nowMs() }));
  }

  async run(command: string, changes: Partial<OneOffDyno> = {}): Promise<Dyno> {
    const app = await this.app();
    const nowMs = this.time.nowMs();
    const number = 1_000 + ++this.#ids;
    const dyno: OneOffDyno = {
      id: `one-off-${number}`,
      appId: APP_ID,
      name: `run.${number}`,
      type: 'run',
      kind: 'one-off',
      number,
      releaseVersion: app.currentReleaseVersion ?? 0,
      releaseId: `release-${app.currentReleaseVersion}`,
      size: 'Standard-1X',
      command,
      state: 'starting',
      attempt: 1,
      crashCount: 0,
      restartEpoch: 0,
      stateChangedAtMs: nowMs,
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
      ...changes,
    };
    await this.store.transact([
      { kind: 'put', key: dynoKey(APP_ID, dyno.id), value: dyno, expect: 'absent' },
      managerDirty(APP_ID, nowMs),
    ]);
    this.time.enqueue(APP_ID);
    return dyno;
  }

  async stopOneOff({ id }: Dyno): Promise<void> {
    const item = await stored<Dyno>(this.store, dynoKey(APP_ID, id));
    if (item === undefined) return;
    await this.store.transact([
      { kind: 'put', key: item, value: { ...item.value, stopRequested: true }, expect: item.version },
      managerDirty(APP_ID, this.time.nowMs()),
    ]);
    this.time.enqueue(APP_ID);
  }

  async app(): Promise<App> {
    const item = await stored<App>(this.store, appKey(APP_ID));
    if (item === undefined) throw new Error('the app is gone');
    return item.value;
  }

  async dynos(): Promise<readonly Dyno[]> {
    return (await readDynos(this.platform, APP_ID)).map(({ value }) => value);
  }

  /** `web.1 up v1`, by name, without stopping dynos. */
  async states(): Promise<readonly string[]> {
    return (await this.dynos())
      .filter(({ state }) => state !== 'stopping')
      .map(({ name, state, releaseVersion }) => `${name} ${state} v${releaseVersion}`)
      .sort();
  }

  /** The log lines of one dyno. */
  log(name: string): readonly string[] {
    return this.lines.filter(({ process }) => process === name).map(({ message }) => message);
  }

  close(): void {
    this.store.close();
  }
}
