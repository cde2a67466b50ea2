import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { DynoManager } from '../../core/dyno-manager/dyno-manager.ts';
import { type ManagerMessage, readManagerMessage, TRAFFIC_MS_MAX } from '../../core/dyno-manager/manager-message.ts';
import type { Problems } from '../../core/ports/problems.ts';
import type { Driver } from '../../core/reconcile/driver.ts';
import { deadlineMs, type RemainingTime } from '../deadline.ts';

export interface ReconcileParts {
  readonly driver: Pick<Driver, 'run'>;
  readonly manager: Pick<DynoManager, 'wake' | 'noteRequests'>;
  readonly nowMs: () => number;
  readonly problems: Problems;
  flush(): Promise<void>;
}

/** Messages of `nudge.fifo` and of the delay queue: one pass per app of a batch, several apps at a time. */
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
 * By message group, which is the app. Messages of the delay queue have no group, but name their app. Many messages of one app
 * are due at the same moment, and concurrent passes would only make each other's writes fail.
 */
function groups(records: readonly SQSRecord[]): ReadonlyMap<string, readonly SQSRecord[]> {
  const groups = new Map<string, SQSRecord[]>();
  for (const record of records) {
    const id = record.attributes.MessageGroupId ?? appOf(record) ?? record.messageId;
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [record]);
    else group.push(record);
  }
  return groups;
}

function appOf({ body }: SQSRecord): string | undefined {
  const message = readManagerMessage(body);
  return message?.kind === 'nudge' ? message.appId : undefined;
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
  let firstNudge: { readonly index: number; readonly appId: string } | undefined;
  for (const [index, record] of records.entries()) {
    try {
      const message = readManagerMessage(record.body);
      // Not ours to throw away: after its last attempt the queue keeps it where the operator is told of it.
      if (message === undefined) throw new Error('this is not one of our messages');
      if (message.kind === 'nudge') firstNudge ??= { index, appId: message.appId };
      else await hear(parts, message);
    } catch (error) {
      parts.problems.report(
        `could not handle message ${record.messageId} of the dyno manager; it is delivered again`,
        error,
      );
      return records.slice(Math.min(index, firstNudge?.index ?? index));
    }
  }
  if (firstNudge === undefined) return [];
  try {
    await parts.driver.run(firstNudge.appId, untilMs);
    return [];
  } catch (error) {
    parts.problems.report(`reconciling app ${firstNudge.appId} failed`, error);
    return records.slice(firstNudge.index);
  }
}

async function hear({ manager, nowMs }: ReconcileParts, message: Exclude<ManagerMessage, { kind: 'nudge' }>) {
  if (nowMs() - message.atMs > TRAFFIC_MS_MAX) return;
  if (message.kind === 'wake') await manager.wake(message.appId);
  else await manager.noteRequests(message.appIds);
}
