import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createWebSocketStream, WebSocketServer } from 'ws';
import { SECOND_MS } from '../../core/time.ts';
import type { Rendezvous } from './rendezvous.ts';

export const RENDEZVOUS_PATH = '/rendezvous';
/** A paste is the most that a terminal sends at once; output goes the other way. */
const MESSAGE_BYTES_MAX = 1024 * 1024;
/** Load balancers close a connection that is silent for a minute (Application Load Balancer: 60 s); a session may pause for longer. */
const PING_MS = 20 * SECOND_MS;

/**
 * Rendezvous for clients behind an HTTP load balancer: a WebSocket carries the bytes that the CLI would exchange over bare
 * TLS. The secret in the first line is the only permission needed, so the page's origin does not matter.
 */
export function createRendezvousUpgrade(rendezvous: Rendezvous) {
  const server = new WebSocketServer({ noServer: true, maxPayload: MESSAGE_BYTES_MAX, perMessageDeflate: false });
  return (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    if (request.url !== RENDEZVOUS_PATH) {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    server.handleUpgrade(request, socket, head, (webSocket) => {
      const pings = setInterval(() => webSocket.ping(), PING_MS);
      webSocket.on('close', () => clearInterval(pings));
      rendezvous.handle(createWebSocketStream(webSocket), socket as Socket);
    });
  };
}
