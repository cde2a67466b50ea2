import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { openDynamoStore } from '../../../adapters/aws/dynamo-store.ts';

/** Emulators of DynamoDB are always consistent; the real one only if the request says so. */
test.each([
  { name: 'one record', read: 'get', consistent: true },
  { name: 'records of a partition', read: 'list', consistent: true },
  // An index cannot be read consistently.
  { name: 'what is due', read: 'due', consistent: undefined },
] as const)('$name: read as what was written a moment ago, $consistent', async ({ read, consistent }) => {
  const asked: { readonly ConsistentRead?: boolean; readonly IndexName?: string }[] = [];
  const client = {
    send: async ({ input }: { readonly input: object }) => {
      asked.push(input);
      return { Items: [] };
    },
  } as unknown as DynamoDBClient;
  const store = openDynamoStore({ client, table: 'records', ids: { uuid: () => 'id' }, random: { next: () => 0 } });
  if (read === 'get') await store.get({ partition: 'app#1', sort: 'app' });
  if (read === 'list') await store.list({ partition: 'app#1', prefix: 'dyno#' });
  if (read === 'due') await store.due('manager', 1, 10);
  expect(asked.length).toBeGreaterThan(0);
  for (const { ConsistentRead, IndexName } of asked) {
    expect(ConsistentRead).toBe(consistent);
    expect(IndexName === undefined).toBe(read !== 'due');
  }
});
