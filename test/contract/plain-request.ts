import { connect } from 'node:net';
import type { TaskObservation } from '../../core/ports/dyno-runtime.ts';

/** What a web dyno answers at its own address, head and all. */
export function answers(address: TaskObservation['address']): Promise<string> {
  if (address === undefined) throw new Error('listening without an address');
  return new Promise((resolve, reject) => {
    const socket = connect(address.port, address.host, () => socket.write('GET / HTTP/1.0\r\n\r\n'));
    let text = '';
    socket.on('data', (chunk) => {
      text += String(chunk);
    });
    socket.on('end', () => resolve(text));
    socket.on('error', reject);
  });
}
