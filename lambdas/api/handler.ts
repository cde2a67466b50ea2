import type { Hono } from 'hono';
import { readEvent } from './read-event.ts';
import { type HttpAnswer, writeAnswer } from './write-answer.ts';

export interface ApiParts {
  readonly api: Hono;
  /** Waits for everything that the platform has begun to send: a function that has answered is frozen. */
  flush(): Promise<void>;
}

/** The API behind API Gateway's HTTP API, payload format 2.0. */
export function createHandler({ api, flush }: ApiParts) {
  return async (event: unknown): Promise<HttpAnswer> => {
    const answer = await writeAnswer(await api.fetch(readEvent(event)));
    await flush();
    return answer;
  };
}
