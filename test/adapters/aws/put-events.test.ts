import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { putEvents } from '../../../adapters/aws/put-events.ts';
import type { PublishedEvent } from '../../../core/records/domain-event.ts';
import { AwsServer } from './aws-server.ts';

interface Entry {
  readonly Detail: string;
  readonly [name: string]: unknown;
}

let aws: AwsServer;
let client: EventBridgeClient;
let publish: (...events: PublishedEvent[]) => Promise<void>;

beforeEach(async () => {
  aws = await AwsServer.open();
  client = new EventBridgeClient(aws.client);
  const bus = { client, name: 'of-the-platform', random: { next: () => 0 } };
  publish = (...events) => putEvents(bus, events);
});
afterEach(() => {
  client.destroy();
  aws.close();
});

const dynoEvent = (name: string): PublishedEvent => ({
  id: `event-of-${name}`,
  entity: 'dyno',
  action: 'update',
  atMs: 1_800_000_000_000,
  app: { id: '11111111-1111-4111-8111-111111111111', name },
  data: {} as never,
});
const appOf = ({ Detail }: Entry) => JSON.parse(Detail).app.name;
const sent = (): Entry[] => aws.inputs('PutEvents').flatMap(({ Entries }) => Entries);
const answers = (code: (entry: Entry, call: number) => string | undefined) => {
  let call = 0;
  aws.answers.PutEvents = ({ Entries }: { Entries: Entry[] }) => {
    call += 1;
    const codes = Entries.map((entry) => code(entry, call));
    return {
      FailedEntryCount: codes.filter((one) => one !== undefined).length,
      Entries: codes.map((one) => (one === undefined ? { EventId: 'e' } : { ErrorCode: one, ErrorMessage: '' })),
    };
  };
};

test('an event goes to the bus of the platform, by its kind, at the time at which it happened', async () => {
  await publish(dynoEvent('shop'));
  expect(sent()).toEqual([
    {
      EventBusName: 'of-the-platform',
      Source: 'dynoform',
      DetailType: 'dyno update',
      Detail: expect.stringContaining('"id":"event-of-shop"'),
      Time: 1_800_000_000,
    },
  ]);
  expect(sent().map(appOf)).toEqual(['shop']);
});

test('many go in calls of ten, each event once; none is no call', async () => {
  await publish(...Array.from({ length: 23 }, (_, n) => dynoEvent(`app-${n}`)));
  expect(aws.inputs('PutEvents').map(({ Entries }) => Entries.length)).toEqual(expect.arrayContaining([10, 10, 3]));
  expect(new Set(sent().map(appOf)).size).toBe(23);
  await publish();
  expect(sent()).toHaveLength(23);
});

test('only what was not taken is sent again', async () => {
  answers((entry, call) => (call === 1 && appOf(entry) !== 'b' ? 'ThrottlingException' : undefined));
  await publish(...['a', 'b', 'c'].map(dynoEvent));
  expect(sent().map(appOf)).toEqual(['a', 'b', 'c', 'a', 'c']);
});

test('what can never be taken is not sent again, and whoever publishes it knows', async () => {
  answers(() => 'MalformedDetail');
  await expect(publish(dynoEvent('a'))).rejects.toThrow('EventBridge has not taken all events');
  expect(sent()).toHaveLength(1);
});

test('one that can never be taken ends the attempts for those beside it', async () => {
  answers((entry) => (appOf(entry) === 'a' ? 'MalformedDetail' : 'InternalFailure'));
  await expect(publish(...['a', 'b'].map(dynoEvent))).rejects.toThrow('EventBridge has not taken all events');
  expect(sent()).toHaveLength(2);
});
