import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type DynamoStore, openDynamoStore } from '../../../adapters/aws/dynamo-store.ts';
import { systemIds, systemRandom } from '../../../adapters/system.ts';
import type { Write } from '../../../core/ports/store.ts';
import { clientOf } from './client-of.ts';
import { emulators } from './emulators.ts';
import { type Fault, type FaultyProxy, openFaultyProxy } from './faulty-proxy.ts';
import { createTable, type Table } from './table.ts';

const THROTTLED: Fault = { status: 400, type: 'com.amazonaws.dynamodb.v20120810#ThrottlingException' };
const key = (sort: string) => ({ partition: 'p', sort });
const put = (sort: string, value: unknown, expect: 'absent' | 'any' | number = 'any'): Write => ({
  kind: 'put',
  key: key(sort),
  value,
  expect,
});
const cancelled = (...codes: readonly string[]): Fault => ({
  status: 400,
  type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
  fields: { CancellationReasons: codes.map((Code) => ({ Code })) },
});

let table: Table;
let proxy: FaultyProxy;
let client: DynamoDBClient;
let store: DynamoStore;

/** `maxAttempts` of the SDK: 1 shows what the store itself retries, without the SDK's longer pauses. */
function open(maxAttempts: number): void {
  client = new DynamoDBClient({ ...clientOf(proxy.endpoint), maxAttempts });
  store = openDynamoStore({ client, table: table.name, ids: systemIds, random: systemRandom });
}

beforeEach(async () => {
  table = await createTable(emulators.dynamodbLocal);
  proxy = await openFaultyProxy(emulators.dynamodbLocal);
  open(1);
});
afterEach(async () => {
  client.destroy();
  await proxy.close();
  await table.drop();
});

test.each<{ name: string; call: () => Promise<unknown>; answer: unknown }>([
  { name: 'get', call: () => store.get(key('a')), answer: { ...key('a'), version: 1, value: 1 } },
  { name: 'list', call: async () => (await store.list({ partition: 'p', prefix: '' })).length, answer: 1 },
  { name: 'a put', call: () => store.transact([put('b', 1)]), answer: { ok: true } },
  {
    name: 'a delete',
    call: () => store.transact([{ kind: 'delete', key: key('b'), expect: 'any' }]),
    answer: { ok: true },
  },
  { name: 'a transaction', call: () => store.transact([put('a', 2, 1), put('b', 2)]), answer: { ok: true } },
  { name: 'due', call: async () => (await store.due('m', 9, 9)).length, answer: 0 },
  { name: 'changes since', call: async () => (await store.dueSince('routes', 0)).length, answer: 0 },
])('throttled three times, $name succeeds', async ({ call, answer }) => {
  await store.transact([put('a', 1)]);
  proxy.inject(THROTTLED, THROTTLED, THROTTLED);
  expect(await call()).toEqual(answer);
});

test('throttled for ever, a call fails in the end and has written nothing', async () => {
  proxy.inject(...Array.from({ length: 8 }, () => THROTTLED));
  await expect(store.transact([put('a', 1, 'absent')])).rejects.toThrow('to order');
  expect(proxy.calls.length).toBe(8);
  expect(await store.get(key('a'))).toBeUndefined();
});

test('a transaction whose answer is lost is no conflict with itself', async () => {
  open(3);
  proxy.inject('lost-answer');
  expect(await store.transact([put('a', 1, 'absent'), put('b', 1, 'absent')])).toEqual({ ok: true });
  proxy.inject('lost-answer');
  expect(await store.transact([put('a', 2, 1)])).toEqual({ ok: true });
  expect(await store.get(key('a'))).toMatchObject({ version: 2, value: 2 });
  expect(proxy.calls.filter((call) => call === 'TransactWriteItems').length).toBe(4);
});

test('a transaction that did conflict is a conflict also when that answer is lost', async () => {
  open(3);
  await store.transact([put('a', 1)]);
  proxy.inject('lost-answer');
  expect(await store.transact([put('a', 2, 'absent')])).toEqual({ ok: false, conflicts: [0] });
});

test.each<{ name: string; fault: Fault }>([
  { name: 'a collision with another transaction', fault: cancelled('None', 'TransactionConflict') },
  { name: 'a busy partition', fault: cancelled('ThrottlingError', 'None') },
  { name: 'its own first attempt under way', fault: { status: 400, type: 'x#TransactionInProgressException' } },
])('$name is tried again, not a conflict', async ({ fault }) => {
  proxy.inject(fault, fault);
  expect(await store.transact([put('a', 1, 'absent'), put('b', 1, 'absent')])).toEqual({ ok: true });
  expect(proxy.calls.length).toBe(3);
});

test('a collision with a write of one item is tried again', async () => {
  proxy.inject({ status: 400, type: 'x#TransactionConflictException' });
  expect(await store.transact([put('a', 1)])).toEqual({ ok: true });
});

test('a conflict beside a collision is a conflict at once, by the index of the caller', async () => {
  proxy.inject(cancelled('TransactionConflict', 'ConditionalCheckFailed'));
  const check: Write = { kind: 'check', key: key('c'), expect: 'any' };
  expect(await store.transact([check, put('a', 1), put('b', 1, 3)])).toEqual({ ok: false, conflicts: [2] });
  expect(proxy.calls.length).toBe(1);
});

test('what is no conflict and passes not is told', async () => {
  proxy.inject(cancelled('ValidationError', 'None'));
  await expect(store.transact([put('a', 1, 'absent'), put('b', 1)])).rejects.toThrow('to order');
  expect(proxy.calls.length).toBe(1);
});

test('more than one page of 1 MB is read, in both orders and up to the limit', async () => {
  const text = 'x'.repeat(300_000);
  for (let i = 0; i < 8; i++)
    await store.transact([{ ...put(`page${i}`, text), due: { queue: 'm', atMs: i } } as Write]);
  const sorts = (items: readonly { readonly sort: string }[]) => items.map(({ sort }) => sort.slice(-1)).join('');
  expect(sorts(await store.list({ partition: 'p', prefix: 'page' }))).toBe('01234567');
  expect(sorts(await store.list({ partition: 'p', prefix: 'page', order: 'desc', limit: 6 }))).toBe('765432');
  expect(sorts(await store.due('m', 9, 5))).toBe('01234');
});

test('changes of an unsharded queue since a time', async () => {
  const route = (sort: string, atMs: number): Write =>
    ({ ...put(sort, sort), due: { queue: 'routes', atMs } }) as Write;
  await store.transact([route('a', 1), route('b', 2), route('c', 3)]);
  expect((await store.dueSince('routes', 2)).map(({ sort }) => sort)).toEqual(['b', 'c']);
  expect((await store.due('routes', 9, 9)).length).toBe(3);
  await expect(store.dueSince('manager', 0)).rejects.toThrow('8 shards');
});
