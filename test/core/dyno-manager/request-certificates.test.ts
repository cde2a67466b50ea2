import { deleteApp, purgeApp } from '../../../core/app/delete-app.ts';
import { setAcm } from '../../../core/domain/acm.ts';
import { addDomain } from '../../../core/domain/add-domain.ts';
import type { DynoRuntime } from '../../../core/ports/dyno-runtime.ts';
import { certificatesMarkKey } from '../../../core/records/domain.ts';
import { DomainWorld } from '../domain/domain-world.ts';
import { type DrivenManager, driveManager } from './driven-manager.ts';

const NOTHING_RUNS = { observe: async () => ({ complete: true, tasks: [] }) } as unknown as DynoRuntime;

let world: DomainWorld;
let sent: string[];
let problems: string[];
let manager: DrivenManager;
beforeEach(async () => {
  world = await DomainWorld.open();
  sent = [];
  problems = [];
  manager = driveManager({
    platform: {
      ...world.platform,
      problems: { report: (problem, error) => problems.push(`${problem}: ${(error as Error).message}`) },
    },
    runtime: NOTHING_RUNS,
    completeReleasePhase: async () => undefined,
    purgeApp,
    certificateRequests: { enqueue: (appId) => sent.push(appId) },
  });
});
afterEach(() => world.fixture.close());

const look = () => manager.lookAt(world.app.id);

test('a domain that was added is looked at right after the pass that routes it, and is ready then', async () => {
  await addDomain(world.platform, world.app.id, 'www.example.com');
  await look();
  expect(sent).toEqual([world.app.id]);
  await world.step();
  expect(await world.domains()).toMatchObject([{ status: 'succeeded' }]);
});

test('an app without domains, or whose certificates are not due yet, costs no request', async () => {
  await look();
  await addDomain(world.platform, world.app.id, 'www.example.com');
  await world.step();
  expect(await world.dueInMs()).toBe(1_000);
  await look();
  expect(sent).toEqual([]);
  world.fixture.clock.advance(1_000);
  await look();
  expect(sent).toHaveLength(1);
});

test('the certificates of an app that is deleted are looked at as soon as its domains are gone', async () => {
  await addDomain(world.platform, world.app.id, 'www.example.com');
  await setAcm(world.platform, world.app.id, true);
  await look();
  await world.step();
  await deleteApp(world.platform, world.app.id);
  sent.length = 0;
  await look();
  expect(await world.domains()).toEqual([]);
  expect(sent).toEqual([world.app.id]);
});

test('marks that cannot be read fail no pass: the sweep finds the app', async () => {
  await addDomain(world.platform, world.app.id, 'www.example.com');
  const { store } = world.platform;
  const { get } = store;
  store.get = async (key) => {
    if (key.partition === certificatesMarkKey(world.app.id).partition) throw new Error('out of reach');
    return get.call(store, key) as never;
  };
  await look();
  expect(sent).toEqual([]);
  expect(problems).toEqual(['could not queue the certificate check; the next sweep retries it: out of reach']);
  expect(await world.dueInMs()).toBe(0);
});

describe('a domain is routed once a pass of the dyno manager has had it', () => {
  const statuses = async () => (await world.domains()).map(({ hostname, status }) => `${hostname} ${status}`);

  test('not by the pass before it, whatever that one has left', async () => {
    await addDomain(world.platform, world.app.id, 'one.example.com');
    await look();
    await addDomain(world.platform, world.app.id, 'two.example.com');
    await world.step();
    expect(await statuses()).toEqual(['one.example.com pending', 'two.example.com pending']);
    await look();
    await world.step(1_000);
    expect(await statuses()).toEqual(['one.example.com succeeded', 'two.example.com succeeded']);
  });

  test('also where it is added while a pass over the certificates reads', async () => {
    await addDomain(world.platform, world.app.id, 'one.example.com');
    await look();
    const { store } = world.platform;
    const { list } = store;
    store.list = async (query) => {
      store.list = list;
      await addDomain(world.platform, world.app.id, 'two.example.com');
      return store.list(query);
    };
    await world.step();
    expect(await statuses()).toEqual(['one.example.com succeeded', 'two.example.com pending']);
  });

  test('and a change of the app that came after it takes nothing back', async () => {
    await addDomain(world.platform, world.app.id, 'one.example.com');
    await look();
    await world.step();
    await setAcm(world.platform, world.app.id, true);
    await world.step();
    expect(await statuses()).toEqual(['one.example.com succeeded']);
  });
});
