import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { Background } from '../../../adapters/aws/background.ts';
import { BusEvents } from '../../../adapters/aws/event-bus/bus-events.ts';
import { putEvents } from '../../../adapters/aws/event-bus/put-events.ts';
import type { DomainEvent } from '../../../core/records/domain-event.ts';
import { problemsTo } from '../../problems.ts';
import { AwsServer } from './aws-server.ts';

interface Entry {
  readonly Detail: string;
  readonly [name: string]: unknown;
}

let aws: AwsServer;
let client: EventBridgeClient;
let problems: string[];
let background: Background;
let events: BusEvents;

beforeEach(async () => {
  aws = await AwsServer.open();
  client = new EventBridgeClient(aws.client);
  problems = [];
  background = new Background(problemsTo(problems));
  const bus = { client, name: 'of-the-platform', random: { next: () => 0 } };
  events = new BusEvents({ put: (put) => putEvents(bus, put), background });
});
afterEach(() => {
  client.destroy();
  aws.close();
});

const dynoEvent = (name: string): DomainEvent => ({
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
  events.publish([dynoEvent('shop')]);
  await background.flush();
  expect(sent()).toEqual([
    {
      EventBusName: 'of-the-platform',
      Source: 'dynoform',
      DetailType: 'dyno update',
      Detail: expect.stringContaining('"name":"shop"'),
      Time: 1_800_000_000,
    },
  ]);
});

test('what happens in one turn goes together, in calls of ten, each event once and in order', async () => {
  for (let n = 0; n < 23; n++) events.publish([dynoEvent(`app-${n}`)]);
  events.publish([]);
  await background.flush();
  expect(aws.inputs('PutEvents').map(({ Entries }) => Entries.length)).toEqual(expect.arrayContaining([10, 10, 3]));
  const names = sent().map(appOf);
  expect(new Set(names).size).toBe(23);
  events.publish([dynoEvent('later')]);
  await background.flush();
  expect(sent().map(appOf).slice(23)).toEqual(['later']);
});

test('only what was not taken is sent again', async () => {
  answers((entry, call) => (call === 1 && appOf(entry) !== 'b' ? 'ThrottlingException' : undefined));
  for (const app of ['a', 'b', 'c']) events.publish([dynoEvent(app)]);
  await background.flush();
  expect(sent().map(appOf)).toEqual(['a', 'b', 'c', 'a', 'c']);
  expect(problems).toEqual([]);
});

test('what can never be taken is not sent again, and is reported', async () => {
  answers(() => 'MalformedDetail');
  events.publish([dynoEvent('a')]);
  await background.flush();
  expect(sent()).toHaveLength(1);
  expect(problems).toEqual(['could not publish events']);
});

test('one that can never be taken ends the attempts for those beside it', async () => {
  answers((entry) => (appOf(entry) === 'a' ? 'MalformedDetail' : 'InternalFailure'));
  for (const app of ['a', 'b']) events.publish([dynoEvent(app)]);
  await background.flush();
  expect(sent()).toHaveLength(2);
  expect(problems).toHaveLength(1);
});
