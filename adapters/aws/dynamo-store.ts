import { createHash } from 'node:crypto';
import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  type QueryCommandInput,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Ids } from '../../core/ports/ids.ts';
import type { Random } from '../../core/ports/random.ts';
import type { Item, ItemKey, ListQuery, Store, Write } from '../../core/ports/store.ts';
import { checkedValues, compareBytes, mayBeKey } from '../store-rules.ts';
import { attempt } from './attempts.ts';
import { conflictsOf, isTransient } from './dynamo-failures.ts';
import { actionOf, itemOf, keyOf, updateOf } from './dynamo-items.ts';

/** A partition of the index takes 1,000 writes a second, and all items that are due soon would be in one. */
const SHARDS = 8;
/** The routers read it every second, and few apps change their routes in one second. */
const UNSHARDED: ReadonlySet<string> = new Set(['routes']);

const ATTEMPTS_MAX = 8;
const RETRY_FIRST_MS = 25;
const RETRY_MAX_MS = 1_000;

export interface DynamoStoreOptions {
  readonly client: DynamoDBClient;
  readonly table: string;
  readonly ids: Pick<Ids, 'uuid'>;
  readonly random: Random;
}

export interface DynamoStore extends Store {
  /** All items of an unsharded queue whose due time is at or after `fromMs`, soonest first. Eventually consistent. */
  dueSince(queue: string, fromMs: number): Promise<readonly Item[]>;
}

type Row = Record<string, AttributeValue>;

