import type { Duplex } from 'node:stream';
import { SECOND_MS } from '../../core/time.ts';

const SECRET_BYTES_MAX = 4_096;
const SECRET_MS = 10 * SECOND_MS;

/** The first line without its end; the bytes after it are put back. Undefined: too long, too late, or the client left. */
export function readSecret(socket: Duplex): Promise<string | undefined> {
  return new Promise((resolve) => {
    let seen: Buffer = Buffer.alloc(0);
    const finish = (secret: string | undefined) => {
      clearTimeout(timer);
      socket.off('readable', read);
      socket.off('close', abandon);
      socket.off('end', abandon);
      resolve(secret);
    };
    const abandon = () => finish(undefined);
    const read = () => {
      const chunk: Buffer | null = socket.read();
      if (chunk === null) return;
      seen = Buffer.concat([seen, chunk]);
      const end = seen.indexOf(0x0a);
      if (end === -1 && seen.length <= SECRET_BYTES_MAX) return;
      if (end === -1 || end > SECRET_BYTES_MAX) return abandon();
      if (end + 1 < seen.length) socket.unshift(seen.subarray(end + 1));
      finish(seen.toString('latin1', 0, end).replace(/\r$/, ''));
    };
    const timer = setTimeout(abandon, SECRET_MS);
    socket.on('readable', read);
    socket.on('close', abandon);
    socket.on('end', abandon);
  });
}
