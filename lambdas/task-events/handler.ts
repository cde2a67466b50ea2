import type { EventBridgeEvent } from 'aws-lambda';

export interface TaskEventsParts {
  /** Records the observation and nudges its app. Events may repeat, overtake each other or be of other tasks. */
  record(detail: unknown): Promise<void>;
  settle(): Promise<void>;
}

/** ECS "Task State Change". One that fails is delivered again, and the minute's sweep finds what was lost. */
export function createHandler({ record, settle }: TaskEventsParts) {
  return async (event: EventBridgeEvent<string, unknown> | null): Promise<void> => {
    try {
      await record(event?.detail);
    } finally {
      await settle();
    }
  };
}
