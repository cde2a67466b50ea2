import { managerDirty } from '../../core/app/update-app.ts';
import { type App, appKey } from '../../core/records/app.ts';
import { dynoKey } from '../../core/records/dyno.ts';
import { releaseKey } from '../../core/records/release.ts';
import { MINUTE_MS } from '../../core/time.ts';
import type { Request } from './perform.ts';
import type { ScriptEvent } from './script.ts';
import type { Task } from './task-cluster.ts';
import type { World } from './world.ts';

type Happening = Exclude<ScriptEvent, Request | { readonly kind: 'wait' }>;

/** Events that nobody requested through the API. */
export function happen(world: World, event: Happening): void {
  const { agenda, cluster, queue, calls } = world;
  switch (event.kind) {
    case 'begin':
      world.begin(event);
      return;
    case 'visit':
      world.routers.request(world.appIds[event.app] ?? '', event);
      return;
    case 'router-behind':
      world.fault('router behind');
      world.routers.behind(event.router);
      agenda.after(event.minutes * MINUTE_MS, 'router', () => world.routers.caughtUp(event.router));
      return;
    case 'clock':
      world.controlPlane.setClock(event);
      return;
    case 'exit':
    case 'memory':
    case 'client':
    case 'hang-up':
      toTask(world, event);
      return;
    case 'fault':
      calls.arm(event.fault);
      return;
    case 'messages':
      // A queue in the platform's own process loses no single messages, only all of them.
      if (event.what === 'lost' && world.home === 'machine') return;
      queue.faults.push({ what: event.what, times: event.times });
      return;
    case 'events':
      world.controlPlane.eventFaults.push({ what: event.what, times: event.times });
      return;
    case 'launches':
      cluster.spoilt.push({ how: event.how, times: event.times });
      world.fault(`launch ${event.how}`);
      return;
    case 'zone-lost': {
      world.fault('zone lost');
      const hosts = cluster.hostsOf(event.zone);
      cluster.loseHosts(hosts, event.noticedAfterMs);
      outage(world, hosts);
      return;
    }
    case 'host-leaves':
      world.fault(`host ${event.why}`);
      cluster.drainHost(event.host, event.why);
      outage(world, [event.host]);
      return;
    case 'ticks-skipped':
      world.controlPlane.ticksSkippedUntilMs = agenda.nowMs + event.minutes * MINUTE_MS;
      return;
    case 'deduplicated':
      if (world.home === 'cloud') queue.dedupUntilMs = agenda.nowMs + event.minutes * MINUTE_MS;
      return;
    case 'throttled':
      calls.throttledUntilMs = agenda.nowMs + event.minutes * MINUTE_MS;
      return;
    case 'moved-to-space':
      moveToSpace(world, world.appIds[event.app] ?? '', event.size);
      return;
    case 'process-killed':
      world.controlPlane.kill(event.index);
      return;
    case 'outage':
      world.controlPlane.outage(event.minutes * MINUTE_MS);
      return;
    case 'record-lost': {
      const dynos = world.dynos(world.appIds[event.app] ?? '').filter(({ kind }) => kind === 'formation');
      const dyno = dynos[event.dyno % Math.max(1, dynos.length)];
      if (dyno === undefined) return;
      world.fault('record lost');
      world.store.erase(dynoKey(dyno.appId, dyno.id));
      world.rules.eco.hours.lost(dyno);
      return;
    }
    case 'tasks-lost':
      world.controlPlane.loseTasks();
      return;
    case 'poison':
    case 'app-unreadable':
    case 'release-unreadable':
      damage(world, event);
      return;
  }
}

function toTask(world: World, { kind, app, task: index }: Extract<ScriptEvent, { task: number }>): void {
  const fits = (task: Task) =>
    kind === 'client' ? task.state === 'awaiting-client' : kind === 'hang-up' ? task.spec.attach !== undefined : true;
  const tasks = [...world.cluster.tasksOf(world.appIds[app] ?? '')].filter(
    (task) => task.state !== 'stopped' && !task.silent && fits(task) && (kind === 'client' || task.state === 'running'),
  );
  const task = tasks[index % Math.max(1, tasks.length)];
  if (task === undefined) return;
  if (kind === 'exit') world.cluster.exit(task, world.dice.below(2));
  else if (kind === 'memory') world.cluster.memory(task, task.spec.size.memoryMiB * world.dice.pick([1.2, 2.5]));
  else if (kind === 'client') world.cluster.attachClient(task);
  else world.cluster.hangUp(task);
}

/** New tasks are placed elsewhere for a while. */
function outage(world: World, hosts: readonly number[]): void {
  const { downHosts } = world.cluster;
  for (const host of hosts) if (downHosts.size < 4) downHosts.add(host);
  world.agenda.after(30 * MINUTE_MS, 'host back', () => {
    for (const host of hosts) downHosts.delete(host);
  });
}

/** Makes desired state unreadable for a while: garbage in the app's record, or a record that a restore left out. */
function damage(world: World, event: ScriptEvent & { readonly app: number; readonly minutes: number }): void {
  const appId = world.appIds[event.app];
  const app = appId === undefined ? undefined : world.app(appId);
  if (appId === undefined || app === undefined || app.deletedAtMs !== undefined || world.isDamaged(appId)) return;
  world.fault(event.kind);
  const afterMs = event.minutes * MINUTE_MS;
  if (event.kind === 'poison') {
    world.poisoned.set(appId, app);
    world.store.overwrite(appKey(appId), { ...app, formation: null });
    world.agenda.after(afterMs, 'repair', () => repair(world, appId));
    return;
  }
  const key = event.kind === 'app-unreadable' ? appKey(appId) : releaseKey(appId, app.currentReleaseVersion ?? 0);
  const name = `${key.partition}/${key.sort}`;
  world.unreadable.add(name);
  if (event.kind === 'app-unreadable') world.wereGone.add(appId);
  world.agenda.after(afterMs, 'repair', () => {
    world.unreadable.delete(name);
    world.fault('repaired');
  });
}

export function repair(world: World, appId: string): void {
  const good = world.poisoned.get(appId) as App | undefined;
  world.poisoned.delete(appId);
  world.fault('repaired');
  // Users' changes meanwhile are kept.
  if (good !== undefined) world.store.overwrite(appKey(appId), { ...world.app(appId), formation: good.formation });
}

/** An operator gives all of its dynos a size that the API does not offer outside a Private Space. */
function moveToSpace({ store, agenda, queue }: World, appId: string, size: string): void {
  const item = store.get<App>(appKey(appId));
  if (item === undefined || item.value.formation === null) return;
  const formation = item.value.formation.map((entry) => ({ ...entry, size }));
  store.transact([
    { kind: 'put', key: appKey(appId), value: { ...item.value, formation }, expect: item.version },
    managerDirty(appId, agenda.nowMs),
  ]);
  queue.nudge(appId, 0);
}
