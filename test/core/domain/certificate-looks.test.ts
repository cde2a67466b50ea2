import { deleteApp } from '../../../core/app/delete-app.ts';
import { refreshAcm, setAcm } from '../../../core/domain/acm.ts';
import { addDomain } from '../../../core/domain/add-domain.ts';
import { stepRemoval } from '../../../core/domain/remove-certificate.ts';
import type { Certificates } from '../../../core/ports/certificates.ts';
import type { Problems } from '../../../core/ports/problems.ts';
import { type CertificateRemoval, domainKey, removalKey } from '../../../core/records/domain.ts';
import { START_MS } from '../../api/api-fixture.ts';
import { stored } from '../../stored.ts';
import { DomainWorld } from './domain-world.ts';
import { ISSUED, RECORD } from './virtual-issuer.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 1_440 * MINUTE;

let world: DomainWorld;
beforeEach(async () => {
  world = await DomainWorld.open();
});
afterEach(() => world.fixture.close());
const appId = () => world.app.id;
const onlyDomain = async () => {
  const [domain, ...more] = await world.domains();
  if (domain === undefined || more.length > 0) throw new Error('not one domain');
  return domain;
};

describe('looks at the certificate of a domain', () => {
  beforeEach(async () => {
    await addDomain(world.platform, appId(), 'www.example.com');
    await setAcm(world.platform, appId(), true);
    await world.routed();
  });

  test('ask for it, write what it is called before anything else, and say of each change when', async () => {
    const added = await onlyDomain();
    world.fixture.clock.advance(SECOND);
    await world.step();
    const asked = await onlyDomain();
    const [reference] = world.issuer.kept.keys();
    const certificate = {
      id: reference?.replace('ref-', ''),
      reference,
      status: 'pending',
      reason: 'Create the DNS record _a.example. CNAME _b.acm-validations.aws.',
      record: RECORD,
      requestedAtMs: START_MS + SECOND,
      refreshes: 0,
      failures: 0,
      lookAtMs: START_MS + SECOND + MINUTE,
    };
    expect(asked).toEqual({ ...added, status: 'succeeded', certificate, updatedAtMs: START_MS + SECOND });
    expect(world.issuer.kept.get(reference ?? '')).toMatchObject({ hostname: 'www.example.com' });
    expect(world.issuer.calls).toEqual(['request', 'describe']);
    // A step that finds no change publishes nothing to the owner.
    await world.step(MINUTE);
    expect(await onlyDomain()).toEqual({
      ...asked,
      certificate: { ...certificate, lookAtMs: START_MS + SECOND + 2 * MINUTE },
    });
    world.issuer.all(ISSUED);
    await world.step(MINUTE);
    expect(await onlyDomain()).toEqual({
      ...asked,
      certificate: {
        id: certificate.id,
        reference,
        status: 'cert issued',
        record: RECORD,
        issued: ISSUED.certificate,
        requestedAtMs: START_MS + SECOND,
        refreshes: 0,
        failures: 0,
        lookAtMs: START_MS + SECOND + 2 * MINUTE + DAY,
      },
      updatedAtMs: START_MS + SECOND + 2 * MINUTE,
    });
    expect(world.issuer.calls).toEqual(['request', 'describe', 'describe', 'describe', 'attach']);
  });

  test('are told of when they break, and change nothing that is known', async () => {
    world.issuer.fault = () => {
      throw new Error('Rate exceeded');
    };
    await world.step();
    expect(world.reported).toEqual(['could not check the certificate of www.example.com']);
    expect((await onlyDomain()).certificate).toEqual({
      id: expect.any(String),
      status: 'pending',
      requestedAtMs: START_MS,
      refreshes: 0,
      failures: 1,
      lookAtMs: START_MS + MINUTE,
    });
  });

  test('keep what the issuer has called it when the next call breaks', async () => {
    world.issuer.fault = (call) => {
      if (call === 'describe') throw new Error('Rate exceeded');
    };
    await world.step();
    const [reference] = world.issuer.kept.keys();
    expect((await onlyDomain()).certificate).toMatchObject({ reference, failures: 1, lookAtMs: START_MS + MINUTE });
  });

  test.each(['request', 'describe'])(
    'begin anew a second later when somebody wrote the domain during %s',
    async (at) => {
      const key = domainKey(appId(), 'www.example.com');
      let written: Promise<unknown> | undefined;
      world.issuer.fault = (call, done) => {
        if (call !== at || !done || written !== undefined) return;
        written = onlyDomain().then((value) =>
          world.platform.store.transact([{ kind: 'put', key, value: { ...value, dnsTarget: 'x' }, expect: 'any' }]),
        );
      };
      const { issuer } = world;
      const certificates: Certificates = {
        request: async (what) => {
          const answer = await issuer.request(what);
          await written;
          return answer;
        },
        describe: async (reference) => {
          const answer = await issuer.describe(reference);
          await written;
          return answer;
        },
        attach: (reference) => issuer.attach(reference),
        detach: (reference) => issuer.detach(reference),
        remove: (reference) => issuer.remove(reference),
      };
      Object.assign(world, { issuer: certificates });
      await world.step();
      expect(await written).toMatchObject({ ok: true });
      expect(await world.dueInMs()).toBe(SECOND);
      expect(await onlyDomain()).toMatchObject({ dnsTarget: 'x' });
      await world.step(SECOND);
      expect(issuer.kept.size).toBe(1);
      expect((await onlyDomain()).certificate).toMatchObject({ status: 'pending', record: RECORD });
    },
  );

  test('two at the same time ask for one certificate, and neither breaks', async () => {
    await Promise.all([world.step(), world.step()]);
    await world.step(SECOND);
    expect(world.reported).toEqual([]);
    expect(world.issuer.kept.size).toBe(1);
    expect((await onlyDomain()).certificate).toMatchObject({ status: 'pending', record: RECORD });
  });

  test('say when its status changed, when its reason changed, and nothing else', async () => {
    await world.step();
    const told = async (state: Parameters<typeof world.issuer.all>[0]) => {
      world.issuer.all(state);
      await world.step(MINUTE);
      return ((await onlyDomain()).updatedAtMs - START_MS) / MINUTE;
    };
    const pending = { state: 'pending', validated: false } as const;
    const other = { ...RECORD, name: '_c.example.' };
    expect(await told({ ...pending, record: RECORD })).toBe(0);
    expect(await told({ ...pending, record: other })).toBe(2);
    expect(await told({ ...pending, record: other })).toBe(2);
    expect(await told({ ...pending, record: other, validated: true })).toBe(4);
    expect(await told(ISSUED)).toBe(5);
  });

  test('begin before the time is over, and not after it', async () => {
    await world.step(0, START_MS);
    expect(world.issuer.calls).toEqual([]);
    await world.step(0, START_MS + 1);
    expect(world.issuer.calls).toEqual(['request', 'describe']);
  });

  test('are none once the app is on its way out', async () => {
    await deleteApp(world.platform, appId());
    await world.step();
    expect(world.issuer.calls).toEqual([]);
    expect(await world.dueInMs()).toBeUndefined();
  });

  test('come back in an hour to what a newer platform wrote, or sooner to what is due sooner', async () => {
    const key = domainKey(appId(), 'www.example.com');
    const value = { ...(await onlyDomain()), schemaVersion: 2 };
    await world.platform.store.transact([{ kind: 'put', key, value, expect: 'any' }]);
    const due = async (afterMs: number) =>
      (await world.platform.store.due('certificates', START_MS + afterMs, 1)).length > 0;
    await world.step();
    expect([await due(60 * MINUTE - 1), await due(60 * MINUTE)]).toEqual([false, true]);
    await addDomain(world.platform, appId(), 'shop.example.com');
    await world.routed();
    await world.step();
    expect([await due(MINUTE - 1), await due(MINUTE)]).toEqual([false, true]);
  });

  test('that a refresh asks for are noted, so that it is answered once', async () => {
    await world.step();
    await refreshAcm(world.platform, appId());
    await refreshAcm(world.platform, appId());
    await world.step(SECOND);
    expect((await onlyDomain()).certificate).toMatchObject({ refreshes: 2, lookAtMs: START_MS + SECOND + MINUTE });
    world.issuer.calls.length = 0;
    await world.step(SECOND);
    expect(world.issuer.calls).toEqual([]);
  });

  test('leave a domain whose certificate is not wanted any more without one', async () => {
    await world.step();
    const { certificate, ...rest } = await onlyDomain();
    await setAcm(world.platform, appId(), false);
    world.fixture.clock.advance(SECOND);
    world.issuer.fault = () => {
      throw new Error('Rate exceeded');
    };
    await world.step();
    expect(await onlyDomain()).toEqual({ ...rest, updatedAtMs: START_MS + SECOND });
    const key = removalKey(appId(), certificate?.id ?? '');
    expect((await world.platform.store.get(key))?.value).toEqual({
      schemaVersion: 1,
      appId: appId(),
      certificateId: certificate?.id,
      hostname: 'www.example.com',
      reference: certificate?.reference,
      failures: 1,
      lookAtMs: START_MS + SECOND + MINUTE,
    });
    expect(world.reported).toEqual(['could not remove the certificate of www.example.com']);
    expect(await world.dueInMs()).toBe(MINUTE);
  });
});

