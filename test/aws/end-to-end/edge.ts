import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export interface Target {
  readonly port: number;
  /** What the target is asked for as; absent: what the client asked for, as a load balancer that preserves it. */
  readonly host?: string;
}

/**
 * Stands for the load balancer and API Gateway: the emulator's own loses the Host header and WebSockets. Adds what AWS's
 * adds, and asks `targetOf` for each request's Host where it goes.
 */
export async function openEdge(port: number, targetOf: (host: string) => Target | undefined): Promise<Server> {
  const server = createServer((incoming, response) => {
    const target = targetOf(hostName(incoming));
    if (target === undefined) return void response.writeHead(503).end();
    const outgoing = request({
      host: '127.0.0.1',
      port: target.port,
      method: incoming.method,
      path: incoming.url,
      headers: { ...forwarded(incoming, port), ...(target.host === undefined ? {} : { host: target.host }) },
    });
    outgoing.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      response.flushHeaders();
      answer.pipe(response);
    });
    outgoing.on('error', () => (response.headersSent ? response.destroy() : response.writeHead(502).end()));
    response.on('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  });
  server.on('upgrade', (incoming: IncomingMessage, client: Duplex, head: Buffer) => {
    const target = targetOf(hostName(incoming));
    if (target === undefined) return void client.destroy();
    const dyno: Socket = connect(target.port, '127.0.0.1', () => {
      const lines = Object.entries(forwarded(incoming, port)).map(([name, value]) => `${name}: ${value}`);
      dyno.write(`${incoming.method} ${incoming.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
      dyno.write(head);
      dyno.pipe(client).pipe(dyno);
    });
    dyno.on('error', () => client.destroy());
    client.on('error', () => dyno.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return server;
}

function hostName({ headers }: IncomingMessage): string {
  return (headers.host ?? '').replace(/:\d+$/, '');
}

function forwarded({ headers }: IncomingMessage, port: number): Record<string, string | string[] | undefined> {
  return { ...headers, 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'http', 'x-forwarded-port': String(port) };
}
