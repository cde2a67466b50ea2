import { deleteApp, purgeApp } from '../../../core/app/delete-app.ts';
import { refreshAcm, setAcm } from '../../../core/domain/acm.ts';
import { addDomain } from '../../../core/domain/add-domain.ts';
import { removeDomain } from '../../../core/domain/remove-domain.ts';
import { domainKey } from '../../../core/records/domain.ts';
import { DomainWorld } from './domain-world.ts';
import { ISSUED, RECORD } from './virtual-issuer.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let world: DomainWorld;
const appId = () => world.app.id;
beforeEach(async () => {
  world = await DomainWorld.open();
});
afterEach(() => world.fixture.close());

async function domainWithAcm(): Promise<void> {
  await addDomain(world.platform, appId(), 'www.example.com');
  await setAcm(world.platform, appId(), true);
  await world.routed();
}

test('a domain is pending until the routers were told of it, then nothing is due', async () => {
  await addDomain(world.platform, appId(), 'www.example.com');
  await world.step();
  expect(await world.domains()).toMatchObject([{ status: 'pending' }]);
  expect(await world.dueInMs()).toBe(SECOND);
  await world.routed();
  await world.step(SECOND);
  expect(await world.domains()).toMatchObject([{ status: 'succeeded' }]);
  expect(await world.dueInMs()).toBeUndefined();
  expect(world.issuer.calls).toEqual([]);
});

test('from the request to the served certificate, the owner is told what to do', async () => {
  await domainWithAcm();
  await world.step();
  expect(await world.certificate()).toMatchObject({
    status: 'pending',
    record: RECORD,
    reason: 'Create the DNS record _a.example. CNAME _b.acm-validations.aws.',
  });
  expect(await world.dueInMs()).toBe(MINUTE);
  await world.step(HOUR);
  expect(await world.certificate()).toMatchObject({ status: 'failing', record: RECORD });
  world.issuer.all({ state: 'pending', record: RECORD, validated: true });
  await world.step(5 * MINUTE);
  const verified = await world.certificate();
  expect(verified).toMatchObject({ status: 'verified' });
  expect(verified?.reason).toBeUndefined();
  world.issuer.all(ISSUED);
  await world.step(MINUTE);
  const issued = await world.certificate();
  expect(issued).toMatchObject({ status: 'cert issued', issued: ISSUED.certificate });
  expect(issued?.reason).toBeUndefined();
  expect(world.issuer.served()).toEqual(['www.example.com']);
  expect(await world.dueInMs()).toBe(DAY);
});

test('a domain that is added during a look is looked at at once', async () => {
  await domainWithAcm();
  let added: Promise<unknown> | undefined;
  world.issuer.fault = () => {
    added ??= addDomain(world.platform, appId(), 'shop.example.com');
  };
  await world.step();
  expect(await added).toMatchObject({ ok: true });
  expect(await world.dueInMs()).toBe(0);
  await world.step();
  expect(await world.domains()).toEqual(
    expect.arrayContaining([expect.objectContaining({ hostname: 'shop.example.com', certificate: expect.anything() })]),
  );
});

test('an early look asks nobody', async () => {
  await domainWithAcm();
  await world.step();
  world.issuer.calls.length = 0;
  await world.step(30 * SECOND);
  expect(world.issuer.calls).toEqual([]);
});

test('every day it is offered to the edge again, and a renewal that lacks its record says so', async () => {
  await domainWithAcm();
  await world.step();
  world.issuer.all({ ...ISSUED, renewal: RECORD });
  await world.step(MINUTE);
  expect(await world.certificate()).toMatchObject({
    status: 'cert issued',
    reason: 'Needed for its renewal: Create the DNS record _a.example. CNAME _b.acm-validations.aws.',
  });
  for (const certificate of world.issuer.kept.values()) certificate.attached = false;
  await world.step(DAY);
  expect(world.issuer.served()).toEqual(['www.example.com']);
});

test('a full edge is a reason, and is tried again', async () => {
  world.issuer.room = 0;
  await domainWithAcm();
  await world.step();
  world.issuer.all(ISSUED);
  await world.step(MINUTE);
  expect(await world.certificate()).toMatchObject({ status: 'failing', reason: 'The edge is full' });
  world.issuer.room = 1;
  await world.step(15 * MINUTE);
  expect(await world.certificate()).toMatchObject({ status: 'cert issued' });
});

