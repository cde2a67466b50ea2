/** A proxy made with Node's own http module: `node-http-proxy.ts UPSTREAM_PORT`. Prints its port. */
import { Agent, createServer, request } from 'node:http';

const port = Number(process.argv[2]);
const agent = new Agent({ keepAlive: true, maxSockets: 256, scheduling: 'lifo' });

const server = createServer((incoming, response) => {
  const { method = 'GET', url = '/', headers } = incoming;
  const outgoing = request({ host: '127.0.0.1', port, agent, method, path: url, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  outgoing.on('error', () => response.destroy());
  incoming.pipe(outgoing);
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(typeof address === 'object' ? address?.port : '');
});
