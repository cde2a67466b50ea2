import { GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Background } from '../../../adapters/aws/background.ts';
import { SqsPassRequests } from '../../../adapters/aws/sqs-pass-requests.ts';
import { systemIds, systemRandom } from '../../../adapters/system.ts';
import { passRequestsContract } from '../pass-requests.contract.ts';
import { clientOf } from './client-of.ts';
import { emulators } from './emulators.ts';
import { openFaultyProxy } from './faulty-proxy.ts';
import { createQueues, QueueConsumer, type Queues } from './queues.ts';

const APP = '01234567-89ab-4cde-8f01-23456789abcd';
const OTHER_APP = '11234567-89ab-4cde-8f01-23456789abcd';

let problems: unknown[];
beforeEach(() => {
  problems = [];
});

function nudgesOf(queues: Queues, client = queues.client) {
  const background = new Background({ report: (_problem, cause) => problems.push(cause) });
  return {
    background,
    passRequests: new SqsPassRequests({ ...queues, client, background, ids: systemIds, random: systemRandom }),
  };
}

describe.each([
  { name: 'MiniStack', endpoint: emulators.ministack },
  { name: 'moto', endpoint: emulators.moto },
])('$name', ({ name, endpoint }) => {
  let queues: Queues;

  passRequestsContract(`SQS on ${name}`, () => {
    // The suite's app names are short; the queues need ids.
    const consumed = createQueues(endpoint).then((opened) => {
      const consumer = new QueueConsumer(opened);
      return { consumer, ...nudgesOf(opened) };
    });
    return {
      passRequests: {
        enqueue: (app, delayMs) => void consumed.then(({ passRequests }) => passRequests.enqueue(idOf(app), delayMs)),
      },
      handle: (handler) => void consumed.then(({ consumer }) => consumer.handle((id) => handler(nameOf(id)))),
      close: async () => {
        const { consumer, background } = await consumed;
        await background.flush();
        await consumer.close();
      },
    };
  });

  describe('queues', () => {
    beforeEach(async () => {
      queues = await createQueues(endpoint);
    });
    afterEach(() => queues.client.destroy());

    const receive = async (QueueUrl: string) => {
      const batch = { QueueUrl, MaxNumberOfMessages: 10, MessageSystemAttributeNames: ['All' as const] };
      return (await queues.client.send(new ReceiveMessageCommand(batch))).Messages ?? [];
    };
    const delayed = async () => {
      const names = ['ApproximateNumberOfMessagesDelayed' as const];
      const command = new GetQueueAttributesCommand({ QueueUrl: queues.delayQueueUrl, AttributeNames: names });
      return Number((await queues.client.send(command)).Attributes?.ApproximateNumberOfMessagesDelayed);
    };

    test('the same app again within five minutes is another message, of the same group', async () => {
      const { passRequests, background } = nudgesOf(queues);
      const found = [];
      for (let cause = 0; cause < 2; cause++) {
        passRequests.enqueue(APP);
        await background.flush();
        found.push(
          ...(await receive(queues.nudgeQueueUrl)).map(({ Body, Attributes }) => [Body, Attributes?.MessageGroupId]),
        );
      }
      // The second message waits for the first, which was not deleted.
      expect(found).toEqual([[JSON.stringify({ kind: 'nudge', appId: APP }), APP]]);
      const names = ['ApproximateNumberOfMessages' as const, 'ApproximateNumberOfMessagesNotVisible' as const];
      const command = new GetQueueAttributesCommand({ QueueUrl: queues.nudgeQueueUrl, AttributeNames: names });
      const { Attributes } = await queues.client.send(command);
      expect(Object.values(Attributes ?? {}).reduce((sum, count) => sum + Number(count), 0)).toBe(2);
    });

    test('a delay of up to 15 minutes waits in the delay queue, a longer one is left to the due index', async () => {
      const { passRequests, background } = nudgesOf(queues);
      passRequests.enqueue(APP, 900_000);
      passRequests.enqueue(OTHER_APP, 900_001);
      await background.flush();
      expect(await delayed()).toBe(1);
      expect(await receive(queues.nudgeQueueUrl)).toEqual([]);
      expect(problems).toEqual([]);
    });

    test('many apps at once take few calls', async () => {
      const proxy = await openFaultyProxy(endpoint);
      const client = new SQSClient({ ...clientOf(proxy.endpoint), useQueueUrlAsEndpoint: false });
      const { passRequests, background } = nudgesOf(queues, client);
      for (let i = 0; i < 25; i++) passRequests.enqueue(idOf(String(i)));
      await background.flush();
      expect(proxy.calls.length).toBe(3);
      client.destroy();
      await proxy.close();
    });

    test('traffic goes to the manager', async () => {
      const { passRequests } = nudgesOf(queues);
      await passRequests.tell({ kind: 'wake', appId: APP, atMs: 1 });
      await passRequests.tell({ kind: 'requests', appIds: [APP, OTHER_APP], atMs: 2 });
      expect((await receive(queues.nudgeQueueUrl)).map(({ Body }) => JSON.parse(Body ?? ''))).toEqual([
        { kind: 'wake', appId: APP, atMs: 1 },
        { kind: 'requests', appIds: [APP, OTHER_APP], atMs: 2 },
      ]);
    });
  });
});

