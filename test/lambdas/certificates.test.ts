import { setAcm } from '../../core/domain/acm.ts';
import { addDomain } from '../../core/domain/add-domain.ts';
import { certificateReconciler } from '../../core/domain/certificate-reconciler.ts';
import { Driver } from '../../core/reconcile/driver.ts';
import { StoredFailures } from '../../core/reconcile/failure-log.ts';
import { createHandler } from '../../lambdas/certificates/handler.ts';
import { DomainWorld } from '../core/domain/domain-world.ts';
import { IGNORED_PROBLEMS } from '../problems.ts';

const OTHER = '99999999-0000-4000-8000-000000000009';

let world: DomainWorld;
let problems: string[];
let order: string[];
let broken: ReadonlySet<string>;
beforeEach(async () => {
  world = await DomainWorld.open();
  problems = [];
  order = [];
  broken = new Set();
});
afterEach(() => world.fixture.close());

/** As lambdas/certificates/index.ts wires it, with an issuer in memory. */
async function handle(bodies: readonly string[], remainingMs = 60_000): Promise<readonly string[]> {
  const { issuer: certificates } = world;
  const platform = { ...world.platform, problems: IGNORED_PROBLEMS };
  const reconciler = certificateReconciler({ platform, certificates });
  const handler = createHandler({
    driver: new Driver(
      {
        ...reconciler,
        pass: async (appId, context) => {
          order.push(appId);
          if (broken.has(appId)) throw new Error('ACM is out of reach');
          return reconciler.pass(appId, context);
        },
      },
      { ...platform, requests: { enqueue: () => undefined }, failures: new StoredFailures(platform) },
    ),
    nowMs: platform.clock.nowMs,
    problems: { report: (text, cause) => problems.push(`${text}: ${(cause as Error).message}`) },
    flush: async () => {
      order.push('settled');
    },
  });
  const Records = bodies.map((body, index) => ({ messageId: `m${index + 1}`, body }));
  const answer = await handler({ Records } as never, { getRemainingTimeInMillis: () => remainingMs });
  return answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
}

const message = (appId: string = world.app.id) => JSON.stringify({ appId });

async function domain(): Promise<void> {
  await addDomain(world.platform, world.app.id, 'www.example.com');
  await setAcm(world.platform, world.app.id, true);
  await world.routed();
}

test('a message has one app’s certificates looked at, and repeats ask the issuer for no second certificate', async () => {
  await domain();
  expect(await handle([message(), message()])).toEqual([]);
  expect(await handle([message()])).toEqual([]);
  expect(world.issuer.calls.filter((call) => call.startsWith('request'))).toHaveLength(1);
  expect(await world.certificate()).toMatchObject({ status: 'pending' });
  expect(order.at(-1)).toBe('settled');
});

test('messages of apps that are gone, or that have no domain, are done', async () => {
  expect(await handle([message(), message(OTHER)])).toEqual([]);
  expect([problems, world.issuer.calls]).toEqual([[], []]);
});

test.each([
  { name: 'no JSON', body: '{', says: 'its body is no JSON' },
  { name: 'null', body: 'null', says: 'its appId is none that an app can have' },
  { name: 'no app', body: '{}', says: 'its appId is none that an app can have' },
  { name: 'an app that no app can be', body: '{"appId":"app#1"}', says: 'its appId is none that an app can have' },
  { name: 'an app that is no text', body: '{"appId":7}', says: 'its appId is none that an app can have' },
])('a message of $name comes again, until the operator has it, and holds up none beside it', async ({ body, says }) => {
  await domain();
  expect(await handle([body, message()])).toEqual(['m1']);
  expect(problems).toEqual([`could not reconcile the certificates of message m1; it is delivered again: ${says}`]);
  expect(await world.domains()).toMatchObject([{ status: 'succeeded' }]);
});

test('an app that cannot be looked at comes again alone, one app after another in the order of the batch', async () => {
  await domain();
  broken = new Set([OTHER]);
  expect(await handle([message(OTHER), message()])).toEqual(['m1']);
  expect(problems).toEqual([
    'could not reconcile the certificates of message m1; it is delivered again: ACM is out of reach',
  ]);
  expect(order).toEqual([OTHER, world.app.id, 'settled']);
});

test('without time left nothing new is begun, and the app stays due', async () => {
  await domain();
  expect(await handle([message()], 0)).toEqual([]);
  expect(world.issuer.calls).toEqual([]);
  expect(await world.dueInMs()).toBe(0);
});
