import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { DynoManager } from '../../core/dyno-manager/dyno-manager.ts';
import {
  isPass,
  type PassMessage,
  passGroup,
  readManagerMessage,
  TRAFFIC_MS_MAX,
  type TrafficMessage,
} from '../../core/dyno-manager/manager-message.ts';
import type { Problems } from '../../core/ports/problems.ts';
import type { Driver } from '../../core/reconcile/driver.ts';
import { deadlineMs, type RemainingTime } from '../deadline.ts';

export interface ReconcileParts {
  /** By the kind of message that requests a pass. */
  readonly drivers: Readonly<Record<PassMessage['kind'], Pick<Driver, 'run'>>>;
  readonly manager: Pick<DynoManager, 'wake' | 'noteRequests'>;
  readonly nowMs: () => number;
  readonly problems: Problems;
  flush(): Promise<void>;
}

const FAILURES: Readonly<Record<PassMessage['kind'], (appId: string) => string>> = {
  nudge: (appId) => `reconciling app ${appId} failed`,
  events: (appId) => `could not publish events of app ${appId}`,
};

/** Messages of `nudge.fifo` and of the delay queue: one pass per reconciler and app of a batch, several apps at a time. */
export function createHandler(parts: ReconcileParts) {
  return async (event: SQSEvent, context: RemainingTime): Promise<SQSBatchResponse> => {
    const untilMs = deadlineMs(context, parts.nowMs());
    const failed = await Promise.all(
      [...groups(event.Records).values()].map((records) => failuresOf(parts, records, untilMs)),
    );
    await parts.flush();
    return { batchItemFailures: failed.flat().map(({ messageId }) => ({ itemIdentifier: messageId })) };
  };
}

/**
 * By message group, which is a reconciler's app. Messages of the delay queue have no group, but name their app. Many messages of
 * one app are due at the same moment, and concurrent passes would only make each other's writes fail.
 */
function groups(records: readonly SQSRecord[]): ReadonlyMap<string, readonly SQSRecord[]> {
  const groups = new Map<string, SQSRecord[]>();
  for (const record of records) {
    const id = record.attributes.MessageGroupId ?? groupOf(record) ?? record.messageId;
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [record]);
    else group.push(record);
  }
  return groups;
}

function groupOf({ body }: SQSRecord): string | undefined {
  const message = readManagerMessage(body);
  return message === undefined || !isPass(message) ? undefined : passGroup(message);
}

/**
 * A pass sees everything written before it, so one at the end serves all requests of a group. A failed message and all after it
 * return to the queue: otherwise SQS would deliver a group out of order.
 */
async function failuresOf(
  parts: ReconcileParts,
  records: readonly SQSRecord[],
  untilMs: number,
): Promise<readonly SQSRecord[]> {
  let first: { readonly index: number; readonly message: PassMessage } | undefined;
  for (const [index, record] of records.entries()) {
    try {
      const message = readManagerMessage(record.body);
      // Not ours to throw away: after its last attempt the queue keeps it where the operator is told of it.
      if (message === undefined) throw new Error('this is not one of our messages');
      if (isPass(message)) first ??= { index, message };
      else await hear(parts, message);
    } catch (error) {
      parts.problems.report(
        `could not handle message ${record.messageId} of the dyno manager; it is delivered again`,
        error,
      );
      return records.slice(Math.min(index, first?.index ?? index));
    }
  }
  if (first === undefined) return [];
  const { kind, appId } = first.message;
  try {
    await parts.drivers[kind].run(appId, untilMs);
    return [];
  } catch (error) {
    parts.problems.report(FAILURES[kind](appId), error);
    return records.slice(first.index);
  }
}

async function hear({ manager, nowMs }: ReconcileParts, message: TrafficMessage) {
  if (nowMs() - message.atMs > TRAFFIC_MS_MAX) return;
  if (message.kind === 'wake') await manager.wake(message.appId);
  else await manager.noteRequests(message.appIds);
}
