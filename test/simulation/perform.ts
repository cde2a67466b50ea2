import { findAppFeature, setAppFeature } from '../../core/app/app-feature.ts';
import { changeApp } from '../../core/app/change-app.ts';
import { createApp } from '../../core/app/create-app.ts';
import { deleteApp } from '../../core/app/delete-app.ts';
import { setConfigVars } from '../../core/config/set-config-vars.ts';
import { changeManagerSettings } from '../../core/dyno/manager-settings.ts';
import { restartAll, restartDyno, restartType } from '../../core/dyno/restart-dynos.ts';
import { runDyno } from '../../core/dyno/run-dyno.ts';
import { scaleFormation } from '../../core/formation/scale-formation.ts';
import type { Platform } from '../../core/platform.ts';
import type { Actor } from '../../core/records/account.ts';
import { isOfJob } from '../../core/records/dyno.ts';
import { JOB_PREFIX, type JobState } from '../../core/records/job.ts';
import { slugKey } from '../../core/records/slug.ts';
import { releaseSlug, rollback } from '../../core/release/create-release.ts';
import type { Result } from '../../core/result.ts';
import { runJobNow } from '../../core/scheduler/run-job-now.ts';
import { createSlug } from '../../core/slug/create-slug.ts';
import { HOUR_MS } from '../../core/time.ts';
import { happen } from './happen.ts';
import { platformFor } from './process-ports.ts';
import { Broken, newProcess } from './processes.ts';
import type { ScriptEvent } from './script.ts';
import { settled, type World } from './world.ts';

const USERS: readonly Actor[] = ['ada', 'bob', 'eve'].map((name, index) => ({
  accountId: `00000000-0000-4000-9000-00000000000${index}`,
  email: `${name}@example.com`,
}));

const SLOW_REQUESTS = 0.15;

/** Performs one event in the world. Does nothing if its app or task no longer exists. */
export async function perform(world: World, event: ScriptEvent): Promise<void> {
  world.dice.reseed(world.seed, event.salt);
  if (event.kind === 'wait') return world.advance(event.ms);
  if ('dueOffsetMs' in event) await world.advance(untilDueMs(world, event.app, event.dueOffsetMs ?? 0));
  world.count(isRequest(event) ? 'request' : event.kind === 'fault' ? 'fault armed' : event.kind);
  if (isRequest(event)) request(world, event);
  else happen(world, event);
  await settled();
}

export type Request = Extract<ScriptEvent, { kind: (typeof REQUESTS)[number] }>;
const REQUESTS = [
  'create',
  'deploy',
  'config',
  'scale',
  'resize',
  'restart',
  'stop',
  'rollback',
  'run',
  'delete',
  'feature',
  'maintenance',
  'settings',
  'run-job',
  'stop-run',
] as const;

function isRequest(event: ScriptEvent): event is Request {
  return (REQUESTS as readonly string[]).includes(event.kind);
}

/** A user's API request, which may be slow or break in the middle like everything else. */
function request(world: World, event: Request): void {
  const process = newProcess('api', 0);
  process.slow = !world.cluster.healed && world.dice.chance(SLOW_REQUESTS);
  const platform = platformFor(world, process);
  const appId = event.kind === 'create' ? '' : world.appIds[event.app];
  if (appId === undefined) return;
  const damaged = world.isDamaged(appId);
  ask(world, platform, appId, event).then(
    (result) => world.coverage.answered(event.kind, result.ok ? 'ok' : result.error.id),
    (error: unknown) => {
      world.coverage.answered(event.kind, 'broken');
      // A missing or garbage record may break only what needs it; so may a purge under way.
      const going = world.app(appId)?.deletedAtMs !== undefined || (appId !== '' && world.app(appId) === undefined);
      const excused = damaged || world.isDamaged(appId) || going;
      if (!(error instanceof Broken) && !excused) world.rules.crashed(appId, error);
    },
  );
}

