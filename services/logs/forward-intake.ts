import { createServer, type Server, type Socket } from 'node:net';
import { encode } from '@msgpack/msgpack';
import { DYNO_LOG_VARIABLE, type DynoLogWriter, openDynoLogToken } from '../../core/log/dyno-log-token.ts';
import type { LogIntake } from '../../core/ports/logs.ts';
import type { OutputStreams } from '../../core/ports/output-streams.ts';
import type { Problems } from '../../core/ports/problems.ts';
import type { Signer } from '../../core/ports/signer.ts';
import type { LogLine } from '../../core/records/log-line.ts';
import { MINUTE_MS } from '../../core/time.ts';
import { type ForwardRecord, readForwardMessage } from './forward-message.ts';
import { MessagePackValues } from './msgpack-values.ts';

/** One per container or host that logs; each holds at most one unfinished message. */
const CONNECTIONS_MAX = 4_096;
/** The drivers keep their connection open; silence for this long means that the host is gone. */
const IDLE_MS = 30 * MINUTE_MS;
/** A token is verified again after this, so that an expired one stops counting. */
const VERIFIED_MS = MINUTE_MS;
/** Dynos that write through one connection; a host's FireLens or driver has far fewer. */
const WRITERS_MAX = 1_000;

export interface ForwardIntakeOptions {
  readonly signer: Signer;
  readonly logs: LogIntake;
  readonly outputs: Pick<OutputStreams, 'append'>;
  readonly now: () => number;
  /** For the operator: records without a valid token, and input that is not the forward protocol. */
  readonly problems: Problems;
}

export interface ForwardIntake {
  listen(port: number, host: string): Promise<number>;
  close(): Promise<void>;
}

/**
 * What dynos print, as Docker's fluentd driver (EC2) and FireLens (Fargate) send it: the fluentd forward protocol over TCP.
 * Each record carries the token of its dyno and is stored as output of that dyno only.
 */
export function createForwardIntake(options: ForwardIntakeOptions): ForwardIntake {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serve(socket, options);
  });
  server.maxConnections = CONNECTIONS_MAX;
  return {
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => resolve((server.address() as { port: number }).port));
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function serve(socket: Socket, options: ForwardIntakeOptions): void {
  const values = new MessagePackValues();
  const writers = new Writers(options);
  let refused = false;
  socket.setTimeout(IDLE_MS, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.on('data', (bytes: Buffer) => {
    try {
      for (const value of values.push(bytes)) {
        const { records, chunk } = readForwardMessage(value);
        const lines: LogLine[] = [];
        for (const { atMs, fields } of records) {
          const writer = writers.of(fields[DYNO_LOG_VARIABLE]);
          const text = fields.log;
          if (writer !== undefined && typeof text === 'string')
            lines.push(...take(writer, text, { atMs, fields }, options));
          else if (!refused) {
            // Once per connection, so that a stranger cannot fill the operator's log.
            refused = true;
            options.problems.report('refused log records without a valid token');
          }
        }
        options.logs.append(lines);
        if (chunk !== undefined && !socket.write(encode({ ack: chunk }))) holdBack(socket);
      }
    } catch (error) {
      options.problems.report('closed a connection of the log intake', error);
      socket.destroy();
    }
  });
}

/** Stops reading from a sender that does not read our answers. */
function holdBack(socket: Socket): void {
  socket.pause();
  socket.once('drain', () => socket.resume());
}

function take(
  { appId, name, outputStreamId }: DynoLogWriter,
  text: string,
  { atMs, fields }: ForwardRecord,
  { outputs }: ForwardIntakeOptions,
): readonly LogLine[] {
  const written = text.endsWith('\n') ? text.slice(0, -1) : text;
  // Docker cuts lines at 16 KiB and marks the parts; the log cuts them at 10,000 bytes anyway.
  const goesOn = fields.partial_message === 'true' && fields.partial_last !== 'true';
  if (outputStreamId !== undefined) outputs.append(outputStreamId, goesOn ? written : `${written}\n`);
  return written.split('\n').map((message) => ({ appId, atMs, source: 'app', process: name, message }));
}

/** The tokens that a connection used lately: verifying one for each of a thousand lines would cost more than storing the lines. */
class Writers {
  readonly #options: ForwardIntakeOptions;
  readonly #known = new Map<string, { readonly writer: DynoLogWriter; readonly untilMs: number }>();

  constructor(options: ForwardIntakeOptions) {
    this.#options = options;
  }

  of(token: unknown): DynoLogWriter | undefined {
    if (typeof token !== 'string') return undefined;
    const nowMs = this.#options.now();
    const known = this.#known.get(token);
    if (known !== undefined && nowMs < known.untilMs) return known.writer;
    this.#known.delete(token);
    const writer = openDynoLogToken(this.#options.signer, token, nowMs);
    if (writer === undefined) return undefined;
    if (this.#known.size >= WRITERS_MAX) this.#known.clear();
    this.#known.set(token, { writer, untilMs: nowMs + VERIFIED_MS });
    return writer;
  }
}
