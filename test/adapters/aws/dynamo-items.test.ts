import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { conflictsOf, isTransient } from '../../../adapters/aws/dynamo-failures.ts';
import { actionOf, itemOf, keyOf } from '../../../adapters/aws/dynamo-items.ts';
import type { Write } from '../../../core/ports/store.ts';

const KEY = { partition: 'p', sort: 's' };
const put = (more: Partial<Extract<Write, { kind: 'put' }>>): Write => ({
  kind: 'put',
  key: KEY,
  value: {},
  expect: 'absent',
  ...more,
});
const action = (write: Write) => actionOf('table', write, '{"a":1}', (queue, partition) => `${queue}#${partition}`);

test.each([
  { key: KEY, stored: { partition: { S: 'p' }, sort: { S: 's' } } },
  { key: { partition: 'p', sort: '' }, stored: { partition: { S: 'p' }, sort: { S: '\0' } } },
  { key: { partition: '', sort: '' }, stored: { partition: { S: '\0' }, sort: { S: '\0' } } },
])('a key is found as it was written: $key', ({ key, stored }) => {
  expect(keyOf(key)).toEqual(stored);
  expect(itemOf({ ...keyOf(key), version: { N: '3' }, value: { S: '{"a":1}' } })).toEqual({
    ...key,
    version: 3,
    value: { a: 1 },
  });
});

test('a new item has version 1, and is written only where there is none', () => {
  expect(action(put({})).Put).toEqual({
    TableName: 'table',
    Item: { partition: { S: 'p' }, sort: { S: 's' }, value: { S: '{"a":1}' }, version: { N: '1' } },
    ConditionExpression: 'attribute_not_exists(#partition)',
    ExpressionAttributeNames: { '#partition': 'partition' },
  });
});

test('one that follows version 7 has version 8, and is written only over that', () => {
  expect(action(put({ expect: 7 })).Put).toMatchObject({
    Item: { version: { N: '8' } },
    ConditionExpression: '#version = :expected',
    ExpressionAttributeValues: { ':expected': { N: '7' } },
  });
});

test('what is due is in the index by its queue and its millisecond', () => {
  expect(action(put({ due: { queue: 'apps', atMs: 1_234 } })).Put?.Item).toMatchObject({
    dueQueue: { S: 'apps#p' },
    dueAtMs: { N: '1234' },
  });
});

test.each([
  { atMs: 10_000, seconds: '10' },
  { atMs: 10_001, seconds: '11' },
])('DynamoDB, which counts seconds, takes nothing away before its time: $atMs ms', ({ atMs, seconds }) => {
  expect(action(put({ expiresAtMs: atMs })).Put?.Item).toMatchObject({ expiresAt: { N: seconds } });
});

test('a put whatever is there counts on, and takes off what it does not say', () => {
  expect(action(put({ expect: 'any' })).Update).toMatchObject({
    UpdateExpression:
      'SET #version = if_not_exists(#version, :zero) + :one, #value = :value REMOVE #dueQueue, #dueAtMs, #expiresAt',
    ExpressionAttributeValues: { ':zero': { N: '0' }, ':one': { N: '1' }, ':value': { S: '{"a":1}' } },
  });
  expect(action(put({ expect: 'any', due: { queue: 'q', atMs: 1 }, expiresAtMs: 1 })).Update?.UpdateExpression).toBe(
    'SET #version = if_not_exists(#version, :zero) + :one, #value = :value, #dueQueue = :dueQueue, #dueAtMs = :dueAtMs, #expiresAt = :expiresAt',
  );
});

test('a delete and a check have the condition of what was read', () => {
  expect(action({ kind: 'delete', key: KEY, expect: 4 }).Delete).toMatchObject({
    Key: keyOf(KEY),
    ConditionExpression: '#version = :expected',
    ExpressionAttributeValues: { ':expected': { N: '4' } },
  });
  expect(action({ kind: 'delete', key: KEY, expect: 'any' }).Delete).not.toHaveProperty('ConditionExpression');
  expect(action({ kind: 'check', key: KEY, expect: 'absent' }).ConditionCheck).toMatchObject({
    ConditionExpression: 'attribute_not_exists(#partition)',
  });
});

const cancelled = (...codes: readonly string[]) =>
  new TransactionCanceledException({
    message: '',
    $metadata: {},
    CancellationReasons: codes.map((Code) => ({ Code })),
  });
const named = (name: string) => Object.assign(new Error(), { name });

test.each([
  { error: cancelled('None', 'TransactionConflict'), again: true, conflicts: [] },
  { error: cancelled('ThrottlingError', 'None'), again: true, conflicts: [] },
  { error: cancelled('ProvisionedThroughputExceeded'), again: true, conflicts: [] },
  // The caller has read outdated data: a repeat would fail again.
  { error: cancelled('ConditionalCheckFailed', 'TransactionConflict'), again: false, conflicts: [0] },
  { error: cancelled('None', 'ConditionalCheckFailed', 'ConditionalCheckFailed'), again: false, conflicts: [1, 2] },
  { error: cancelled('ValidationError', 'TransactionConflict'), again: false, conflicts: [] },
  { error: cancelled('None', 'None'), again: false, conflicts: [] },
  { error: cancelled(), again: false, conflicts: [] },
  { error: named('TransactionConflictException'), again: true, conflicts: [] },
  { error: named('TransactionInProgressException'), again: true, conflicts: [] },
  { error: named('ThrottlingException'), again: true, conflicts: [] },
  { error: named('ProvisionedThroughputExceededException'), again: true, conflicts: [] },
  { error: named('ResourceNotFoundException'), again: false, conflicts: [] },
  { error: named('ValidationException'), again: false, conflicts: [] },
])('$error.name $error.CancellationReasons: again $again, conflicts $conflicts', ({ error, again, conflicts }) => {
  expect(isTransient(error)).toBe(again);
  expect(conflictsOf(error)).toEqual(conflicts);
});
