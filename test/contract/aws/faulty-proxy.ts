import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What happens to one call: an answer of ours, or AWS does it and its answer is lost. */
export type Fault = { readonly status: number; readonly type: string; readonly fields?: object } | 'lost-answer';

export interface FaultyProxy {
  readonly endpoint: string;
  /** The operations that came, in order: `GetItem`. */
  readonly calls: readonly string[];
  /** For the next calls, in order; then all is well again. */
  inject(...faults: readonly Fault[]): void;
  close(): Promise<void>;
}

/** Between an AWS client of a JSON protocol and the emulator: real connections that break and throttle to order. */
export async function openFaultyProxy(target: string): Promise<FaultyProxy> {
  const calls: string[] = [];
  const faults: Fault[] = [];
  const server = createServer((request, response) => {
    calls.push(String(request.headers['x-amz-target']).replace(/^.*\./, ''));
    const fault = faults.shift();
    if (fault === undefined) forward(target, request, response, false);
    else if (fault === 'lost-answer') forward(target, request, response, true);
    else {
      request.resume();
      response.writeHead(fault.status, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify({ __type: fault.type, message: 'to order', ...fault.fields }));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    inject: (...more) => faults.push(...more),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function forward(target: string, request: IncomingMessage, response: ServerResponse, loseAnswer: boolean): void {
  const forwarded = send(target, { method: request.method, path: request.url, headers: request.headers }, (answer) => {
    if (loseAnswer) answer.resume().once('end', () => request.socket.destroy());
    else answer.pipe(response.writeHead(answer.statusCode ?? 500, answer.headers));
  });
  request.pipe(forwarded);
}
