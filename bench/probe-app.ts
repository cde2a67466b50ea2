import { createSocket } from 'node:dgram';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * The program that both sides start: a web server that reports to the bench by datagram when it listens. This trusts neither
 * side's own idea of "up", and waiting costs the machine nothing.
 */
export function probeSource(reportPort: number): string {
  return `
const http = require('node:http');
const socket = require('node:dgram').createSocket('udp4');
const server = http.createServer((request, response) => response.end(String(process.pid)));
server.listen(Number(process.env.PORT), () => {
  socket.send(JSON.stringify({ dyno: process.env.DYNO, pid: process.pid, port: Number(process.env.PORT) }), ${reportPort}, '127.0.0.1', () => socket.close());
});
`;
}

export interface ProbeReport {
  readonly dyno: string;
  readonly pid: number;
  readonly port: number;
  readonly atMs: number;
}

/** Receives the reports of started probes. */
export class ProbeCollector {
  readonly #socket = createSocket('udp4');
  readonly #received: ProbeReport[] = [];

  async open(): Promise<number> {
    this.#socket.on('message', (message) => {
      this.#received.push({ ...JSON.parse(message.toString()), atMs: performance.now() });
    });
    return new Promise((resolve) => {
      this.#socket.bind(0, '127.0.0.1', () => resolve(this.#socket.address().port));
    });
  }

  clear(): void {
    this.#received.length = 0;
  }

  /** Waits until `count` probes reported since `clear`. */
  async reports(count: number): Promise<readonly ProbeReport[]> {
    const deadlineMs = performance.now() + 60_000;
    while (this.#received.length < count) {
      if (performance.now() > deadlineMs) throw new Error(`only ${this.#received.length} of ${count} probes reported`);
      await sleep(1);
    }
    return [...this.#received];
  }

  close(): void {
    this.#socket.close();
  }
}
