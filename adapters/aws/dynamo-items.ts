import type { AttributeValue, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { Item, ItemKey, Write } from '../../core/ports/store.ts';
import { SECOND_MS } from '../../core/time.ts';

/** DynamoDB has no empty keys. This one sorts before all others, and is unused: our keys contain no NUL. */
const EMPTY_KEY = '\0';

type Row = Record<string, AttributeValue>;
type Put = Extract<Write, { kind: 'put' }>;
/** Names the partition of the index `due` for an item of this queue. */
type DueQueueOf = (queue: string, partition: string) => string;

export function keyOf({ partition, sort }: ItemKey): {
  readonly partition: { S: string };
  readonly sort: { S: string };
} {
  return { partition: { S: partition || EMPTY_KEY }, sort: { S: sort || EMPTY_KEY } };
}

export function itemOf({ partition, sort, version, value }: Row): Item {
  return {
    partition: decoded(partition?.S),
    sort: decoded(sort?.S),
    version: Number(version?.N),
    value: JSON.parse(value?.S ?? ''),
  };
}

/** One write as an action of a transaction. */
export function actionOf(table: string, write: Write, value: string, dueQueueOf: DueQueueOf): TransactWriteItem {
  if (write.kind === 'put' && write.expect === 'any') return { Update: updateOf(table, write, value, dueQueueOf) };
  if (write.kind === 'put') {
    const Item = {
      ...keyOf(write.key),
      ...attributesOf(write, value, dueQueueOf),
      version: versionAfter(write.expect),
    };
    return { Put: { TableName: table, Item, ...conditionOf(write.expect) } };
  }
  if (write.kind === 'delete') {
    return { Delete: { TableName: table, Key: keyOf(write.key), ...conditionOf(write.expect) } };
  }
  return {
    ConditionCheck: {
      TableName: table,
      Key: keyOf(write.key),
      ConditionExpression: '',
      ...conditionOf(write.expect),
    },
  };
}

/** A put without an expectation: only DynamoDB knows the previous version. */
export function updateOf(table: string, write: Put, value: string, dueQueueOf: DueQueueOf) {
  const attributes = attributesOf(write, value, dueQueueOf);
  const absent = ['dueQueue', 'dueAtMs', 'expiresAt'].filter((name) => attributes[name] === undefined);
  const set = Object.keys(attributes).map((name) => `, #${name} = :${name}`);
  return {
    TableName: table,
    Key: keyOf(write.key),
    UpdateExpression: `SET #version = if_not_exists(#version, :zero) + :one${set.join('')}${
      absent.length === 0 ? '' : ` REMOVE ${absent.map((name) => `#${name}`).join(', ')}`
    }`,
    ExpressionAttributeNames: Object.fromEntries(
      ['version', ...Object.keys(attributes), ...absent].map((name) => [`#${name}`, name]),
    ),
    ExpressionAttributeValues: {
      ':zero': { N: '0' },
      ':one': { N: '1' },
      ...Object.fromEntries(Object.entries(attributes).map(([name, attribute]) => [`:${name}`, attribute])),
    },
  };
}

function attributesOf({ key, due, expiresAtMs }: Put, value: string, dueQueueOf: DueQueueOf): Row {
  return {
    value: { S: value },
    ...(due === undefined
      ? {}
      : { dueQueue: { S: dueQueueOf(due.queue, key.partition) }, dueAtMs: { N: String(due.atMs) } }),
    // Rounded up: the item must not disappear before its time.
    ...(expiresAtMs === undefined ? {} : { expiresAt: { N: String(Math.ceil(expiresAtMs / SECOND_MS)) } }),
  };
}

function conditionOf(expect: Write['expect']) {
  if (expect === 'any') return {};
  if (expect === 'absent') {
    return {
      ConditionExpression: 'attribute_not_exists(#partition)',
      ExpressionAttributeNames: { '#partition': 'partition' },
    };
  }
  return {
    ConditionExpression: '#version = :expected',
    ExpressionAttributeNames: { '#version': 'version' },
    ExpressionAttributeValues: { ':expected': { N: String(expect) } },
  };
}

function versionAfter(expect: Write['expect']): { N: string } {
  return { N: String(typeof expect === 'number' ? expect + 1 : 1) };
}

const decoded = (key = '') => (key === EMPTY_KEY ? '' : key);
