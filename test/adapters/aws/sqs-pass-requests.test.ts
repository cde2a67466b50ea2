import { SQSClient } from '@aws-sdk/client-sqs';
import { Background } from '../../../adapters/aws/background.ts';
import { SqsPassRequests } from '../../../adapters/aws/sqs-pass-requests.ts';
import { systemIds } from '../../../adapters/system.ts';
import { problemsTo } from '../../problems.ts';
import { AwsServer } from './aws-server.ts';

const NUDGES = 'https://sqs.eu-central-1.amazonaws.com/111122223333/nudge.fifo';
const DELAYS = 'https://sqs.eu-central-1.amazonaws.com/111122223333/delay';

interface Entry {
  readonly Id: string;
  readonly MessageBody: string;
  readonly MessageGroupId?: string;
  readonly MessageDeduplicationId?: string;
  readonly DelaySeconds?: number;
}

let aws: AwsServer;
let client: SQSClient;
let passRequests: SqsPassRequests;
let background: Background;
let problems: string[];

beforeEach(async () => {
  aws = await AwsServer.open();
  client = new SQSClient({ ...aws.client, useQueueUrlAsEndpoint: false });
  problems = [];
  background = new Background(problemsTo(problems));
  const queues = { nudgeQueueUrl: NUDGES, delayQueueUrl: DELAYS };
  // No pause between attempts.
  passRequests = new SqsPassRequests({ client, ...queues, background, ids: systemIds, random: { next: () => 0 } });
});
afterEach(() => {
  client.destroy();
  aws.close();
});

const sentTo = (queueUrl: string): Entry[] =>
  aws
    .inputs('SendMessageBatch')
    .filter(({ QueueUrl }) => QueueUrl === queueUrl)
    .flatMap(({ Entries }) => Entries);
const appOf = ({ MessageBody }: Entry) => JSON.parse(MessageBody).appId;

test.each([
  { delayMs: 1, seconds: 1 },
  { delayMs: 999, seconds: 1 },
  { delayMs: 1_000, seconds: 1 },
  { delayMs: 1_001, seconds: 2 },
  { delayMs: 1_500, seconds: 2 },
  { delayMs: 899_001, seconds: 900 },
  { delayMs: 900_000, seconds: 900 },
])('a look in $delayMs ms never comes early: it is sent with a delay of $seconds s', async ({ delayMs, seconds }) => {
  passRequests.enqueue('a', delayMs);
  await background.flush();
  expect(sentTo(DELAYS).map(({ DelaySeconds }) => DelaySeconds)).toEqual([seconds]);
  expect(sentTo(NUDGES)).toEqual([]);
});

test('a look in more than SQS’s 15 minutes is left to the due index', async () => {
  passRequests.enqueue('a', 900_001);
  await background.flush();
  expect(aws.calls).toEqual([]);
});

test('of several delays of an app the soonest counts, and a look at once goes beside it', async () => {
  for (const delayMs of [60_000, 5_000, 30_000]) passRequests.enqueue('a', delayMs);
  passRequests.enqueue('b', 2_000);
  passRequests.enqueue('a');
  passRequests.enqueue('a');
  await background.flush();
  expect(sentTo(DELAYS).map((entry) => [appOf(entry), entry.DelaySeconds])).toEqual([
    ['a', 5],
    ['b', 2],
  ]);
  expect(sentTo(NUDGES).map(appOf)).toEqual(['a']);
});

test('what was sent is not sent again with the next', async () => {
  passRequests.enqueue('a', 5_000);
  passRequests.enqueue('b');
  await background.flush();
  passRequests.enqueue('c');
  await background.flush();
  expect(sentTo(DELAYS).map(appOf)).toEqual(['a']);
  expect(sentTo(NUDGES).map(appOf)).toEqual(['b', 'c']);
});

test('an app is a group of its own, and each cause another message: SQS drops what it has seen', async () => {
  for (let cause = 0; cause < 2; cause++) {
    for (const app of ['a', 'b']) passRequests.enqueue(app);
    await background.flush();
  }
  const sent = sentTo(NUDGES);
  expect(sent.map(({ MessageGroupId }) => MessageGroupId)).toEqual(['a', 'b', 'a', 'b']);
  expect(new Set(sent.map(({ MessageDeduplicationId }) => MessageDeduplicationId)).size).toBe(4);
});

test('a standard queue takes neither groups nor deduplication', async () => {
  passRequests.enqueue('a', 1_000);
  await background.flush();
  const [entry] = sentTo(DELAYS);
  expect(Object.keys(entry ?? {}).sort()).toEqual(['DelaySeconds', 'Id', 'MessageBody']);
});

