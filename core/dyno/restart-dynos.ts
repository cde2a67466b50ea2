import { type AppChange, updateApp } from '../app/update-app.ts';
import { type Failure, notFound } from '../failure.ts';
import { findFormationEntry, unknownProcessType } from '../formation/scale-formation.ts';
import type { Platform } from '../platform.ts';
import type { App, RestartEpochs } from '../records/app.ts';
import { type Dyno, dynoKey } from '../records/dyno.ts';
import { err, ok, type Result } from '../result.ts';
import { readDynos, visibleDynos } from './find-dyno.ts';

/** Restarts all dynos of the formation; one-off dynos keep running. */
export function restartAll(platform: Platform, appId: string): Promise<Result<unknown, Failure>> {
  return updateApp(platform, appId, (app) => ok(restarted(app, '*')));
}

export function restartType(platform: Platform, appId: string, type: string): Promise<Result<unknown, Failure>> {
  return updateApp(platform, appId, (app) => {
    const entry = findFormationEntry(app.formation, type);
    return entry === undefined ? err(unknownProcessType(type)) : ok(restarted(app, entry.type));
  });
}

/** A dyno of the formation is replaced; a one-off is stopped, because nothing would start it again. */
export function restartDyno(platform: Platform, appId: string, identity: string): Promise<Result<unknown, Failure>> {
  return updateApp(platform, appId, async (app) => {
    const items = await readDynos(platform, appId);
    const dyno = visibleDynos(items.map((item) => item.value)).find(
      ({ name, id }) => name === identity || id === identity,
    );
    if (dyno === undefined) return isWanted(app, identity) ? ok(restarted(app, identity)) : err(notFound('dyno'));
    if (dyno.kind === 'formation') return ok(restarted(app, dyno.name));
    const item = items.find(({ value }) => value.id === dyno.id);
    const stopped: Dyno = { ...dyno, stopRequested: true, updatedAtMs: platform.clock.nowMs() };
    const put = { kind: 'put', key: dynoKey(appId, dyno.id), value: stopped, expect: item?.version ?? 'any' } as const;
    return ok({ app, writes: [put], value: undefined });
  });
}

/** `web.3` of a formation with quantity three, before the dyno manager has written its record. */
function isWanted(app: App, name: string): boolean {
  const [, type, number] = /^(.+)\.([1-9]\d{0,3})$/.exec(name) ?? [];
  return app.formation.some((entry) => entry.type === type && Number(number) <= entry.quantity);
}

function restarted(app: App, scope: string): AppChange<undefined> {
  return { app: { ...app, restarts: bumpEpoch(app.restarts, scope) }, value: undefined };
}

/** A wider scope replaces the narrower ones, so that the record does not grow with each restart. */
export function bumpEpoch({ last, byScope }: RestartEpochs, scope: string): RestartEpochs {
  const epoch = last + 1;
  const kept = Object.entries(byScope).filter(([other]) => scope !== '*' && !other.startsWith(`${scope}.`));
  return { last: epoch, byScope: Object.fromEntries([...kept, [scope, epoch]]) };
}
