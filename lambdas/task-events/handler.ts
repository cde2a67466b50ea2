import type { EventBridgeEvent } from 'aws-lambda';

export interface TaskEventsParts {
  /** Records the observation and requests a pass over its app. Events may repeat, overtake each other or be of other tasks. */
  record(detail: unknown): Promise<void>;
  flush(): Promise<void>;
}

/** ECS "Task State Change". An event that fails is delivered again, and the sweep every minute finds lost ones. */
export function createHandler({ record, flush }: TaskEventsParts) {
  return async (event: EventBridgeEvent<string, unknown> | null): Promise<void> => {
    try {
      await record(event?.detail);
    } finally {
      await flush();
    }
  };
}
