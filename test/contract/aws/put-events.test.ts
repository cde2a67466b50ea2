import { randomUUID } from 'node:crypto';
import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { putEvents } from '../../../adapters/aws/put-events.ts';
import { systemRandom } from '../../../adapters/system.ts';
import type { Events } from '../../../core/ports/events.ts';
import { eventsContract, releaseNumber } from '../events.contract.ts';
import { clientOf } from './client-of.ts';
import { emulators } from './emulators.ts';
import { openFaultyProxy } from './faulty-proxy.ts';

/** The platform's bus, and a queue that a subscriber's rule fills from it. */
class Listener {
  readonly name = `events-${randomUUID()}`;
  readonly #sqs = new SQSClient(clientOf(emulators.ministack));
  readonly #received: { readonly source: string; readonly type: string; readonly detail: unknown }[] = [];
  #queueUrl = '';

  async open(): Promise<void> {
    const bridge = new EventBridgeClient(clientOf(emulators.ministack));
    await bridge.send(new CreateEventBusCommand({ Name: this.name }));
    this.#queueUrl = (await this.#sqs.send(new CreateQueueCommand({ QueueName: this.name }))).QueueUrl ?? '';
    const names = ['QueueArn' as const];
    const { Attributes } = await this.#sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: this.#queueUrl, AttributeNames: names }),
    );
    const EventPattern = JSON.stringify({ source: ['dynoform'], detail: { app: { name: ['shop'] } } });
    await bridge.send(new PutRuleCommand({ Name: this.name, EventBusName: this.name, EventPattern }));
    const Targets = [{ Id: 'queue', Arn: Attributes?.QueueArn ?? '' }];
    await bridge.send(new PutTargetsCommand({ Rule: this.name, EventBusName: this.name, Targets }));
    bridge.destroy();
  }

  async received() {
    const QueueUrl = this.#queueUrl;
    for (;;) {
      const { Messages = [] } = await this.#sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
      if (Messages.length === 0) return this.#received;
      for (const { Body = '', ReceiptHandle } of Messages) {
        const { source, detail, ...more } = JSON.parse(Body);
        this.#received.push({ source, type: more['detail-type'], detail });
        await this.#sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
    }
  }

  close(): void {
    this.#sqs.destroy();
  }
}

async function open(endpoint = emulators.ministack) {
  const listener = new Listener();
  await listener.open();
  const client = new EventBridgeClient(clientOf(endpoint));
  const bus = { client, name: listener.name, random: systemRandom };
  const events: Events = { publish: (some) => putEvents(bus, some) };
  const close = async () => {
    client.destroy();
    listener.close();
  };
  return { listener, events, close };
}

async function openBroken() {
  const proxy = await openFaultyProxy(emulators.ministack);
  const opened = await open(proxy.endpoint);
  const close = async () => {
    await opened.close();
    await proxy.close();
  };
  return { ...opened, proxy, close };
}

eventsContract('EventBridge on MiniStack', async () => {
  const { listener, events, proxy, close } = await openBroken();
  return {
    events,
    received: async () => (await listener.received()).map(({ detail }) => detail),
    close,
    break: () => {
      proxy.always = { status: 403, type: 'AccessDeniedException' };
      return 'EventBridge has not taken all events';
    },
  };
});

test('a rule can pick them by source, type and what they say', async () => {
  const { listener, events, close } = await open();
  await events.publish([releaseNumber(1)]);
  expect(await listener.received()).toMatchObject([{ source: 'dynoform', type: 'api:release create' }]);
  await close();
});

describe('faults', () => {
  test('events of one transaction take few calls', async () => {
    const { events, proxy, close } = await openBroken();
    await events.publish(Array.from({ length: 25 }, (_, version) => releaseNumber(version)));
    expect(proxy.calls).toEqual(['PutEvents', 'PutEvents', 'PutEvents']);
    await close();
  });

  test('a batch that is throttled is sent again', async () => {
    const { events, proxy, listener, close } = await openBroken();
    proxy.inject({ status: 400, type: 'ThrottlingException' });
    await events.publish([releaseNumber(1)]);
    expect(proxy.calls).toEqual(['PutEvents', 'PutEvents']);
    expect(await listener.received()).toHaveLength(1);
    await close();
  });

  test('only the entry that was not taken is sent again', async () => {
    const { events, proxy, listener, close } = await openBroken();
    proxy.inject({ refusedEvent: 1 });
    await events.publish([releaseNumber(1), releaseNumber(2), releaseNumber(3)]);
    expect(proxy.bodies.map((body) => JSON.parse(body).Entries.length)).toEqual([3, 1]);
    expect(await listener.received()).toHaveLength(3);
    await close();
  });

  test('where EventBridge refuses for good, the pass over the outbox fails with its reason', async () => {
    const { events, proxy, close } = await openBroken();
    proxy.always = { status: 403, type: 'AccessDeniedException' };
    const refused = await events.publish([releaseNumber(1)]).catch((error: unknown) => error);
    expect(refused).toMatchObject({ errors: [{ name: 'AccessDeniedException' }] });
    await close();
  });
});
