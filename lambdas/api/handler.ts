import type { Hono } from 'hono';
import { handle, type LambdaContext, type LambdaEvent } from 'hono/aws-lambda';

export interface ApiParts {
  readonly api: Hono;
  /** Waits for what the platform has only begun to send: a function that has answered is frozen. */
  settle(): Promise<void>;
}

/** The HTTP API behind API Gateway's HTTP API, payload version 2. */
export function createHandler({ api, settle }: ApiParts) {
  const answer = handle(api);
  return async (event: LambdaEvent, context?: LambdaContext) => {
    const answered = await answer(event, context);
    await settle();
    return answered;
  };
}
