import { updateApp } from '../app/update-app.ts';
import { readDynos } from '../dyno/find-dyno.ts';
import { conflict, type Failure, notFound } from '../failure.ts';
import { logApiEvent } from '../log/api-log.ts';
import type { Platform } from '../platform.ts';
import type { Actor } from '../records/account.ts';
import { jobRecord } from '../records/job.ts';
import { currentRelease } from '../release/find-release.ts';
import { err, ok, type Result } from '../result.ts';
import { type PlannedRun, planRun, trimLedger } from './plan-run.ts';
import { describeRun, type RunView } from './read-jobs.ts';
import { startedEvent } from './recurring-jobs.ts';
import { syncJobsIfMarked } from './sync-jobs.ts';

/** A manual run, in addition to the schedule. The overlap policy applies to it too. */
export async function runJobNow(
  platform: Platform,
  actor: Actor,
  appId: string,
  name: string,
): Promise<Result<RunView, Failure>> {
  await syncJobsIfMarked(platform, appId);
  const updated = await updateApp<PlannedRun>(platform, appId, async (app) => {
    const item = await jobRecord.get(platform.store, appId, name);
    const release = await currentRelease(platform, app);
    if (item === undefined || release === undefined) return err(notFound('job'));
    const context = { app, release, dynos: await readDynos(platform, appId) };
    const due = { scheduledAtMs: platform.clock.nowMs(), cause: 'manual' } as const;
    const planned = planRun(platform, context, item.value.job, due);
    if (planned.ok) {
      const writes = [...planned.value.writes, ...(await trimLedger(platform, appId, name))];
      return ok({ app, writes, events: planned.value.events, value: planned.value });
    }
    if (planned.error.kind === 'failure') return err(planned.error.failure);
    return err(conflict(`Job ${name} was not run: ${planned.error.reason}.`));
  });
  if (!updated.ok) return updated;
  const { run, dyno } = updated.value.value;
  logApiEvent(platform, appId, startedEvent(dyno.command, actor.email));
  return ok(describeRun(run, dyno));
}
