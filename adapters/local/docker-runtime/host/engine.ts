import http from 'node:http';
import { createRequire } from 'node:module';
import type Docker from 'dockerode';

/** Finds Docker by `DOCKER_HOST` and its companions, like the docker command. */
export function openEngine(dockerModule: string): Docker {
  // A connection kept from before a restart of the daemon would fail the next request. Not set as an option of the engine:
  // docker-modem prints its options for a debug log that is off, and an agent is a graph of every open connection.
  http.globalAgent = new http.Agent({ keepAlive: false });
  const Engine: typeof Docker = createRequire(import.meta.url)(dockerModule);
  return new Engine();
}

/** The HTTP status of Docker's refusal; undefined without an answer. */
export function statusOf(error: unknown): number | undefined {
  return (error as { statusCode?: number }).statusCode;
}

/** Docker did not answer: the request may or may not have had its effect. */
export function isUnanswered(error: unknown): boolean {
  return statusOf(error) === undefined && typeof (error as NodeJS.ErrnoException).code === 'string';
}

/** Docker's message without dockerode's additions. */
export function messageOf(error: unknown): string {
  const { json, message } = error as { json?: { message?: string }; message: string };
  return json?.message ?? message.replace(/^\(HTTP code \d+\) .*? - /, '').trim();
}