describe('faults', () => {
  const endpoint = emulators.ministack;

  async function open() {
    const queues = await createQueues(endpoint);
    const proxy = await openFaultyProxy(endpoint);
    const client = new SQSClient({ ...clientOf(proxy.endpoint), useQueueUrlAsEndpoint: false });
    const close = async () => {
      client.destroy();
      queues.client.destroy();
      await proxy.close();
    };
    return { ...nudgesOf(queues, client), queues, proxy, close };
  }

  const waiting = async ({ client, nudgeQueueUrl }: Queues) => {
    const batch = { QueueUrl: nudgeQueueUrl, MaxNumberOfMessages: 10 };
    return ((await client.send(new ReceiveMessageCommand(batch))).Messages ?? []).length;
  };

  test('what a batch did not take is sent again, and only that', async () => {
    const { passRequests, background, queues, proxy, close } = await open();
    proxy.inject({ refusedEntry: 1 });
    for (const app of [APP, OTHER_APP, idOf('x')]) passRequests.enqueue(app);
    await background.flush();
    expect(await waiting(queues)).toBe(3);
    expect(proxy.bodies.map((body) => JSON.parse(body).Entries.length)).toEqual([3, 1]);
    expect(problems).toEqual([]);
    await close();
  });

  test('a lost answer makes no second message: the repeat has its deduplication id', async () => {
    const { passRequests, background, queues, proxy, close } = await open();
    proxy.inject('lost-answer');
    passRequests.enqueue(APP);
    await background.flush();
    expect(proxy.calls.length).toBe(2);
    expect(await waiting(queues)).toBe(1);
    expect(problems).toEqual([]);
    await close();
  });

  test('a queue that refuses for ever is reported once, and does not hold up the next', async () => {
    const { passRequests, background, queues, proxy, close } = await open();
    const refused = { status: 400, type: 'com.amazonaws.sqs#QueueDoesNotExist' };
    proxy.inject(refused);
    passRequests.enqueue(APP);
    await background.flush();
    expect(problems.length).toBe(1);
    passRequests.enqueue(APP);
    await background.flush();
    expect(await waiting(queues)).toBe(1);
    await close();
  });
});

const names = new Map<string, string>();

function idOf(name: string): string {
  const digits = Buffer.from(name).toString('hex').padStart(12, '0').slice(-12);
  const id = `00000000-0000-4000-8000-${digits}`;
  names.set(id, name);
  return id;
}

function nameOf(id: string): string {
  return names.get(id) ?? id;
}
