import type { SendMessageCommand } from '@aws-sdk/client-sqs';
import { addDomain } from '../../core/domain/add-domain.ts';
import { thenCertificates } from '../../lambdas/reconcile/then-certificates.ts';
import { DomainWorld } from '../core/domain/domain-world.ts';

const QUEUE = 'https://sqs.example.com/certificates';

let world: DomainWorld;
let sent: unknown[];
let problems: string[];
let send: () => Promise<void>;
beforeEach(async () => {
  world = await DomainWorld.open();
  sent = [];
  problems = [];
  send = async () => {};
});
afterEach(() => world.fixture.close());

/** As the reconcile function looks: the routers know of the app after it. */
async function look(): Promise<void> {
  const { lookAt } = thenCertificates(
    { lookAt: (appId) => world.routed(appId), wake: async () => {}, noteRequests: async () => {} },
    {
      store: world.platform.store,
      clock: world.platform.clock,
      certificateQueueUrl: QUEUE,
      problem: (text) => problems.push(text),
      sqs: {
        send: async ({ input }: SendMessageCommand) => {
          await send();
          sent.push([input.QueueUrl, JSON.parse(input.MessageBody ?? '')]);
        },
      } as never,
    },
  );
  await lookAt(world.app.id);
}

test('a domain that was added is looked at right after the look that routes it, and is ready then', async () => {
  await addDomain(world.platform, world.app.id, 'www.example.com');
  await look();
  expect(sent).toEqual([[QUEUE, { appId: world.app.id }]]);
  await world.step();
  expect(await world.domains()).toMatchObject([{ status: 'succeeded' }]);
});

test('an app without domains, or whose certificates are not due yet, costs no message', async () => {
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

test('a queue that takes nothing fails no look: the tick finds the app', async () => {
  await addDomain(world.platform, world.app.id, 'www.example.com');
  send = () => Promise.reject(new Error('out of reach'));
  await look();
  expect(problems).toEqual(['certificates could not be told of; the tick finds them']);
  expect(await world.dueInMs()).toBe(0);
});