describe('a certificate that nobody wants', () => {
  const removal: CertificateRemoval = {
    schemaVersion: 1,
    appId: 'app-1',
    certificateId: 'certificate-1',
    hostname: 'www.example.com',
    failures: 2,
    lookAtMs: START_MS,
  };
  const key = removalKey('app-1', 'certificate-1');
  type Requested = Awaited<ReturnType<Certificates['request']>>;
  async function step(value: CertificateRemoval, requested: Requested, gone = true) {
    const { store } = world.platform;
    const calls: unknown[] = [];
    const reported: unknown[] = [];
    await store.transact([{ kind: 'put', key, value, expect: 'any' }]);
    const item = await stored<CertificateRemoval>(store, key);
    if (item === undefined) throw new Error('no removal');
    const certificates = {
      request: async (what: object) => {
        calls.push(what);
        return requested;
      },
      detach: async (reference: string) => void calls.push(`detach ${reference}`),
      remove: async (reference: string) => {
        calls.push(`remove ${reference}`);
        return gone;
      },
    } as unknown as Certificates;
    const problems: Problems = {
      report: (problem, error, about) => reported.push(`${about?.appId}: ${problem}: ${String(error)}`),
    };
    const nextMs = await stepRemoval({ platform: { ...world.platform, problems }, certificates }, item);
    return { nextMs, left: (await store.get(key))?.value, calls, reported };
  }
  const ASKED = { certificateId: 'certificate-1', hostname: 'www.example.com' };
  const REFERENCE = { ok: true, reference: 'ref-1' } as const;
  const REFUSED = { ok: false, reason: 'Rate exceeded' } as const;
  const GONE = { nextMs: Number.POSITIVE_INFINITY, left: undefined, reported: [] };

  test('is taken off the edge, then away', async () => {
    expect(await step({ ...removal, reference: 'ref-2' }, REFERENCE)).toEqual({
      ...GONE,
      calls: ['detach ref-2', 'remove ref-2'],
    });
  });

  test('is waited for while the edge still has it', async () => {
    const left = { ...removal, reference: 'ref-1', failures: 0, lookAtMs: START_MS + MINUTE };
    expect(await step(removal, REFERENCE, false)).toEqual({
      nextMs: START_MS + MINUTE,
      left,
      calls: [ASKED, 'detach ref-1', 'remove ref-1'],
      reported: [],
    });
  });

  test('is asked for once more where nobody knows what it is called', async () => {
    expect(await step(removal, REFERENCE)).toEqual({ ...GONE, calls: [ASKED, 'detach ref-1', 'remove ref-1'] });
    expect(await step(removal, { ...REFUSED, retry: false })).toEqual({ ...GONE, calls: [ASKED] });
    expect(await step(removal, { ...REFUSED, retry: true })).toEqual({
      nextMs: START_MS + 4 * MINUTE,
      left: { ...removal, failures: 3, lookAtMs: START_MS + 4 * MINUTE },
      calls: [ASKED],
      reported: ['app-1: could not remove the certificate of www.example.com: Error: Rate exceeded'],
    });
  });

  test('is not looked at before its time', async () => {
    const later = { ...removal, lookAtMs: START_MS + 1 };
    expect(await step(later, REFERENCE)).toEqual({ nextMs: START_MS + 1, left: later, calls: [], reported: [] });
  });
});
