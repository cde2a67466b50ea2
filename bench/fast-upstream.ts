/** The cheapest possible server behind a proxy: 1 KB per request, no parsing. Prints its port. */
import { createServer } from 'node:net';

const body = 'x'.repeat(1024);
const answer = `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

const server = createServer({ noDelay: true }, (socket) => {
  let open = '';
  socket.on('data', (chunk) => {
    const heads = (open + chunk.toString('latin1')).split('\r\n\r\n');
    open = heads.pop() ?? '';
    if (heads.length > 0) socket.write(answer.repeat(heads.length), 'latin1');
  });
  socket.on('error', () => {});
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(typeof address === 'object' ? address?.port : '');
});
