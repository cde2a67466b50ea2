import { DAY_MS } from '../../core/time.ts';
import { Fleet } from './fleet.ts';

const DYNOS = 1_000;
/** Calls per second that ECS allows an account in a region. */
const START_STOP_PER_SECOND = 40;
const DESCRIBE_PER_SECOND = 20;
/** Half of the quota is left for deploys, crashes and users: nobody plans to run at the limit. */
const SHARE = 0.5;

interface Counts {
  readonly starts: number;
  readonly stops: number;
  readonly observes: number;
  readonly events: number;
  readonly looks: number;
  readonly nudges: number;
  readonly reads: number;
  readonly writes: number;
}

/** Quiet days with cycling only, and a day with a deploy of every app: calls per dyno and day, and how many dynos the quota carries. */
export async function benchDay(days: number): Promise<void> {
  const fleet = await Fleet.of(DYNOS);
  // The first day has no cycles yet.
  await fleet.advance(2 * DAY_MS);
  const quiet = await during(fleet, days, () => fleet.advance(days * DAY_MS));
  const deployed = await during(fleet, 1, async () => {
    for (const appId of fleet.appIds) fleet.release(appId);
    await fleet.advance(DAY_MS);
  });
  console.log(`\ncalls per dyno and day (${DYNOS} dynos in ${fleet.appIds.length} apps)`);
  row('', 'quiet', 'with a deploy', `dynos that the quota carries on quiet days, at ${SHARE * 100} % of it`);
  row('starts (RunTask)', quiet.starts, deployed.starts, '');
  row('stops (StopTask)', quiet.stops, deployed.stops, '');
  const actions = (day: Counts) => day.starts + day.stops;
  row('starts and stops', actions(quiet), actions(deployed), carried(START_STOP_PER_SECOND, actions(quiet)));
  row('looks (DescribeTasks)', quiet.observes, deployed.observes, carried(DESCRIBE_PER_SECOND, quiet.observes));
  row('task definitions', 0, 0, `1/s: one per build, none otherwise: ${perDay(1)} builds a day`);
  row('task events', quiet.events, deployed.events, '');
  row('nudges (messages)', quiet.nudges, deployed.nudges, '');
  row('store reads', quiet.reads, deployed.reads, '');
  row('store transactions', quiet.writes, deployed.writes, '');
}

async function during(fleet: Fleet, days: number, work: () => Promise<unknown>): Promise<Counts> {
  const counts = (): Counts => {
    const { starts, stops, observes, events } = fleet.tasks;
    const { looks, nudges, reads, writes } = fleet;
    return { starts, stops, observes, events, looks, nudges, reads, writes };
  };
  const before = counts();
  await work();
  const after = counts();
  const per = (key: keyof Counts) => (after[key] - before[key]) / fleet.dynos / days;
  return {
    starts: per('starts'),
    stops: per('stops'),
    observes: per('observes'),
    events: per('events'),
    looks: per('looks'),
    nudges: per('nudges'),
    reads: per('reads'),
    writes: per('writes'),
  };
}

const perDay = (perSecond: number) => Math.round((perSecond * SHARE * DAY_MS) / 1_000).toLocaleString('en');

function carried(perSecond: number, perDynoDay: number): string {
  if (perDynoDay === 0) return '';
  const dynos = Math.round((perSecond * SHARE * DAY_MS) / 1_000 / perDynoDay);
  return `${perSecond}/s: ${dynos.toLocaleString('en')}`;
}

function row(name: string, quiet: number | string, deployed: number | string, carries: string): void {
  const cell = (value: number | string) => (typeof value === 'number' ? value.toFixed(2) : value).padEnd(16);
  console.log(`  ${name.padEnd(32)}${cell(quiet)}${cell(deployed)}${carries}`);
}
