import { type App, type ManagerMark, managerKey } from '../../core/records/app.ts';
import type { Dyno } from '../../core/records/dyno.ts';
import { MINUTE_MS } from '../../core/time.ts';
import { fieldsOf } from '../dyno-fields.ts';
import { repair } from './happen.ts';
import { perform } from './perform.ts';
import { SKEW_MS } from './processes.ts';
import { isEco } from './rules/eco-hours.ts';
import { settled, type World } from './world.ts';

/** A lost message, a boot, a stop that takes its whole grace, and a few passes. */
const BOUND_MS = 15 * MINUTE_MS;
/** A release command that hangs, and the next one's wait. */
const RELEASE_MS = 65 * MINUTE_MS;
/** ECS gives up on a task that finds no place. */
const STUCK_MS = 31 * MINUTE_MS;

/** No faults from here on, and programs that work. */
export function heal(world: World): void {
  const { calls, cluster, queue } = world;
  calls.disarm();
  cluster.heal();
  queue.faults.length = 0;
  queue.dedupUntilMs = 0;
  queue.lossShare = 0;
  world.controlPlane.eventFaults.length = 0;
  world.controlPlane.ticksSkippedUntilMs = 0;
  for (const appId of world.poisoned.keys()) repair(world, appId);
  world.unreadable.clear();
  world.lastFaultAtMs = world.agenda.nowMs;
}

/** With faults over, the live dynos are the desired ones within a bounded time, and a second pass does nothing. */
export async function settle(world: World): Promise<void> {
  await world.advance(Math.max(0, world.queue.pausedUntilMs - world.agenda.nowMs));
  // Values written by a clock that was ahead become due only when that time has come.
  await world.advance(Math.max(0, world.clockTroubleUntilMs - world.agenda.nowMs));
  if (world.rules.violation !== undefined) return;
  heal(world);
  // For requests that are still on their way.
  await world.advance(MINUTE_MS);
  for (let app = 0; app < world.appIds.length; app += 1) {
    await perform(world, { salt: 1_000_000 + app, kind: 'restart', app, scope: '*' });
  }
  let boundMs = BOUND_MS;
  const pending = Math.max(0, ...world.appIds.map((appId) => world.app(appId)?.pendingReleaseVersions.length ?? 0));
  boundMs += pending * RELEASE_MS;
  if ([...world.cluster.live()].some(({ state }) => state === 'pending')) boundMs += STUCK_MS;
  const startMs = world.agenda.nowMs;
  boundMs += Math.max(0, ...[...world.rules.quiet.quarantineEndsMs.values()].map((untilMs) => untilMs - startMs));
  let missing: string | undefined = '';
  while (missing !== undefined && world.agenda.nowMs - startMs < boundMs) {
    await world.advance(MINUTE_MS);
    if (world.rules.violation !== undefined) return;
    missing = world.appIds.map((appId) => unsettled(world, appId)).find((each) => each !== undefined);
  }
  if (missing !== undefined) {
    world.rules.break('the world settles', `${missing}, ${boundMs / MINUTE_MS} minutes after the last fault`);
    return;
  }
  await lookAgain(world);
}

/** The difference from the desired state as text; undefined: none. */
function unsettled(world: World, appId: string): string | undefined {
  const app = world.app(appId);
  const records = world.dynos(appId);
  const tasks = [...world.cluster.tasksOf(appId)].filter(({ state }) => state !== 'stopped');
  if (app === undefined) {
    return records.length + tasks.length === 0
      ? undefined
      : `${records.length} records, ${tasks.length} tasks of no app`;
  }
  if (app.deletedAtMs !== undefined) return `deleted app ${appId} still has its record`;
  if (app.pendingReleaseVersions.length > 0) return `v${app.pendingReleaseVersions[0]} is pending`;
  const version = app.currentReleaseVersion;
  const wanted = app.formation.flatMap(({ type, quantity, size }) =>
    Array.from({ length: quantity }, (_, index) => `${type}.${index + 1} up v${version} ${size}`),
  );
  const formation = records.filter(({ kind }) => kind === 'formation');
  const asleep = formation.filter(({ state }) => state === 'idle');
  const rests = isEco(app) && formation.length > 0 && formation.every(({ state }) => state === 'idle');
  if (rests && world.rules.eco.hours.maybeUsedUp(app.ownerId)) return undefined;
  const found = formation.map(
    ({ name, state: seen, releaseVersion, size }) => `${name} ${stateOf(seen, size)} v${releaseVersion} ${size}`,
  );
  const difference = differ(wanted, found);
  if (difference !== undefined) return `${appId}: dynos ${difference}`;
  const outdated = formation.find((dyno) => dyno.restartEpoch < restartEpoch(app, dyno));
  if (outdated !== undefined) return `${appId}: ${outdated.name} was not restarted`;
  const key = ({ id, attempt }: Dyno) => `${id}/${attempt}`;
  const running = differ(
    records.filter((dyno) => !asleep.includes(dyno) && fieldsOf(dyno).job === undefined).map(key),
    tasks.filter(({ spec }) => spec.type !== 'scheduler').map(({ dynoId, attempt }) => `${dynoId}/${attempt}`),
  );
  if (running !== undefined) return `${appId}: tasks ${running}`;
  const webs = formation.filter(({ type, state }) => type === 'web' && state === 'up').map(({ id }) => id);
  const routed = differ(webs, world.routers.of(appId)?.dynos.map(({ dynoId }) => dynoId) ?? []);
  return routed === undefined ? undefined : `${appId}: routes ${routed}`;
}

function restartEpoch({ restarts }: App, { type, name }: Dyno): number {
  return Math.max(...['*', type, name].map((scope) => restarts.byScope[scope] ?? 0));
}

/** An Eco app without requests sleeps, which is its desired state. */
const stateOf = (state: string, size: string) => (state === 'idle' && size === 'Eco' ? 'up' : state);

function differ(wanted: readonly string[], found: readonly string[]): string | undefined {
  const missing = wanted.filter((each) => !found.includes(each));
  const extra = found.filter((each) => !wanted.includes(each));
  if (missing.length === 0 && extra.length === 0 && wanted.length === found.length) return undefined;
  return `lack ${missing.slice(0, 3).join(', ') || 'nothing'}; have beyond that ${extra.slice(0, 3).join(', ') || 'doubles'}`;
}

async function lookAgain(world: World): Promise<void> {
  // Due in a moment: a clock that is a little ahead finds it due now.
  const { nowMs } = world.agenda;
  const still = world.appIds.filter((appId) => {
    const mark = world.store.get<ManagerMark>(managerKey(appId))?.value;
    return (mark?.lookAtMs ?? Number.POSITIVE_INFINITY) > nowMs + SKEW_MS;
  });
  const picture = () =>
    still
      .map((appId) => {
        const dynos = world.dynos(appId).filter(({ kind }) => kind === 'formation');
        return JSON.stringify([dynos, world.routers.of(appId)?.version]);
      })
      .join('\n');
  const before = picture();
  for (const { manager } of world.controlPlane.managers) {
    for (const appId of world.appIds) {
      await manager.lookAt(appId);
      await settled();
    }
  }
  const after = picture();
  // The second manager may have to publish routes once that the first one published, or died before publishing.
  const plain = (text: string) => text.replace(/,(\d+|null)\]$/gm, ']');
  if (plain(before) !== plain(after)) world.rules.break('a second pass does nothing', 'a record changed');
}