test.each([
  { name: 'that may be repeated', retry: true, status: 'failing', dueInMs: 15 * MINUTE },
  { name: 'for good', retry: false, status: 'failed', dueInMs: undefined },
])('a refusal $name', async ({ retry, status, dueInMs }) => {
  world.issuer.refusal = { reason: 'No more this year', retry };
  await domainWithAcm();
  await world.step();
  expect(await world.certificate()).toMatchObject({ status, reason: 'No more this year' });
  expect(await world.dueInMs()).toBe(dueInMs);
});

test('what has failed stays failed until a refresh, which requests another and removes the first', async () => {
  await domainWithAcm();
  await world.step();
  world.issuer.all({ state: 'failed', reason: 'A CAA record forbids it' });
  await world.step(MINUTE);
  expect(await world.certificate()).toMatchObject({ status: 'failed', reason: 'A CAA record forbids it' });
  expect(await world.dueInMs()).toBeUndefined();
  const [first] = world.issuer.kept.keys();
  await refreshAcm(world.platform, appId());
  await world.step();
  expect(await world.certificate()).toMatchObject({ status: 'pending' });
  expect([...world.issuer.kept.keys()]).not.toContain(first);
  expect(world.issuer.kept.size).toBe(1);
});

test('a refresh looks at once at what is still being tried', async () => {
  await domainWithAcm();
  await world.step();
  world.issuer.all(ISSUED);
  await refreshAcm(world.platform, appId());
  await world.step();
  expect(await world.certificate()).toMatchObject({ status: 'cert issued' });
});

test('a certificate that was removed behind our back is requested again', async () => {
  await domainWithAcm();
  await world.step();
  world.issuer.kept.clear();
  await world.step(MINUTE);
  expect(world.issuer.kept.size).toBe(0);
  await world.step(5 * MINUTE);
  await world.step(SECOND);
  expect(world.issuer.kept.size).toBe(1);
});

test('a throttled issuer is asked less and less often, and the status stays what it was', async () => {
  await domainWithAcm();
  world.issuer.fault = () => {
    throw new Error('Rate exceeded');
  };
  const waits: (number | undefined)[] = [];
  for (let pass = 0; pass < 6; pass += 1) {
    await world.step(waits.at(-1) ?? 0);
    waits.push(await world.dueInMs());
  }
  expect(waits).toEqual([1, 2, 5, 15, 15, 15].map((minutes) => minutes * MINUTE));
  expect(await world.certificate()).toMatchObject({ status: 'pending', failures: 6 });
  expect(world.reported).toHaveLength(6);
  world.issuer.fault = () => {};
  await world.step(15 * MINUTE);
  expect(await world.certificate()).toMatchObject({ reason: expect.stringContaining('_a.example.'), failures: 0 });
});

test('switching off, removing the domain and deleting the app all take the certificate off the edge and away', async () => {
  const ways = [
    () => setAcm(world.platform, appId(), false),
    () => removeDomain(world.platform, appId(), 'www.example.com'),
    async () => {
      await deleteApp(world.platform, appId());
      await purgeApp(world.platform, appId());
    },
  ];
  for (const [index, end] of ways.entries()) {
    if (index > 0) {
      world.fixture.close();
      world = await DomainWorld.open();
    }
    await domainWithAcm();
    await world.step();
    world.issuer.all(ISSUED);
    await world.step(MINUTE);
    expect(world.issuer.served()).toHaveLength(1);
    await end();
    await world.routed();
    await world.step();
    await world.step(MINUTE);
    expect(world.issuer.kept.size).toBe(0);
    expect(await world.dueInMs()).toBeUndefined();
  }
});

test.each([
  { name: 'what a newer platform wrote', damage: { schemaVersion: 2 }, says: 'was written by a newer platform' },
  { name: 'what is damaged', damage: { dnsTarget: 7 }, says: 'cannot be read' },
])('$name is left alone, and the operator hears of it', async ({ damage, says }) => {
  await domainWithAcm();
  const [domain] = await world.domains();
  const key = domainKey(appId(), 'www.example.com');
  const value = { ...domain, ...damage };
  await world.platform.store.transact([{ kind: 'put', key, value, expect: 'any' }]);
  await addDomain(world.platform, appId(), 'other.example.com');
  await world.routed();
  await world.step();
  expect([...world.issuer.kept.values()].map(({ hostname }) => hostname)).toEqual(['other.example.com']);
  expect((await world.platform.store.get(key))?.value).toEqual(value);
  expect(world.reported).toEqual([`skipped domain#www.example.com: it ${says}`]);
});

test('a run out of time leaves the rest due at once', async () => {
  await domainWithAcm();
  await addDomain(world.platform, appId(), 'other.example.com');
  await world.step(0, world.fixture.clock.nowMs());
  expect(world.issuer.calls).toEqual([]);
  expect(await world.dueInMs()).toBe(0);
});