test('any number of apps goes in calls of ten', async () => {
  for (let app = 0; app < 25; app++) passRequests.enqueue(`app-${app}`);
  await background.flush();
  const sizes = aws.inputs('SendMessageBatch').map(({ Entries }) => Entries.length);
  expect(sizes.sort((a, b) => b - a)).toEqual([10, 10, 5]);
  expect(new Set(sentTo(NUDGES).map(appOf)).size).toBe(25);
});

test('what SQS did not take is sent again, only that, and as the same message', async () => {
  let calls = 0;
  aws.answers.SendMessageBatch = ({ Entries }: { Entries: Entry[] }) => {
    calls += 1;
    const refused = calls === 1 ? Entries.filter((entry) => appOf(entry) === 'b') : [];
    return { Successful: [], Failed: refused.map(({ Id }) => ({ Id, Code: 'InternalError', SenderFault: false })) };
  };
  for (const app of ['a', 'b', 'c']) passRequests.enqueue(app);
  await background.flush();
  const sent = sentTo(NUDGES);
  expect(sent.map(appOf)).toEqual(['a', 'b', 'c', 'b']);
  expect(sent[3]?.MessageDeduplicationId).toBe(sent[1]?.MessageDeduplicationId);
  expect(problems).toEqual([]);
});

test('what is our own fault is not sent again, and is reported', async () => {
  aws.answers.SendMessageBatch = ({ Entries }: { Entries: Entry[] }) => ({
    Successful: [],
    Failed: Entries.map(({ Id }) => ({ Id, Code: 'InvalidMessageContents', SenderFault: true })),
  });
  passRequests.enqueue('a');
  await background.flush();
  expect(sentTo(NUDGES)).toHaveLength(1);
  expect(problems).toEqual(['could not enqueue passes; the next tick requests them']);
});

test('after five refusals it is reported, and the next is sent', async () => {
  let broken = true;
  aws.answers.SendMessageBatch = ({ Entries }: { Entries: Entry[] }) => ({
    Successful: [],
    Failed: broken ? Entries.map(({ Id }) => ({ Id, Code: 'ServiceUnavailable', SenderFault: false })) : [],
  });
  passRequests.enqueue('a');
  await background.flush();
  expect(sentTo(NUDGES).map(appOf)).toEqual(['a', 'a', 'a', 'a', 'a']);
  expect(problems).toHaveLength(1);
  broken = false;
  passRequests.enqueue('b');
  await background.flush();
  expect(sentTo(NUDGES).map(appOf).at(-1)).toBe('b');
  expect(problems).toHaveLength(1);
});

test('traffic is told in its own groups: of an app that wakes, and of all that may sleep', async () => {
  await passRequests.tell({ kind: 'wake', appId: 'a', atMs: 1 });
  await passRequests.tell({ kind: 'requests', appIds: ['a', 'b'], atMs: 2 });
  expect(sentTo(NUDGES).map(({ MessageBody, MessageGroupId }) => [JSON.parse(MessageBody), MessageGroupId])).toEqual([
    [{ kind: 'wake', appId: 'a', atMs: 1 }, 'a'],
    [{ kind: 'requests', appIds: ['a', 'b'], atMs: 2 }, 'requests'],
  ]);
});

test('who tells of traffic learns that it was not taken', async () => {
  aws.answers.SendMessageBatch = ({ Entries }: { Entries: Entry[] }) => ({
    Successful: [],
    Failed: Entries.map(({ Id }) => ({ Id, Code: 'AccessDenied', SenderFault: true })),
  });
  await expect(passRequests.tell({ kind: 'wake', appId: 'a', atMs: 1 })).rejects.toThrow('has not taken 1 messages');
});

test('events of an app are requested beside its passes, in the same call and in a group of their own', async () => {
  passRequests.enqueue('a');
  passRequests.events.enqueue('a');
  passRequests.events.enqueue('a');
  passRequests.events.enqueue('b', 2_000);
  passRequests.events.enqueue('b', 1_000);
  passRequests.enqueue('b', 3_000);
  await background.flush();
  expect(aws.inputs('SendMessageBatch')).toHaveLength(2);
  expect(sentTo(NUDGES).map(({ MessageBody, MessageGroupId }) => [JSON.parse(MessageBody), MessageGroupId])).toEqual([
    [{ kind: 'nudge', appId: 'a' }, 'a'],
    [{ kind: 'events', appId: 'a' }, 'events#a'],
  ]);
  expect(sentTo(DELAYS).map(({ MessageBody, DelaySeconds }) => [JSON.parse(MessageBody), DelaySeconds])).toEqual([
    [{ kind: 'events', appId: 'b' }, 1],
    [{ kind: 'nudge', appId: 'b' }, 3],
  ]);
});
