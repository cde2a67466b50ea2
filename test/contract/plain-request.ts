import { connect } from 'node:net';
import type { TaskObservation } from '../../core/ports/dyno-runtime.ts';

/** A web dyno's whole answer at its own address, including the head. */
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
