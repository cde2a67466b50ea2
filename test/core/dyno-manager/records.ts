import type { AppSnapshot } from '../../../core/dyno-manager/observe/app-snapshot.ts';
import { type Plan, reconcile } from '../../../core/dyno-manager/plan/reconcile.ts';
import type { TaskObservation } from '../../../core/ports/dyno-runtime.ts';
import type { App } from '../../../core/records/app.ts';
import type { Dyno } from '../../../core/records/dyno.ts';
import type { Release } from '../../../core/records/release.ts';
import type { Rollouts } from '../../../core/records/rollout.ts';
import type { Slug } from '../../../core/records/slug.ts';
import { tarball } from '../../artifacts.ts';
import type { DynoFields } from '../../dyno-fields.ts';

export const NOW_MS = Date.UTC(2026, 0, 2);
export const MINUTE_MS = 60_000;

/** One record and what is observed of it. */
export interface Known {
  readonly dyno: Dyno;
  readonly task?: TaskObservation;
}

/** An undefined field means that the record does not have it. */
export type Changes<T> = { readonly [Field in keyof T]?: T[Field] | undefined };

const defined = <T extends object>(record: Changes<T>) =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as T;

export function app(quantities: Readonly<Record<string, number>>, changes: Partial<App> = {}): App {
  return {
    id: 'app-1',
    name: 'shop',
    ownerId: 'owner',
    ownerEmail: 'owner@example.com',
    regionName: 'local',
    stackName: 'heroku-24',
    buildStackName: 'heroku-24',
    maintenance: false,
    features: {},
    buildpacks: [],
    formation: Object.entries(quantities).map(([type, quantity]) => ({
      id: `formation-${type}`,
      type,
      quantity,
      size: 'Standard-1X',
      command: `run ${type}`,
      createdAtMs: 0,
      updatedAtMs: 0,
    })),
    nextReleaseVersion: 8,
    currentReleaseVersion: 7,
    pendingReleaseVersions: [],
    configVersion: 1,
    restarts: { last: 0, byScope: {} },
    createdAtMs: 0,
    updatedAtMs: 0,
    ...changes,
  };
}

export function slug(id: string, changes: Partial<Slug> = {}): Slug {
  return {
    id,
    appId: 'app-1',
    artifact: tarball(`slugs/${id}`),
    sizeBytes: 1,
    checksum: 'SHA256:00',
    buildpackDescription: '',
    processTypes: {},
    stackName: 'heroku-24',
    createdAtMs: 0,
    updatedAtMs: 0,
    ...changes,
  };
}

export function release(version: number, changes: Partial<Release> = {}): Release {
  return {
    id: `release-${version}`,
    appId: 'app-1',
    version,
    description: 'Deploy',
    status: 'succeeded',
    slugId: 'slug-1',
    processTypes: {},
    configVersion: 1,
    userId: 'owner',
    userEmail: 'owner@example.com',
    createdAtMs: 0,
    updatedAtMs: 0,
    ...changes,
  };
}

/** A release from before the first deploy. */
export function releaseWithoutCode(): Release {
  const { slugId: _slugId, ...rest } = release(7);
  return rest;
}

export function dyno(name: string, changes: Changes<DynoFields> = {}): Dyno {
  const [type = '', number = ''] = name.split('.');
  const kind: Dyno['kind'] = type === 'run' ? 'one-off' : type === 'release' ? 'release' : 'formation';
  return defined<DynoFields>({
    id: `id-${name}`,
    appId: 'app-1',
    name,
    type,
    kind,
    number: Number(number),
    releaseVersion: 7,
    releaseId: 'release-7',
    size: 'Standard-1X',
    command: `run ${type}`,
    state: 'starting',
    attempt: 1,
    intentAtMs: NOW_MS - MINUTE_MS,
    stateChangedAtMs: NOW_MS - MINUTE_MS,
    cycleAtMs: NOW_MS + 24 * 60 * MINUTE_MS,
    crashCount: 0,
    restartEpoch: 0,
    told: { starting: true },
    createdAtMs: NOW_MS - MINUTE_MS,
    updatedAtMs: NOW_MS - MINUTE_MS,
    ...changes,
  }) as Dyno;
}

export function taskOf({ id, appId, attempt }: Dyno, changes: Changes<TaskObservation> = {}): TaskObservation {
  return defined<TaskObservation>({
    taskRef: `task-${id}`,
    appId,
    dynoId: id,
    attempt,
    version: 2,
    state: 'running',
    listening: false,
    launchedAtMs: NOW_MS - 30_000,
    graceExpired: false,
    hangUps: 0,
    ...changes,
  });
}

const accepted = (record: Dyno): Dyno => ({ ...record, taskRef: `task-${record.id}` });

