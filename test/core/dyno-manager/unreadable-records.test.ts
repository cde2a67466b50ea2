import { managerDirty } from '../../../core/app/update-app.ts';
import type { ItemKey } from '../../../core/ports/store.ts';
import { appKey, managerKey } from '../../../core/records/app.ts';
import { dynoKey } from '../../../core/records/dyno.ts';
import { releaseKey } from '../../../core/records/release.ts';
import { rolloutsKey } from '../../../core/records/rollout.ts';
import { slugKey } from '../../../core/records/slug.ts';
import { trafficKey } from '../../../core/records/traffic.ts';
import { tarball } from '../../artifacts.ts';
import { stored } from '../../stored.ts';
import { APP_ID, World } from './world.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const OTHER = 'app-2';

let world: World;
const live = (appId: string) =>
  world.runtime
    .live()
    .filter((task) => task.appId === appId)
    .map(({ spec }) => spec.name)
    .sort();

/** Two apps with one manager; the first has a rollout under way, so that every kind of record exists. */
beforeEach(async () => {
  world = new World();
  await world.createApp();
  await world.deploy({ web: 'web', worker: 'worker' });
  await world.scale({ web: 1, worker: 1 });
  await world.time.advance(SECOND);
  await copyApp();
  await world.change((app) => ({ ...app, features: { preboot: true } }));
  await world.deploy({ web: 'web', worker: 'worker' });
  await world.time.advance(SECOND);
  expect(live(APP_ID)).toEqual(['web.1', 'web.1', 'worker.1']);
  expect(live(OTHER)).toEqual(['web.1', 'worker.1']);
});
afterEach(() => world.close());

async function copyApp(): Promise<void> {
  for (const { sort } of [appKey(APP_ID), releaseKey(APP_ID, 1), slugKey(APP_ID, 'slug-1'), configKeyOf(1)]) {
    const item = await stored<object>(world.store, { partition: `app#${APP_ID}`, sort });
    const identity = sort === 'app' ? { id: OTHER } : { appId: OTHER };
    await put({ partition: `app#${OTHER}`, sort }, { ...item?.value, ...identity });
  }
  await world.store.transact([managerDirty(OTHER, world.time.nowMs())]);
  world.time.enqueue(OTHER);
  await world.time.advance(SECOND);
}

const configKeyOf = (version: number) => ({
  partition: `app#${APP_ID}`,
  sort: `config#${String(version).padStart(10, '0')}`,
});

const put = (key: ItemKey, value: unknown) =>
  world.store.transact([{ kind: 'put', key, value, expect: 'any', due: dueOf(key) }].map(withoutUndefined));
const dueOf = ({ sort }: ItemKey) => (sort === 'manager' ? { queue: 'manager', atMs: 0 } : undefined);
const withoutUndefined = <T extends object>(value: T) => JSON.parse(JSON.stringify(value));

interface Spoilt {
  readonly record: string;
  readonly key: () => ItemKey | Promise<ItemKey>;
  /** The damaged fields. */
  readonly damage: object;
  readonly flaw: string;
}

const aDyno = async () => {
  const dyno = (await world.dynos()).find(({ name }) => name === 'web.1');
  return dynoKey(APP_ID, dyno?.id ?? '');
};

const RECORDS: readonly Spoilt[] = [
  { record: 'app', key: () => appKey(APP_ID), damage: { formation: [{ type: 'web' }] }, flaw: 'formation' },
  {
    record: 'app',
    key: () => appKey(APP_ID),
    damage: { formation: [{ type: 'web', quantity: 1e9, size: 'Standard-1X', command: 'web' }] },
    flaw: 'formation',
  },
  {
    record: 'app',
    key: () => appKey(APP_ID),
    damage: { dynoManager: { cycling: true, cycleWindow: { timeZone: 'UTC' } } },
    flaw: 'dynoManager',
  },
  { record: 'dyno', key: aDyno, damage: { state: 'flying' }, flaw: 'state' },
  { record: 'dyno', key: aDyno, damage: { cycleAtMs: 'tomorrow' }, flaw: 'cycleAtMs' },
  { record: 'release', key: () => releaseKey(APP_ID, 2), damage: { processTypes: 'web' }, flaw: 'processTypes' },
  { record: 'rollouts', key: () => rolloutsKey(APP_ID), damage: { web: { mode: 'leap' } }, flaw: 'web' },
  { record: 'manager', key: () => managerKey(APP_ID), damage: { dirty: 'yes' }, flaw: 'dirty' },
];

