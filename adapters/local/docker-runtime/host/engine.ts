import http from 'node:http';
import { createRequire } from 'node:module';
import type Docker from 'dockerode';

/** Where Docker is follows `DOCKER_HOST` and its companions, as for the docker command. */
export function openEngine(dockerModule: string): Docker {
  // A connection that was kept from before a restart of the daemon would fail the next request. Not as an option of the
  // engine: docker-modem prints its options for a debug log that is off, and an agent is a graph of every open connection.
  http.globalAgent = new http.Agent({ keepAlive: false });
  const Engine: typeof Docker = createRequire(import.meta.url)(dockerModule);
  return new Engine();
}

/** The HTTP status of Docker's refusal; undefined when there was no answer. */
export function statusOf(error: unknown): number | undefined {
  return (error as { statusCode?: number }).statusCode;
}

/** Docker did not answer: whether the request had its effect is not known. */
export function isUnanswered(error: unknown): boolean {
  return statusOf(error) === undefined && typeof (error as NodeJS.ErrnoException).code === 'string';
}

/** Docker's own words without dockerode's frame around them. */
export function messageOf(error: unknown): string {
  const { json, message } = error as { json?: { message?: string }; message: string };
  return json?.message ?? message.replace(/^\(HTTP code \d+\) .*? - /, '').trim();
}
