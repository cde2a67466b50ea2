import { once } from 'node:events';
import { createServer, type IncomingMessage, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * The fault of one call: an answer of ours; AWS does it but its answer is lost; or AWS does all of an SQS batch but one entry.
 */
export type Fault =
  | { readonly status: number; readonly type: string; readonly fields?: object }
  | { readonly refusedEntry: number }
  /** The same for EventBridge, which answers entries in their order. */
  | { readonly refusedEvent: number }
  | 'lost-answer';

export interface FaultyProxy {
  readonly endpoint: string;
  /** The received operations, in order: `GetItem`. */
  readonly calls: readonly string[];
  readonly bodies: readonly string[];
  /** Faults of the next calls, in order. */
  inject(...faults: readonly Fault[]): void;
  /** The fault of all calls, until it is undefined again. */
  always: Fault | undefined;
  close(): Promise<void>;
}

/** Between an AWS client with a JSON protocol and the emulator: real connections that break and throttle on demand. */
export async function openFaultyProxy(target: string): Promise<FaultyProxy> {
  const calls: string[] = [];
  const bodies: string[] = [];
  const faults: Fault[] = [];
  const server = createServer(async (request, response) => {
    const body = await textOf(request);
    calls.push(String(request.headers['x-amz-target']).replace(/^.*\./, ''));
    bodies.push(body);
    const fault = faults.shift() ?? proxy.always;
    if (fault === undefined || fault === 'lost-answer') {
      const answer = await forward(target, request, body);
      if (fault === 'lost-answer') request.socket.destroy();
      else response.writeHead(answer.status, answer.headers).end(answer.body);
    } else if ('refusedEntry' in fault) {
      const { Entries, ...rest } = JSON.parse(body);
      const [refused] = Entries.splice(fault.refusedEntry, 1);
      const answer = JSON.parse((await forward(target, request, JSON.stringify({ ...rest, Entries }))).body);
      const Failed = [{ Id: refused.Id, Code: 'InternalError', SenderFault: false }];
      response.writeHead(200, JSON_TYPE).end(JSON.stringify({ ...answer, Failed }));
    } else if ('refusedEvent' in fault) {
      const { Entries, ...rest } = JSON.parse(body);
      Entries.splice(fault.refusedEvent, 1);
      const answer = JSON.parse((await forward(target, request, JSON.stringify({ ...rest, Entries }))).body);
      answer.Entries.splice(fault.refusedEvent, 0, { ErrorCode: 'InternalFailure', ErrorMessage: 'to order' });
      response.writeHead(200, JSON_TYPE).end(JSON.stringify({ ...answer, FailedEntryCount: 1 }));
    } else {
      response.writeHead(fault.status, JSON_TYPE);
      response.end(JSON.stringify({ __type: fault.type, message: 'to order', ...fault.fields }));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: FaultyProxy = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    bodies,
    inject: (...more) => faults.push(...more),
    always: undefined,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return proxy;
}

const JSON_TYPE = { 'content-type': 'application/x-amz-json-1.0' };

async function forward(target: string, { method, url, headers }: IncomingMessage, body: string) {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    send(target, { method, path: url, headers: { ...headers, 'content-length': Buffer.byteLength(body) } }, resolve)
      .on('error', reject)
      .end(body);
  });
  return { status: answer.statusCode ?? 500, headers: answer.headers, body: await textOf(answer) };
}

async function textOf(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
