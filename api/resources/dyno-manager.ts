import * as z from 'zod';
import { CERTIFICATES } from '../../core/domain/certificate-reconciler.ts';
import { listDynos } from '../../core/dyno/find-dyno.ts';
import { changeManagerSettings, type SettingsChange, timeOfDay } from '../../core/dyno/manager-settings.ts';
import { DYNO_MANAGER } from '../../core/dyno-manager/manager-queue.ts';
import { cycleDueMs } from '../../core/dyno-manager/plan/cycling.ts';
import { readRollouts, rolloutStatus } from '../../core/dyno-manager/plan/rollout.ts';
import { EVENT_PUBLISHING } from '../../core/event/event-reconciler.ts';
import type { Failure } from '../../core/failure.ts';
import type { Platform } from '../../core/platform.ts';
import { type ReconcilerStatus, readStatus, type StatusSource } from '../../core/reconcile/status.ts';
import type { App } from '../../core/records/app.ts';
import type { Dyno } from '../../core/records/dyno.ts';
import { DEFAULT_SETTINGS } from '../../core/records/dyno-manager-settings.ts';
import type { Rollout } from '../../core/records/rollout.ts';
import { ok, type Result } from '../../core/result.ts';
import { RECURRING_JOBS } from '../../core/scheduler/recurring-jobs.ts';
import { apiDate } from '../../core/time.ts';
import { type Answer, type Route, route } from '../route.ts';

/** Everything that works on an app by itself. */
const RECONCILERS: readonly StatusSource[] = [DYNO_MANAGER, RECURRING_JOBS, CERTIFICATES, EVENT_PUBLISHING];

const changes = z.object({
  cycling: z.boolean().nullish(),
  cycle_window: z.object({ start: z.string(), end: z.string(), time_zone: z.string() }).nullish(),
  memory_threshold_percent: z.number().nullish(),
});

const date = (ms: number | undefined) => (ms === undefined ? null : apiDate(ms));

/** Heroku has no such resource: its dyno manager's actions appear only in the log. */
async function managerBody(platform: Platform, app: App) {
  const [rollouts, dynos, reconcilers] = await Promise.all([
    readRollouts(platform.store, app.id),
    listDynos(platform, app.id),
    Promise.all(RECONCILERS.map((source) => readStatus(source, platform, app.id))),
  ]);
  const { cycling, cycleWindow, memoryThresholdPercent } = app.dynoManager ?? DEFAULT_SETTINGS;
  return {
    app: { id: app.id, name: app.name },
    cycling,
    cycle_window:
      cycleWindow === undefined
        ? null
        : {
            start: timeOfDay(cycleWindow.startMinute),
            end: timeOfDay(cycleWindow.endMinute),
            time_zone: cycleWindow.timeZone,
          },
    memory_threshold_percent: memoryThresholdPercent ?? null,
    rollouts: Object.entries(rollouts).map(([type, rollout]) => rolloutBody(type, rollout)),
    dynos: dynos.map((dyno) => dynoBody(app, dyno)),
    reconcilers: reconcilers.map(reconcilerBody),
  };
}

function reconcilerBody({ name, lastPassAtMs, nextPassAtMs, waiting, failures }: ReconcilerStatus) {
  return {
    name,
    last_pass_at: date(lastPassAtMs),
    next_pass_at: date(nextPassAtMs),
    waiting_for: waiting,
    failures:
      failures === undefined
        ? null
        : {
            in_a_row: failures.count,
            last_at: apiDate(failures.lastAtMs),
            quarantined_until: date(failures.quarantinedUntilMs),
          },
  };
}

function rolloutBody(type: string, rollout: Rollout) {
  return {
    type,
    mode: rollout.mode,
    status: rolloutStatus(rollout),
    release: { version: rollout.target.releaseVersion },
    serving_release: { version: rollout.from.releaseVersion },
    started_at: apiDate(rollout.startedAtMs),
    abandoned_at: date(rollout.abandonedAtMs),
  };
}

function dynoBody(app: App, dyno: Dyno) {
  const cycleAtMs = dyno.kind === 'formation' ? cycleDueMs(dyno, app.dynoManager) : dyno.cycleAtMs;
  return {
    id: dyno.id,
    name: dyno.name,
    state: dyno.state,
    release: { version: dyno.releaseVersion },
    started_because: (dyno.kind === 'formation' ? dyno.startedBecause : undefined) ?? null,
    crashes_in_a_row: dyno.crashCount,
    next_start_at: dyno.state === 'crashed' ? date(dyno.nextStartAtMs) : null,
    cycle_at: date(cycleAtMs),
  };
}

function changeOf(body: z.infer<typeof changes>): SettingsChange {
  const { cycling, cycle_window: window, memory_threshold_percent: percent } = body;
  return {
    ...(cycling == null ? {} : { cycling }),
    ...(window === undefined
      ? {}
      : { cycleWindow: window && { start: window.start, end: window.end, timeZone: window.time_zone } }),
    ...(percent === undefined ? {} : { memoryThresholdPercent: percent }),
  };
}

const answer = async (platform: Platform, app: App): Promise<Result<Answer, Failure>> =>
  ok({ body: await managerBody(platform, app) });

export const dynoManagerRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/apps/:app/dyno-manager',
    permission: 'app',
    handle: ({ platform, app }) => answer(platform, app),
  }),
  route({
    method: 'PATCH',
    path: '/apps/:app/dyno-manager',
    permission: 'app',
    body: changes,
    async handle({ platform, app, body }) {
      const changed = await changeManagerSettings(platform, app.id, changeOf(body));
      return changed.ok ? answer(platform, changed.value) : changed;
    },
  }),
];
