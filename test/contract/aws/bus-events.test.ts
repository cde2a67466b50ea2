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
import { Background } from '../../../adapters/aws/background.ts';
import { BusEvents } from '../../../adapters/aws/event-bus/bus-events.ts';
import { putEvents } from '../../../adapters/aws/event-bus/put-events.ts';
import { systemRandom } from '../../../adapters/system.ts';
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
  const problems: [string, unknown][] = [];
  const background = new Background({ report: (problem, cause) => problems.push([problem, cause]) });
  const bus = { client, name: listener.name, random: systemRandom };
  const events = new BusEvents({ background, put: (some) => putEvents(bus, some) });
  const close = async () => {
    await background.flush();
    client.destroy();
    listener.close();
  };
  return { listener, problems, background, events, close };
}

eventsContract('EventBridge on MiniStack', async () => {
  const { listener, events, close } = await open();
  return { events, received: async () => (await listener.received()).map(({ detail }) => detail), close };
});

test('a rule can pick them by source, type and what they say', async () => {
  const { listener, background, events, close } = await open();
  events.publish([releaseNumber(1)]);
  await background.flush();
  expect(await listener.received()).toMatchObject([{ source: 'dynoform', type: 'api:release create' }]);
  await close();
});

describe('faults', () => {
  async function openBroken() {
    const proxy = await openFaultyProxy(emulators.ministack);
    const opened = await open(proxy.endpoint);
    const close = async () => {
      await opened.close();
      await proxy.close();
    };
    return { ...opened, proxy, close };
  }

  test('events of one moment take few calls', async () => {
    const { events, background, proxy, close } = await openBroken();
    for (let version = 0; version < 25; version += 1) events.publish([releaseNumber(version)]);
    await background.flush();
    expect(proxy.calls).toEqual(['PutEvents', 'PutEvents', 'PutEvents']);
    await close();
  });

  test('a batch that is throttled is sent again', async () => {
    const { events, background, proxy, problems, listener, close } = await openBroken();
    proxy.inject({ status: 400, type: 'ThrottlingException' });
    events.publish([releaseNumber(1)]);
    await background.flush();
    expect(proxy.calls).toEqual(['PutEvents', 'PutEvents']);
    expect(problems).toEqual([]);
    expect(await listener.received()).toHaveLength(1);
    await close();
  });

  test('only the entry that was not taken is sent again', async () => {
    const { events, background, proxy, problems, listener, close } = await openBroken();
    proxy.inject({ refusedEvent: 1 });
    events.publish([releaseNumber(1), releaseNumber(2), releaseNumber(3)]);
    await background.flush();
    expect(proxy.bodies.map((body) => JSON.parse(body).Entries.length)).toEqual([3, 1]);
    expect(problems).toEqual([]);
    expect(await listener.received()).toHaveLength(3);
    await close();
  });

  test('where EventBridge refuses for good, the operator is told, and nobody else', async () => {
    const { events, background, proxy, problems, close } = await openBroken();
    proxy.always = { status: 403, type: 'AccessDeniedException' };
    events.publish([releaseNumber(1)]);
    await background.flush();
    expect(problems).toMatchObject([['could not publish events', { errors: [{ name: 'AccessDeniedException' }] }]]);
    await close();
  });
});
