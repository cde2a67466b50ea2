import fc from 'fast-check';
import { purgeApp } from '../../core/app/delete-app.ts';
import { stepCertificates } from '../../core/domain/certificate-step.ts';
import { eventReconciler } from '../../core/event/event-reconciler.ts';
import { sweep } from '../../core/reconcile/sweep.ts';
import type { Release } from '../../core/records/release.ts';
import { VirtualIssuer } from '../core/domain/virtual-issuer.ts';
import { type Answered, type ApiFixture, openApiFixture, type Principal } from './api-fixture.ts';
import { chunks, deploy, startBuild } from './deploy.ts';
import { MirroredStore } from './mirrored-store.ts';

let fixture: ApiFixture;
let store: MirroredStore;
let me: Principal;
let friend: Principal;
let appId: string;
let issuer: VirtualIssuer;
beforeEach(async () => {
  fixture = await openApiFixture({
    wrapStore: (inner) => {
      store = new MirroredStore(inner);
      return store;
    },
  });
  issuer = new VirtualIssuer();
  me = await fixture.principal('me@example.com');
  friend = await fixture.principal('friend@example.com');
  appId = (await must('POST', '/apps', { name: 'shop' })).body.id;
  await publishEvents();
});
afterEach(() => fixture.close());

/** A refused request would also leave nothing, and prove nothing. */
async function must(method: string, path: string, body?: unknown, token = me.token): Promise<Answered> {
  const answer = await fixture.request(method, path, { token, ...(body === undefined ? {} : { body }) });
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  return answer;
}
const certificates = async (id = appId) => {
  // Twice: an issuer removes a certificate a minute after the request.
  for (let look = 0; look < 2; look += 1) {
    await stepCertificates({ platform: fixture.platform, certificates: issuer }, id);
    fixture.clock.advance(60_000);
  }
};

const publishEvents = async () => {
  const reconciler = eventReconciler(fixture.platform, { publish: async () => {} });
  await sweep(reconciler, fixture.platform, (id) => reconciler.pass(id, { due: [] }));
};

/** Adds something to the app or the account, and returns how it is removed. */
type Thing = () => Promise<() => Promise<unknown>>;

const domain =
  (hostname: string): Thing =>
  async () => {
    const { body } = await must('POST', '/apps/shop/domains', { hostname, sni_endpoint: null });
    return async () => {
      await must('DELETE', `/apps/shop/domains/${hostname.startsWith('*') ? body.id : hostname}`);
      await certificates();
    };
  };

const PUBLIC_KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ6yD2XvMeRwT0cFWn4JzVcKDTs5sZkmpSjX2eGYbKLo tina@laptop';

const THINGS: Readonly<Record<string, Thing>> = {
  'a domain': domain('www.example.com'),
  'a wildcard domain': domain('*.example.net'),
  'a collaborator whom the owner removes': async () => {
    await must('POST', '/apps/shop/collaborators', { user: 'friend@example.com' });
    return () => must('DELETE', '/apps/shop/collaborators/friend@example.com');
  },
  'a key': async () => {
    const { body } = await must('POST', '/account/keys', { public_key: PUBLIC_KEY });
    return () => must('DELETE', `/account/keys/${body.fingerprint}`);
  },
  'an authorization': async () => {
    // The store removes what has expired by the machine's clock, which is not the test's.
    const { body } = await must('POST', '/oauth/authorizations', { expires_in: 10 * 365 * 86_400 });
    return () => must('DELETE', `/oauth/authorizations/${body.id}`);
  },
  'an authorization whose token was renewed': async () => {
    const { body } = await must('POST', '/oauth/authorizations', {});
    await must('POST', `/oauth/authorizations/${body.id}/actions/regenerate-tokens`);
    return () => must('DELETE', `/oauth/authorizations/${body.id}`);
  },
  'a token that is revoked by itself': async () => {
    const { body } = await must('POST', '/oauth/authorizations', {});
    return () => must('DELETE', `/oauth/tokens/${body.access_token.token}`);
  },
  'another app': async () => {
    const { body } = await must('POST', '/apps', { name: 'other' });
    return async () => {
      await must('DELETE', '/apps/other');
      await purgeApp(fixture.platform, body.id);
    };
  },
  'another name': async () => {
    await must('PATCH', `/apps/${appId}`, { name: 'store' });
    return () => must('PATCH', `/apps/${appId}`, { name: 'shop' });
  },
};

