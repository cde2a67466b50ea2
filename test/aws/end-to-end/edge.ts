import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createSecureContext } from 'node:tls';
import type { KeyAndCertificate } from '../../../adapters/local/certificates.ts';

export type Target =
  | {
      readonly port: number;
      /** The Host header for the target; absent: the client's, as with a load balancer that preserves it. */
      readonly host?: string;
    }
  | 'to-https';

export interface EdgeOptions {
  readonly port: number;
  /** By the request's Host. */
  readonly targetOf: (host: string) => Target;
  /** By the server name that the client asks for; absent: no TLS. */
  readonly certificateOf?: (serverName: string) => Promise<KeyAndCertificate>;
}

/**
 * Replaces the load balancer and API Gateway: the emulator's own lose the Host header, TLS and WebSockets. Adds the same
 * headers as AWS's.
 */
export async function openEdge({ port, targetOf, certificateOf }: EdgeOptions): Promise<Server> {
  const forwarded = { port, protocol: certificateOf === undefined ? 'http' : 'https' };
  const answer = (incoming: IncomingMessage, response: ServerResponse) => {
    const target = targetOf(hostName(incoming));
    if (target === 'to-https') {
      response.writeHead(301, { location: `https://${hostName(incoming)}${incoming.url}` }).end();
      return;
    }
    const outgoing = request({
      host: '127.0.0.1',
      port: target.port,
      method: incoming.method,
      path: incoming.url,
      headers: { ...headersOf(incoming, forwarded), ...(target.host === undefined ? {} : { host: target.host }) },
    });
    outgoing.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      response.flushHeaders();
      answer.pipe(response);
    });
    outgoing.on('error', () => (response.headersSent ? response.destroy() : response.writeHead(502).end()));
    response.on('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  };
  const server =
    certificateOf === undefined
      ? createServer(answer)
      : createTlsServer({ SNICallback: contexts(certificateOf), ...(await certificateOf('')) }, answer);
  server.on('upgrade', (incoming: IncomingMessage, client: Duplex, head: Buffer) => {
    const target = targetOf(hostName(incoming));
    if (target === 'to-https') return void client.destroy();
    const dyno: Socket = connect(target.port, '127.0.0.1', () => {
      const lines = Object.entries(headersOf(incoming, forwarded)).map(([name, value]) => `${name}: ${value}`);
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

function contexts(certificateOf: NonNullable<EdgeOptions['certificateOf']>) {
  return (name: string, done: (error: Error | null, context?: ReturnType<typeof createSecureContext>) => void) => {
    certificateOf(name).then((pair) => done(null, createSecureContext(pair)), done);
  };
}

function hostName({ headers }: IncomingMessage): string {
  return (headers.host ?? '').replace(/:\d+$/, '');
}

function headersOf(
  { headers }: IncomingMessage,
  { protocol, port }: { readonly protocol: string; readonly port: number },
): Record<string, string | string[] | undefined> {
  return {
    ...headers,
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-proto': protocol,
    'x-forwarded-port': String(port),
  };
}
