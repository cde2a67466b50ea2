import { createServer, type Server, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { CertificateTable } from './certificate-table.ts';

/** The same time that a client has for a whole request head on a plain connection. */
const HANDSHAKE_MS = 60_000;

export interface TlsEntry {
  readonly server: Server;
  /** Closes connections whose handshake is not finished. */
  dropUnfinished(): void;
}

/**
 * TLS on its own port; the server name that the client sends selects the certificate. `onClient` gets the connection when
 * its handshake is done, and the TCP socket beneath, which alone can be reset.
 */
export function createTlsEntry(
  certificates: CertificateTable,
  onClient: (socket: TLSSocket, transport: Socket) => void,
): TlsEntry {
  const unfinished = new Set<Socket>();
  const server = createServer({ noDelay: true }, (transport) => {
    transport.on('error', () => {});
    const secureContext = certificates.fallback();
    if (secureContext === undefined) {
      transport.destroy();
      return;
    }
    unfinished.add(transport);
    const socket = new TLSSocket(transport, {
      isServer: true,
      secureContext,
      // The router speaks HTTP/1.1 only.
      ALPNProtocols: ['http/1.1'],
      SNICallback: (name, answer) => answer(null, certificates.find(name)),
    });
    const timer = setTimeout(() => transport.destroy(), HANDSHAKE_MS);
    const finish = () => {
      clearTimeout(timer);
      unfinished.delete(transport);
      socket.off('error', onError);
      transport.off('close', finish);
    };
    const onError = () => transport.destroy();
    socket.on('error', onError);
    transport.on('close', finish);
    socket.once('secure', () => {
      onClient(socket, transport);
      finish();
    });
  });
  return {
    server,
    dropUnfinished: () => {
      for (const transport of unfinished) transport.destroy();
    },
  };
}
