import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createWebSocketStream, WebSocket } from 'ws';
import type { Remote } from './remote.ts';

const CONNECT_MS = 20_000;

/**
 * The CLI's rendezvous is a line with a secret over bare TLS, which an HTTP load balancer cannot carry: its bytes travel in
 * a WebSocket. The secret is the only permission on both ways.
 */
export async function linkRendezvous(remote: Remote, socket: Duplex): Promise<void> {
  const url = new URL('/rendezvous', remote.services);
  url.protocol = remote.services.protocol === 'https:' ? 'wss:' : 'ws:';
  const webSocket = new WebSocket(url, { handshakeTimeout: CONNECT_MS, perMessageDeflate: false });
  try {
    await once(webSocket, 'open');
    const stream = createWebSocketStream(webSocket, { readableObjectMode: true });
    await Promise.race([pipeline(socket, stream, { end: false }), relay(stream, socket)]);
  } catch {
    // Either side may close at any moment; then the other one ends too.
  } finally {
    webSocket.terminate();
    socket.end();
  }
}

/** One write per message: the CLI looks for the exit status in each TLS record separately. */
async function relay(from: Duplex, to: Duplex): Promise<void> {
  for await (const message of from) {
    await new Promise<void>((resolve) => to.write(message, () => resolve()));
  }
}