async function ask(world: World, platform: Platform, appId: string, event: Request): Promise<Result<unknown>> {
  const actor = world.dice.pick(USERS);
  switch (event.kind) {
    case 'create': {
      const created = await createApp(platform, actor, event.preboot ? { features: ['preboot'] } : {});
      if (created.ok) world.appIds.push(created.value.id);
      return created;
    }
    case 'deploy':
      return deploy(world, platform, actor, appId, event);
    case 'config':
      return setConfigVars(platform, actor, appId, { KEY: String(event.salt) });
    case 'scale':
      return scale(world, platform, actor, appId, event);
    case 'resize': {
      const types =
        world
          .app(appId)
          ?.formation?.map(({ type }) => type)
          .filter((type) => type !== 'release') ?? [];
      const updates = types.filter((type) => event.type === 'all' || type === event.type);
      return scaleFormation(
        platform,
        actor,
        appId,
        updates.map((type) => ({ type, size: event.size })),
      );
    }
    case 'restart':
      if (event.scope === '*') return restartAll(platform, appId);
      return event.scope.includes('.')
        ? restartDyno(platform, appId, event.scope)
        : restartType(platform, appId, event.scope);
    case 'stop': {
      const dynos = world.dynos(appId);
      const dyno = dynos[event.dyno % Math.max(1, dynos.length)];
      return restartDyno(platform, appId, dyno?.id ?? 'web.1');
    }
    case 'rollback':
      return rollback(platform, actor, appId, `v${(world.app(appId)?.nextReleaseVersion ?? 0) - 1 - event.back}`);
    case 'run': {
      const { command, attach, timeToLiveSeconds } = event;
      const ttl = timeToLiveSeconds === undefined ? {} : { timeToLiveSeconds };
      return runDyno(platform, actor, appId, { command, attach, forceNoTty: false, env: {}, ...ttl });
    }
    case 'delete':
      return deleteApp(platform, appId);
    case 'feature': {
      const feature = findAppFeature(event.name);
      return feature.ok ? setAppFeature(platform, appId, feature.value, event.on) : feature;
    }
    case 'settings':
      return changeManagerSettings(platform, appId, {
        cycling: event.cycling,
        ...(event.window === undefined ? {} : { cycleWindow: event.window }),
        ...(event.memoryPercent === undefined ? {} : { memoryThresholdPercent: event.memoryPercent }),
      });
    case 'run-job': {
      const jobs = jobStates(world, appId);
      return runJobNow(platform, actor, appId, jobs[event.job % Math.max(1, jobs.length)]?.job.name ?? 'none');
    }
    case 'stop-run': {
      const runs = world.dynos(appId).filter(isOfJob);
      return restartDyno(platform, appId, runs[event.run % Math.max(1, runs.length)]?.id ?? 'scheduler.1');
    }
    case 'maintenance':
      return changeApp(platform, actor, appId, { maintenance: event.on });
  }
}

async function deploy(
  world: World,
  platform: Platform,
  actor: Actor,
  appId: string,
  { web, worker, release, cron }: Request & { readonly kind: 'deploy' },
): Promise<Result<unknown>> {
  const app = world.app(appId);
  if (app === undefined || app.deletedAtMs !== undefined) return { ok: true, value: undefined };
  const slug = await createSlug(platform, app, {
    processTypes: { web, ...(worker === undefined ? {} : { worker }), ...(release === undefined ? {} : { release }) },
    commit: undefined,
    commitDescription: undefined,
    buildpackDescription: undefined,
    checksum: undefined,
    stack: undefined,
  });
  if (!slug.ok) return slug;
  const { id } = slug.value;
  if (cron !== undefined) {
    // Like the builder, which has read them from `app.json`.
    world.controlPlane.hasJobs = true;
    const value = { ...slug.value, cron };
    await platform.store.transact([{ kind: 'put', key: slugKey(appId, id), value, expect: 'any' }]);
  }
  return releaseSlug(platform, actor, appId, id);
}

function scale(
  world: World,
  platform: Platform,
  actor: Actor,
  appId: string,
  { web, worker }: Request & { readonly kind: 'scale' },
): Promise<Result<unknown>> {
  const wanted: Readonly<Record<string, number>> = { web, worker };
  const entries = world.app(appId)?.formation ?? [];
  const updates = entries
    .filter(({ type }) => wanted[type] !== undefined)
    .map(({ type, size }) => {
      const most = size === 'Eco' || size === 'Basic' ? 1 : size.startsWith('Performance') ? 10 : 100;
      return { type, quantity: Math.min(most, wanted[type] ?? 0) };
    });
  return scaleFormation(platform, actor, appId, updates);
}

const jobStates = (world: World, appId: string): readonly JobState[] =>
  world.store.list<JobState>({ partition: `app#${appId}`, prefix: JOB_PREFIX }).map(({ value }) => value);

/** The longest wait for a job's due time. */
const DUE_WAIT_MAX_MS = 4 * HOUR_MS;

/** From now to the next due time of one of the app's jobs, or a moment before or after it. */
function untilDueMs(world: World, app: number, offsetMs: number): number {
  const times = jobStates(world, world.appIds[app] ?? '').map(({ nextRunAtMs }) => nextRunAtMs);
  if (times.length === 0) return 0;
  const ms = Math.min(...times) + offsetMs - world.agenda.nowMs;
  return ms > DUE_WAIT_MAX_MS ? 0 : Math.max(0, ms);
}