test('whatever is added and removed again, in any order: the store is as it was before', async () => {
  // Only marks, which say when an app needs a pass, come and go by themselves.
  const kept = () => store.keys().filter((key) => !key.startsWith('certificates#') && !key.endsWith(' / manager'));
  const { 'another name': rename, ...others } = THINGS;
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray(Object.keys(others), { minLength: 1 }), fc.nat(), async (names, turn) => {
      const before = kept();
      const removals: (() => Promise<unknown>)[] = [];
      for (const name of names) removals.push(await (others[name] as Thing)());
      expect(kept()).not.toEqual(before);
      const from = turn % removals.length;
      for (const remove of [...removals.slice(from), ...removals.slice(0, from)]) await remove();
      await publishEvents();
      expect(kept()).toEqual(before);
    }),
    { numRuns: 12, examples: [[Object.keys(others), 0]] },
  );
  const before = kept();
  const back = await rename?.();
  expect(kept()).not.toEqual(before);
  await back?.();
  await publishEvents();
  expect(kept()).toEqual(before);
});

test('a collaborator who leaves by himself leaves nothing', async () => {
  const before = store.keys();
  await must('POST', '/apps/shop/collaborators', { user: 'friend@example.com' });
  await must('DELETE', '/apps/shop/collaborators/friend@example.com', undefined, friend.token);
  expect(store.keys()).toEqual(before);
  expect((await must('GET', '/apps', undefined, friend.token)).body).toEqual([]);
});

test('a domain that is gone leaves the app itself as it was, with or without a certificate', async () => {
  const hosts = () => (store.contents()[`app#${appId} / app`] as { customHosts?: readonly string[] }).customHosts ?? [];
  for (const acm of [false, true]) {
    await must(acm ? 'POST' : 'DELETE', '/apps/shop/acm');
    await must('POST', '/apps/shop/domains', { hostname: 'www.example.com', sni_endpoint: null });
    await certificates();
    expect(hosts()).toHaveLength(2);
    await must('DELETE', '/apps/shop/domains/www.example.com');
    expect(hosts()).toEqual([]);
    await certificates();
    expect(store.keys().filter((key) => /^host#| \/ domain|^certificates#/.test(key))).toEqual([]);
    expect(store.queues().filter((queue) => queue.startsWith('certificates'))).toEqual([]);
    expect([...issuer.kept.values()]).toEqual([]);
  }
});

test('a build that is canceled stays in the history, and nobody looks at it again', async () => {
  const build = await startBuild(fixture, me.token, 'shop');
  await must('DELETE', `/apps/shop/builds/${build.id}`);
  expect(store.queues().filter((queue) => queue.includes('build'))).toEqual([]);
  expect(store.keys()).toContain(`app#${appId} / build#${build.id}`);
});

test('of an app with everything in it nothing is left: no record, no output, no upload of its own', async () => {
  const before = store.keys();
  const { body: doomed } = await must('POST', '/apps', { name: 'doomed' });
  await must('POST', '/apps/doomed/collaborators', { user: 'friend@example.com' });
  await must('POST', '/apps/doomed/acm');
  for (const hostname of ['www.example.com', '*.example.net']) {
    await must('POST', '/apps/doomed/domains', { hostname, sni_endpoint: null });
  }
  await certificates(doomed.id);
  const built = await deploy(fixture, me, 'doomed', {
    processTypes: { web: 'serve' },
    cron: [
      {
        name: 'nightly',
        command: 'tidy',
        schedule: '0 2 * * *',
        timezone: 'UTC',
        overlap: 'skip',
        catchUp: 'none',
      },
    ],
  });
  const failing = await startBuild(fixture, me.token, 'doomed');
  await must('DELETE', `/apps/doomed/builds/${failing.id}`);
  await must('POST', '/apps/doomed/dynos', { command: 'job' });
  const slug = (await must('POST', '/apps/doomed/slugs', { process_types: { web: 'w', release: 'migrate' } })).body;
  const uploaded = `slugs/${slug.id}.tgz`;
  await fixture.platform.blobs.put(uploaded, chunks(Buffer.from('mine')), 100);
  const released = (await must('POST', '/apps/doomed/releases', { slug: slug.id })).body;
  const streams = [...fixture.buildOrders.map(({ outputStreamId }) => outputStreamId)];
  const release = Object.values(store.contents()).find((value) => (value as { id?: string }).id === released.id);
  streams.push((release as Release).outputStreamId ?? 'none');
  for (const stream of streams) fixture.platform.outputs.append(stream, 'words\n');

  await must('DELETE', '/apps/doomed');
  await purgeApp(fixture.platform, doomed.id);
  await publishEvents();
  await certificates(doomed.id);
  expect(store.keys()).toEqual(before);
  expect(store.queues().filter((queue) => queue.includes(doomed.id))).toEqual([]);
  expect(streams.map((stream) => fixture.platform.outputs.read(stream, 0, AbortSignal.abort()))).toEqual(
    streams.map(() => undefined),
  );
  expect(await fixture.platform.blobs.size(uploaded)).toBeUndefined();
  // Another app whose slug has the same content may use what a build made.
  expect(await fixture.platform.blobs.size(`slugs/${built.id}`)).toBeGreaterThan(0);
});
