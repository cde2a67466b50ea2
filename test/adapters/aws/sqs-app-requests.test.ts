import type { SendMessageCommand } from '@aws-sdk/client-sqs';
import { Background } from '../../../adapters/aws/background.ts';
import { SqsAppRequests } from '../../../adapters/aws/sqs-app-requests.ts';

const QUEUE = 'https://sqs.example.com/certificates';

function open(send: (input: SendMessageCommand['input']) => Promise<void>) {
  const problems: string[] = [];
  const background = new Background({
    report: (problem, cause) => problems.push(`${problem}: ${(cause as Error).message}`),
  });
  const client = { send: ({ input }: SendMessageCommand) => send(input) } as never;
  const problem = 'could not queue the certificate check; the next tick retries it';
  return { background, problems, requests: new SqsAppRequests({ client, queueUrl: QUEUE, background, problem }) };
}

test('a request is a message with the app, which is sent before the function ends', async () => {
  const sent: unknown[] = [];
  const { requests, background, problems } = open(async ({ QueueUrl, MessageBody = '' }) => {
    await new Promise((resolve) => setImmediate(resolve));
    sent.push([QueueUrl, JSON.parse(MessageBody)]);
  });
  requests.enqueue('app-1');
  await background.flush();
  expect(sent).toEqual([[QUEUE, { appId: 'app-1' }]]);
  expect(problems).toEqual([]);
});

test('a queue that takes nothing is reported, and fails nothing', async () => {
  const { requests, background, problems } = open(() => Promise.reject(new Error('out of reach')));
  requests.enqueue('app-1');
  await background.flush();
  expect(problems).toEqual(['could not queue the certificate check; the next tick retries it: out of reach']);
});
