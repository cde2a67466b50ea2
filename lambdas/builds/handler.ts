import type { EventBridgeEvent, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { Problems } from '../../core/ports/problems.ts';
import { deadlineMs, type RemainingTime } from '../deadline.ts';

export interface BuildsParts {
  /** Starts the oldest orders while there is room. */
  startWaiting(deadlineMs: number): Promise<void>;
  /** Handles a CodeBuild build's change of state; other projects' builds are ignored. */
  changed(detail: unknown): Promise<void>;
  readonly nowMs: () => number;
  readonly problems: Problems;
  flush(): Promise<void>;
}

type CodeBuildEvent = EventBridgeEvent<string, unknown>;

/** Handles messages of the build queue, which announce a new order, and CodeBuild's "Build State Change". */
export function createHandler(parts: BuildsParts) {
  return async (
    event: SQSEvent | CodeBuildEvent | null,
    context: RemainingTime,
  ): Promise<SQSBatchResponse | undefined> => {
    const untilMs = deadlineMs(context, parts.nowMs());
    try {
      if (event === null || !('Records' in event)) {
        await parts.changed(event?.detail);
        // A build may have ended: there is room for the next.
        await parts.startWaiting(untilMs);
        return undefined;
      }
      return { batchItemFailures: await startAll(parts, event, untilMs) };
    } finally {
      await parts.flush();
    }
  };
}

/** The orders are in the table; a message is only a reason to read them. */
async function startAll(parts: BuildsParts, { Records }: SQSEvent, untilMs: number) {
  try {
    await parts.startWaiting(untilMs);
    return [];
  } catch (error) {
    parts.problems.report('could not start the waiting builds; their message is delivered again', error);
    return Records.map(({ messageId }) => ({ itemIdentifier: messageId }));
  }
}
