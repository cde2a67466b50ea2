import { setAcm } from '../../../core/domain/acm.ts';
import { addDomain } from '../../../core/domain/add-domain.ts';
import { CERTIFICATES } from '../../../core/domain/certificate-reconciler.ts';
import { areCertificatesDue } from '../../../core/domain/certificate-step.ts';
import { findDomain } from '../../../core/domain/find-domain.ts';
import { removeDomain } from '../../../core/domain/remove-domain.ts';
import type { ItemKey } from '../../../core/ports/store.ts';
import { sweep } from '../../../core/reconcile/sweep.ts';
import {
  certificatesMark,
  certificatesMarkKey,
  type Domain,
  type DomainCertificate,
  removalOf,
} from '../../../core/records/domain.ts';
import { START_MS } from '../../api/api-fixture.ts';
import { DomainWorld } from './domain-world.ts';

const domain: Domain = {
  schemaVersion: 1,
  id: 'domain-1',
  appId: 'app-1',
  hostname: 'www.example.com',
  dnsTarget: 'pure-brook-1.dns.localhost',
  status: 'pending',
  createdAtMs: 1,
  updatedAtMs: 1,
};
const certificate: DomainCertificate = {
  id: 'certificate-1',
  status: 'pending',
  requestedAtMs: 1,
  refreshes: 0,
  failures: 0,
};

test.each([
  { name: 'with what the issuer calls it', known: { reference: 'ref-1' } },
  { name: 'of which the issuer may not have heard', known: {} },
])('a certificate $name is noted to be removed', ({ known }) => {
  expect(removalOf(domain, { ...certificate, ...known }, 7)).toEqual({
    kind: 'put',
    key: { partition: 'certificates#app-1', sort: 'removal#certificate-1' },
    value: {
      schemaVersion: 1,
      appId: 'app-1',
      certificateId: 'certificate-1',
      hostname: 'www.example.com',
      failures: 0,
      lookAtMs: 7,
      ...known,
    },
    expect: 'any',
  });
});

test('the mark says when the certificates of an app want a look', () => {
  const mark = {
    kind: 'put',
    key: { partition: 'certificates#app-1', sort: 'mark' },
    value: { schemaVersion: 1, appId: 'app-1', lookAtMs: 7 },
    due: { queue: 'certificates', atMs: 7 },
  };
  expect(certificatesMark('app-1', 7)).toEqual({ ...mark, expect: 'any' });
  expect(certificatesMark('app-1', 7, 3)).toEqual({ ...mark, expect: 3 });
});

describe('in the store', () => {
  let world: DomainWorld;
  beforeEach(async () => {
    world = await DomainWorld.open();
  });
  afterEach(() => world.fixture.close());
  const value = async (key: ItemKey) => (await world.platform.store.get(key))?.value;

  test('an added domain is a record, found by name and by id, and two names that lead to its app', async () => {
    const appId = world.app.id;
    const added = await addDomain(world.platform, appId, 'WWW.example.com');
    const [record] = await world.domains();
    expect(added).toEqual({ ok: true, value: record });
    expect(record).toEqual({
      schemaVersion: 1,
      id: expect.any(String),
      appId,
      hostname: 'www.example.com',
      dnsTarget: expect.stringMatching(/^[a-z]+-[a-z]+-[0-9a-f]{16}\.dns\.localhost$/),
      status: 'pending',
      createdAtMs: START_MS,
      updatedAtMs: START_MS,
    });
    if (record === undefined) throw new Error('no record');
    const claims = [
      { partition: 'host#www.example.com', sort: 'host' },
      { partition: `host#${record.dnsTarget}`, sort: 'host' },
    ];
    const byId = { partition: `app#${appId}`, sort: `domain-id#${record.id}` };
    for (const claim of claims) expect(await value(claim)).toEqual({ schemaVersion: 1, appId });
    expect(await value({ partition: `app#${appId}`, sort: 'domain#www.example.com' })).toEqual(record);
    expect(await value(byId)).toEqual({ hostname: 'www.example.com' });
    expect(await value({ partition: `app#${appId}`, sort: 'app' })).toMatchObject({
      customHosts: ['www.example.com', record.dnsTarget],
    });
    for (const identity of ['www.example.com', 'WWW.EXAMPLE.COM.', record.id, record.id.toUpperCase()]) {
      expect(await findDomain(world.platform.store, appId, identity)).toMatchObject({
        ok: true,
        value: { value: record },
      });
    }
    expect(await removeDomain(world.platform, appId, record.id)).toEqual({ ok: true, value: record });
    for (const key of [...claims, byId]) expect(await value(key)).toBeUndefined();
    expect(await value({ partition: `app#${appId}`, sort: 'app' })).toMatchObject({ customHosts: [] });
  });

  test('a name is refused where another owner claims a wildcard over it between the look and the write', async () => {
    const { fixture, app, platform } = world;
    const other = await fixture.principal('other@example.com');
    const theirs = await fixture.request('POST', '/apps', { token: other.token, body: { name: 'theirs' } });
    const { store } = platform;
    let claimed: unknown;
    const late = {
      ...platform,
      store: {
        get: store.get.bind(store),
        list: store.list.bind(store),
        due: store.due.bind(store),
        transact: async (writes: Parameters<typeof store.transact>[0]) => {
          claimed ??= await addDomain(platform, theirs.body.id, '*.example.com');
          return store.transact(writes);
        },
      },
    };
    expect(await addDomain(late, app.id, 'www.example.com')).toEqual({
      ok: false,
      error: { id: 'invalid_params', message: 'www.example.com is currently in use by another app.' },
    });
    expect(claimed).toMatchObject({ ok: true });
    expect(await world.domains()).toEqual([]);
  });

  test('a domain that is removed leaves the names of the others', async () => {
    const appId = world.app.id;
    for (const name of ['a.example.com', 'b.example.com', 'c.example.com'])
      await addDomain(world.platform, appId, name);
    const [a, , c] = await world.domains();
    await removeDomain(world.platform, appId, 'b.example.com');
    expect(await value({ partition: `app#${appId}`, sort: 'app' })).toMatchObject({
      customHosts: ['a.example.com', a?.dnsTarget, 'c.example.com', c?.dnsTarget],
    });
  });

  test('whose certificates want a look is told from the moment on that was asked for', async () => {
    const { platform, app } = world;
    const swept = async (max: number) => {
      const appIds: string[] = [];
      await sweep(CERTIFICATES, platform, (appId) => appIds.push(appId), { max });
      return appIds;
    };
    const mark = async (atMs: number) => {
      await platform.store.transact([certificatesMark(app.id, atMs)]);
      return [await areCertificatesDue(platform, app.id), await swept(10)];
    };
    expect(await areCertificatesDue(platform, app.id)).toBe(false);
    expect(await mark(START_MS + 1)).toEqual([false, []]);
    expect(await mark(START_MS)).toEqual([true, [app.id]]);
    expect(await swept(0)).toEqual([]);
    // A mark of an older platform, without a time.
    const old = {
      kind: 'put',
      key: certificatesMarkKey(app.id),
      value: { schemaVersion: 1, appId: app.id },
      expect: 'any',
    } as const;
    await platform.store.transact([old]);
    expect(await areCertificatesDue(platform, app.id)).toBe(true);
  });

  test('an app that never had the switch has it, and it counts from nothing', async () => {
    expect(await setAcm(world.platform, world.app.id, false)).toMatchObject({
      ok: true,
      value: { acm: { enabled: false, refreshes: 0 } },
    });
    expect(await world.dueInMs()).toBe(0);
  });
});