export function openDynamoStore({ client, table, ids, random }: DynamoStoreOptions): DynamoStore {
  const options = {
    attemptsMax: ATTEMPTS_MAX,
    firstDelayMs: RETRY_FIRST_MS,
    delayMaxMs: RETRY_MAX_MS,
    random,
    isTransient,
  };
  const persist = <T>(action: () => Promise<T>): Promise<T> => attempt(options, action);

  async function get(key: ItemKey): Promise<Item | undefined> {
    if (!mayBeKey(key)) return undefined;
    const command = { TableName: table, Key: keyOf(key), ConsistentRead: true };
    const { Item } = await persist(() => client.send(new GetItemCommand(command)));
    return Item === undefined ? undefined : itemOf(Item);
  }

  async function list(query: ListQuery): Promise<readonly Item[]> {
    const { partition, prefix, after } = query;
    if (!mayBeKey({ partition, sort: prefix }) || !mayBeKey({ partition, sort: after ?? '' })) return [];
    const descending = query.order === 'desc';
    // DynamoDB refuses to continue after a key that the condition excludes.
    const place = after === undefined ? 'inside' : placeOf(after, prefix);
    if (place === (descending ? 'before' : 'behind')) return [];
    const key = keyOf({ partition, sort: prefix });
    const rows = await queryAll(query.limit ?? Number.POSITIVE_INFINITY, {
      ConsistentRead: true,
      ScanIndexForward: !descending,
      KeyConditionExpression: prefix === '' ? '#p = :p' : '#p = :p AND begins_with(#s, :s)',
      ExpressionAttributeNames: prefix === '' ? { '#p': 'partition' } : { '#p': 'partition', '#s': 'sort' },
      ExpressionAttributeValues: prefix === '' ? { ':p': key.partition } : { ':p': key.partition, ':s': key.sort },
      ...(after !== undefined && place === 'inside' ? { ExclusiveStartKey: keyOf({ partition, sort: after }) } : {}),
    });
    return rows.map((row) => itemOf(row));
  }

  async function transact(
    writes: readonly Write[],
  ): Promise<{ readonly ok: true } | { readonly ok: false; readonly conflicts: readonly number[] }> {
    const values = checkedValues(writes);
    const effective = [...writes.entries()].filter(([, write]) => write.kind !== 'check' || write.expect !== 'any');
    const [first] = effective;
    if (first === undefined) return { ok: true };
    const [index, write] = first;
    if (effective.length === 1 && write.expect === 'any' && write.kind !== 'check') {
      // Half the price of a transaction. Repeated after a lost answer it is a second put, which `any` permits.
      await persist(() => writeOne(write, values[index] ?? ''));
      return { ok: true };
    }
    // The same token at each attempt: a repeat after a lost answer does not fail on its own result.
    const command = new TransactWriteItemsCommand({
      ClientRequestToken: ids.uuid(),
      TransactItems: effective.map(([at, one]) => actionOf(table, one, values[at] ?? '', dueQueueOf)),
    });
    try {
      await persist(() => client.send(command));
      return { ok: true };
    } catch (error) {
      const conflicts = conflictsOf(error);
      if (conflicts.length === 0) throw error;
      return { ok: false, conflicts: conflicts.map((at) => effective[at]?.[0] ?? at) };
    }
  }

  async function writeOne(write: Exclude<Write, { kind: 'check' }>, value: string): Promise<void> {
    if (write.kind === 'put') await client.send(new UpdateItemCommand(updateOf(table, write, value, dueQueueOf)));
    else await client.send(new DeleteItemCommand({ TableName: table, Key: keyOf(write.key) }));
  }

  async function due(queue: string, beforeMs: number, limit: number): Promise<readonly Item[]> {
    const found = await Promise.all(
      shardsOf(queue).map((shard) =>
        queryAll(limit, {
          IndexName: 'due',
          KeyConditionExpression: '#q = :q AND #a <= :a',
          ExpressionAttributeNames: { '#q': 'dueQueue', '#a': 'dueAtMs' },
          ExpressionAttributeValues: { ':q': { S: shard }, ':a': { N: String(beforeMs) } },
        }),
      ),
    );
    const rows = found.flat().sort((left, right) => Number(left.dueAtMs?.N) - Number(right.dueAtMs?.N));
    return rows.slice(0, limit).map((row) => itemOf(row));
  }

  async function dueSince(queue: string, fromMs: number): Promise<readonly Item[]> {
    if (!UNSHARDED.has(queue)) throw new Error(`the queue ${queue} is in ${SHARDS} shards`);
    const rows = await queryAll(Number.POSITIVE_INFINITY, {
      IndexName: 'due',
      KeyConditionExpression: '#q = :q AND #a >= :a',
      ExpressionAttributeNames: { '#q': 'dueQueue', '#a': 'dueAtMs' },
      ExpressionAttributeValues: { ':q': { S: queue }, ':a': { N: String(fromMs) } },
    });
    return rows.map((row) => itemOf(row));
  }

  /** DynamoDB answers in pages of at most 1 MB. */
  async function queryAll(limit: number, query: Omit<QueryCommandInput, 'TableName' | 'Limit'>): Promise<Row[]> {
    const rows: Row[] = [];
    let start = query.ExclusiveStartKey;
    do {
      const page = {
        ...query,
        TableName: table,
        ...(Number.isFinite(limit) ? { Limit: limit - rows.length } : {}),
        ...(start === undefined ? {} : { ExclusiveStartKey: start }),
      };
      const { Items = [], LastEvaluatedKey } = await persist(() => client.send(new QueryCommand(page)));
      rows.push(...Items);
      start = LastEvaluatedKey;
    } while (start !== undefined && rows.length < limit);
    return rows;
  }

  return { get, list, transact, due, dueSince };
}

/** Where a sort key lies relative to those that begin with the prefix. */
function placeOf(sort: string, prefix: string): 'before' | 'inside' | 'behind' {
  if (sort.startsWith(prefix)) return 'inside';
  return compareBytes(sort, prefix) < 0 ? 'before' : 'behind';
}

function shardsOf(queue: string): readonly string[] {
  return UNSHARDED.has(queue) ? [queue] : Array.from({ length: SHARDS }, (_, shard) => `${queue}#${shard}`);
}

/** All items of a partition are in one shard, so an item's shard never changes. */
function dueQueueOf(queue: string, partition: string): string {
  const [shard = 0] = createHash('sha256').update(partition).digest();
  return UNSHARDED.has(queue) ? queue : `${queue}#${shard % SHARDS}`;
}
