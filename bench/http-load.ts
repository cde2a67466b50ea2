/** Load on one port with raw sockets: `http-load.ts PORT HOST CONNECTIONS MILLISECONDS`. Prints one JSON object. */
import { connect } from 'node:net';
import { quantile } from './figures.ts';

const [port = 0, , connections = 0, durationMs = 0] = process.argv.slice(2).map(Number);
const host = process.argv[3] ?? '';
const request = `GET / HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: bench\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate\r\nCookie: session=0123456789abcdef\r\n\r\n`;
const warmUpMs = 300;

const latencies: number[] = [];
const startedMs = performance.now();
let responseBytes = 0;
let open = connections;

for (let index = 0; index < connections; index += 1) run();

function run(): void {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  let received = 0;
  let sentMs = 0;
  const send = (): void => {
    received = 0;
    sentMs = performance.now();
    socket.write(request, 'latin1');
  };
  socket.on('connect', send);
  socket.on('data', (chunk) => {
    if (received === 0 && chunk.toString('latin1', 0, 12) !== 'HTTP/1.1 200') throw new Error(chunk.toString('latin1'));
    received += chunk.length;
    // All answers of a server have the same length, so only the first one is parsed.
    if (responseBytes === 0) responseBytes = chunk.indexOf('\r\n\r\n') + 4 + 1024;
    if (received < responseBytes) return;
    const nowMs = performance.now();
    if (nowMs - startedMs > warmUpMs) latencies.push(nowMs - sentMs);
    if (nowMs - startedMs < warmUpMs + durationMs) send();
    else finish();
  });
  const finish = (): void => {
    socket.destroy();
    open -= 1;
    if (open > 0) return;
    const seconds = (performance.now() - startedMs - warmUpMs) / 1000;
    console.log(
      JSON.stringify({
        perSecond: latencies.length / seconds,
        p50Ms: quantile(latencies, 0.5),
        p99Ms: quantile(latencies, 0.99),
      }),
    );
  };
}
