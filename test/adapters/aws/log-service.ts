import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Background } from '../../../adapters/aws/background.ts';
import { HmacSigner } from '../../../adapters/hmac-signer.ts';
import { LocalOutputStreams } from '../../../adapters/local/output-streams.ts';
import { systemClock } from '../../../adapters/system.ts';
import type { LogLine } from '../../../core/records/log-line.ts';
import { createIntakeHttp } from '../../../services/logs/intake-http.ts';
import { createAppendHttp } from '../../../services/outputs/append-http.ts';

/** The fault of one request: refused with this status, or accepted but its answer is lost. */
export type Fault = number | 'lost-answer';

/** The log service's own handlers on a port, with injected faults, and what an adapter needs to write to it. */
export async function openLogService() {
  const directory = await mkdtemp(join(tmpdir(), 'dynoform-outputs-'));
  const outputs = new LocalOutputStreams({
    directory,
    problems: { report: (_problem, error) => problems.push(error) },
  });
  const signer = new HmacSigner(randomBytes(32));
  const lines: LogLine[] = [];
  const problems: unknown[] = [];
  const faults: Fault[] = [];
  const requests: string[] = [];
  const append = createAppendHttp({ outputs, signer, clock: systemClock });
  const intake = createIntakeHttp({
    signer,
    clock: systemClock,
    logs: { append: (more) => lines.push(...more) },
  });
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    const fault = faults.shift();
    if (typeof fault === 'number') {
      request.resume();
      response.writeHead(fault).end();
      return;
    }
    if (fault === 'lost-answer') response.end = () => response.destroy();
    void (request.url === '/intake' ? intake : append)(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const servicesUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const background = new Background({ report: (_problem, cause) => problems.push(cause) });
  return {
    options: { servicesUrl, signer, clock: systemClock, random: { next: () => 0 }, background },
    background,
    lines,
    problems,
    requests,
    inject: (...more: readonly Fault[]) => faults.push(...more),
    output: async (streamId: string) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of outputs.read(streamId, 0, new AbortController().signal) ?? []) chunks.push(chunk);
      return Buffer.concat(chunks).toString();
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await outputs.endInterrupted();
      await rm(directory, { recursive: true });
    },
  };
}

export type LogService = Awaited<ReturnType<typeof openLogService>>;