const CORRUPT = RECORDS.map(({ record, key, damage, flaw }) => ({
  name: `corrupt ${record} record (${JSON.stringify(damage)})`,
  key,
  damage,
  says: `its ${record} record is corrupt: ${flaw}`,
}));
const NEWER = [...new Map(RECORDS.map(({ record, key }) => [record, key]))].map(([record, key]) => ({
  name: `${record} record of a newer platform`,
  key,
  damage: { schemaVersion: 2 },
  says: `its ${record} record has schema version 2, and this platform knows 1`,
}));

test.each([...CORRUPT, ...NEWER])(
  '$name: nothing of its app is touched, the operator is told, the other app goes on',
  async (spoilt) => {
    const key = await spoilt.key();
    const item = await stored<object>(world.store, key);
    await put(key, { ...item?.value, ...spoilt.damage });
    for (const task of world.runtime.live()) if (task.spec.name === 'worker.1') world.runtime.exitTask(task.taskRef, 1);
    await world.time.advance(SECOND);
    expect(world.reports).toEqual([`in quarantine for 30 s: its passes fail: ${spoilt.says}`]);
    expect(live(APP_ID)).toEqual(['web.1', 'web.1']);
    expect(live(OTHER)).toEqual(['web.1', 'worker.1']);
    await world.manager.sweep();
    await world.time.advance(MINUTE);
    expect(world.reports).toHaveLength(2);
    expect(await world.store.get(key)).toMatchObject({ value: spoilt.damage });
    await put(key, item?.value);
    await world.time.advance(2 * MINUTE);
    expect(live(APP_ID)).toContain('worker.1');
    expect(world.reports).toHaveLength(2);
  },
);

test.each([
  { name: 'corrupt', damage: { lastRequestAtMs: 'now' } },
  { name: 'of a newer platform', damage: { schemaVersion: 2 } },
])('what is known of requests to an Eco app, $name: the app is left as it is', async ({ damage }) => {
  await world.scale({ web: 1, worker: 1 }, 'Eco');
  await world.time.advance(4 * MINUTE);
  await world.manager.noteRequests([APP_ID]);
  const item = await stored<object>(world.store, trafficKey(APP_ID));
  await put(trafficKey(APP_ID), { ...item?.value, ...damage });
  await world.time.advance(45 * MINUTE);
  expect(world.reports[0]).toMatch(/^in quarantine for 30 s: its passes fail: its traffic record /);
  expect(live(APP_ID)).toEqual(['web.1', 'worker.1']);
});

test.each([
  { name: 'corrupt', damage: { artifact: tarball(7 as never) }, says: 'its slug record is corrupt: artifact' },
  {
    name: 'of a newer platform',
    damage: { schemaVersion: 2 },
    says: 'its slug record has schema version 2, and this platform knows 1',
  },
])(
  'a slug $name: what runs goes on, no dyno is started from it, and mending it ends that',
  async ({ damage, says }) => {
    const key = slugKey(APP_ID, 'slug-2');
    const item = await stored<object>(world.store, key);
    await put(key, { ...item?.value, ...damage });
    world.runtime.exitTask(world.runtime.live().find(isWorkerOf(APP_ID))?.taskRef ?? '', 1);
    await world.time.advance(SECOND);
    expect(world.reports[0]).toBe(`cannot read the release or config of worker.1: ${says}`);
    expect(live(APP_ID)).toEqual(['web.1', 'web.1']);
    await put(key, item?.value);
    await world.time.advance(2 * MINUTE);
    expect(live(APP_ID)).toContain('worker.1');
  },
);

const isWorkerOf = (appId: string) => (task: { readonly appId: string; readonly spec: { readonly name: string } }) =>
  task.appId === appId && task.spec.name === 'worker.1';
