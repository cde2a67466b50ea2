import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../core/ports/clock.ts';
import type { LogIntake } from '../../core/ports/logs.ts';
import type { Signer } from '../../core/ports/signer.ts';
import type { LogLine } from '../../core/records/log-line.ts';

export const INTAKE_PATH = '/intake';
/** Grants writing any line of any app: for functions and the router, never for a dyno. */
export const INTAKE_PURPOSE = 'log-intake';

/** A batch of the router's lines is far smaller. */
const BODY_BYTES_MAX = 8 * 1024 * 1024;
const LINE_BYTES_MAX = 256 * 1024;

export interface IntakeHttpOptions {
  readonly signer: Signer;
  readonly clock: Clock;
  readonly logs: LogIntake;
}

/** `POST /intake`: log lines from other parts of the platform, one JSON object per line. */
export function createIntakeHttp({ signer, clock, logs }: IntakeHttpOptions) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.method !== 'POST') return refuse(response, 405, 'Log lines are sent with POST.');
    const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    if (signer.verify(INTAKE_PURPOSE, token, clock.nowMs()) === undefined) {
      return refuse(response, 401, 'The token is not valid or has expired.');
    }
    let bytes = 0;
    let rest = '';
    const take = (text: string) => {
      const lines = `${rest}${text}`.split('\n');
      rest = lines.pop() ?? '';
      logs.append(lines.map(readLine).filter((line) => line !== undefined));
    };
    const decoder = new TextDecoder();
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      take(decoder.decode(chunk, { stream: true }));
      if (bytes > BODY_BYTES_MAX || rest.length > LINE_BYTES_MAX)
        return refuse(response, 413, 'The request is too large.');
    }
    take('\n');
    response.writeHead(204).end();
  };
}

/** Undefined: not a log line. The other lines of the request are stored all the same. */
function readLine(text: string): LogLine | undefined {
  if (text === '') return undefined;
  let line: Partial<Record<keyof LogLine, unknown>>;
  try {
    line = Object(JSON.parse(text));
  } catch {
    return undefined;
  }
  const { appId, atMs, source, process, message } = line;
  if (typeof appId !== 'string' || typeof process !== 'string' || typeof message !== 'string') return undefined;
  if (typeof atMs !== 'number' || (source !== 'app' && source !== 'heroku')) return undefined;
  return { appId, atMs, source, process, message };
}

function refuse(response: ServerResponse, status: number, message: string): void {
  // The rest of the body is not read.
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close' }).end(`${message}\n`);
}