const ADDRESS = { host: '127.0.0.1', port: 5_001 };

export function up(name: string, changes: Changes<DynoFields> = {}, task: Changes<TaskObservation> = {}): Known {
  const record = accepted(dyno(name, { state: 'up', upAtMs: NOW_MS - 20_000, address: ADDRESS, ...changes }));
  return { dyno: record, task: taskOf(record, { listening: true, address: ADDRESS, ...task }) };
}

export function starting(name: string, changes: Changes<DynoFields> = {}, task: Changes<TaskObservation> = {}): Known {
  const record = accepted(dyno(name, changes));
  return { dyno: record, task: taskOf(record, task) };
}

export function stopping(name: string, changes: Changes<DynoFields> = {}, task: Changes<TaskObservation> = {}): Known {
  return up(name, { state: 'stopping', stoppingAtMs: NOW_MS - 10_000, stopCause: 'restart', ...changes }, task);
}

export function crashed(name: string, changes: Changes<DynoFields> = {}): Known {
  return { dyno: dyno(name, { state: 'crashed', crashCount: 2, nextStartAtMs: NOW_MS + MINUTE_MS, ...changes }) };
}

export function exitedWith(known: Known, status: number, changes: Changes<TaskObservation> = {}): Known {
  const exit = { status, reason: 'exited' } as const;
  const task = taskOf(known.dyno, { state: 'stopped', stoppedAtMs: NOW_MS, exit, ...changes });
  return { dyno: known.dyno, task };
}

/** Its task no longer exists. */
export function vanished({ dyno: record }: Known): Known {
  return { dyno: record };
}

export interface Situation {
  readonly app: App;
  readonly known?: readonly Known[];
  readonly release?: Release;
  readonly pendingRelease?: Release;
  readonly complete?: boolean;
  readonly strays?: readonly TaskObservation[];
  readonly memory?: ReadonlyMap<string, number>;
  readonly overThreshold?: readonly string[];
  readonly rollouts?: Rollouts;
  readonly lastRequestAtMs?: number;
}

export function snapshot(situation: Situation): AppSnapshot {
  const { known = [], strays = [], complete = true } = situation;
  let ids = 0;
  return {
    app: situation.app,
    release: situation.release ?? release(7),
    ...(situation.pendingRelease === undefined ? {} : { pendingRelease: situation.pendingRelease }),
    dynos: known.map(({ dyno: value }, index) => ({
      partition: 'app#app-1',
      sort: `dyno#${value.id}`,
      version: index + 1,
      value,
    })),
    observations: { complete, tasks: [...known.flatMap(({ task }) => (task === undefined ? [] : [task])), ...strays] },
    memory: situation.memory ?? new Map(),
    overThreshold: new Set(situation.overThreshold ?? []),
    rollouts: situation.rollouts ?? {},
    ...(situation.lastRequestAtMs === undefined ? {} : { lastRequestAtMs: situation.lastRequestAtMs }),
    nowMs: NOW_MS,
    random: { next: () => 0.5 },
    ids: { uuid: () => `new-${++ids}`, sequence: () => 1, secret: () => '', sha256: () => '' },
  };
}

/** A plan in words: what is done to which dyno, in order. */
/** For dynos of the previous release. */
export const v6 = { releaseVersion: 6, releaseId: 'release-6' };
/** An app whose dynos all have one size. */
export const allOf = (size: string, quantities: Readonly<Record<string, number>>) => {
  const { formation, ...rest } = app(quantities);
  return { ...rest, formation: formation.map((entry) => ({ ...entry, size })) };
};
export const eco = (quantities: Readonly<Record<string, number>>) => allOf('Eco', quantities);

export function show(plan: Plan): readonly string[] {
  return [
    ...plan.writes.map((write) => {
      if (write.kind === 'delete') return `remove ${write.dyno.name}`;
      if (write.kind === 'job-ended') return `tell the ledger of ${write.dyno.name}`;
      return `${write.expect === 'absent' ? 'new' : 'note'} ${write.dyno.name} ${write.dyno.state}${
        write.dyno.releaseVersion === 7 ? '' : ` v${write.dyno.releaseVersion}`
      }${write.dyno.crashCount === 0 ? '' : ` crashes=${write.dyno.crashCount}`}`;
    }),
    ...plan.stops.map(({ taskRef, deadlineMs }) => `stop ${taskRef} within ${(deadlineMs - NOW_MS) / 1_000} s`),
    ...plan.starts.map(({ name }) => `start ${name}`),
    ...plan.completions.map(({ version, outcome }) => `release v${version} ${outcome}`),
    ...(plan.purge ? ['purge'] : []),
  ];
}

export function planned(situation: Situation): readonly string[] {
  return show(reconcile(snapshot(situation)));
}
