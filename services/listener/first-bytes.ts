import type { Socket } from 'node:net';

/** A TLS record that starts a handshake (RFC 8446 §5.1); no HTTP request line starts with it. */
const TLS_HANDSHAKE = 0x16;
const SPACE = 0x20;
const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;
/** An HTTP method is much shorter; a rendezvous secret may be this long. */
const FIRST_WORD_MAX = 4_096;

export type FirstBytes = 'tls' | 'http' | 'line' | 'unknown';

/** The protocol of a plain connection, by its first byte. */
export function plainProtocol(bytes: Buffer): FirstBytes {
  return bytes[0] === TLS_HANDSHAKE ? 'tls' : 'http';
}

/** Within TLS: `GET /path` is HTTP, a first line without a space is a rendezvous secret. Undefined: read on. */
export function secureProtocol(bytes: Buffer): FirstBytes | undefined {
  for (const byte of bytes) {
    if (byte === SPACE) return 'http';
    if (byte === CARRIAGE_RETURN || byte === LINE_FEED) return 'line';
  }
  return bytes.length > FIRST_WORD_MAX ? 'unknown' : undefined;
}

/**
 * Reads until `decide` knows the protocol, puts everything back, and answers once. Undefined: the client left, or sent
 * nothing useful in time; the socket is then destroyed.
 */
export function readFirstBytes(
  socket: Socket,
  timeoutMs: number,
  decide: (bytes: Buffer) => FirstBytes | undefined,
): Promise<FirstBytes | undefined> {
  return new Promise((resolve) => {
    let seen: Buffer = Buffer.alloc(0);
    const finish = (protocol: FirstBytes | undefined) => {
      clearTimeout(timer);
      socket.off('readable', read);
      socket.off('close', abandon);
      socket.off('end', abandon);
      socket.off('error', abandon);
      if (protocol === undefined || protocol === 'unknown') socket.destroy();
      else if (seen.length > 0) socket.unshift(seen);
      resolve(protocol);
    };
    const abandon = () => finish(undefined);
    const read = () => {
      const chunk: Buffer | null = socket.read();
      if (chunk === null) return;
      seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk]);
      const protocol = decide(seen);
      if (protocol !== undefined) finish(protocol);
    };
    const timer = setTimeout(abandon, timeoutMs);
    socket.on('readable', read);
    socket.on('close', abandon);
    socket.on('error', abandon);
    socket.on('end', abandon);
  });
}
