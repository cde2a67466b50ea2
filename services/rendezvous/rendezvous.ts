import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Signer } from '../../core/ports/signer.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../core/time.ts';
import { EarlyInput } from './early-input.ts';
import { ExitMarkers } from './exit-marker.ts';
import { readSecret } from './secret.ts';

export const RENDEZVOUS_PURPOSE = 'rendezvous';

/** The client connects right after the API's answer; the dyno manager starts the dyno a little later. */
const DYNO_MS = 30 * SECOND_MS;
const LOOK_EVERY_MS = 20;
/** The CLI discards the first chunk that it reads: the banner must not arrive in one piece with output. */
const BANNER_GAP_MS = 20;
/** Heroku closes connections without input or output for an hour (Dev Center: One-Off Dynos). */
const IDLE_MS = HOUR_MS;
const KEEP_ALIVE_MS = MINUTE_MS;
/** For the last output to reach a slow client after the dyno has ended. */
const FLUSH_MS = 30 * SECOND_MS;
const CLAIMS_MAX = 10_000;

export interface RendezvousOptions {
  readonly signer: Signer;
  readonly now: () => number;
  /** The dyno's input and output. Undefined: not yet waiting for a client. Destroying it means that the client has gone. */
  readonly attach: (appId: string, dynoId: string) => Duplex | undefined;
  /** How long a client waits for its dyno, where a dyno takes longer to start than a process. */
  readonly dynoMs?: number;
}

export interface Rendezvous {
  /** `connection` carries the stream, where it is not the stream itself. */
  handle(stream: Socket): void;
  handle(stream: Duplex, connection: Socket): void;
}

/** Connects the CLI's `run` with its dyno: the secret in the first line selects the dyno, then bytes go both ways. */
export function createRendezvous({ signer, now, attach, dynoMs = DYNO_MS }: RendezvousOptions): Rendezvous {
  /** Dynos whose one client has come; oldest first. */
  const claims = new Set<string>();

  async function serve(socket: Duplex, connection: Socket): Promise<void> {
    const secret = await readSecret(socket);
    const payload = secret === undefined ? undefined : signer.verify(RENDEZVOUS_PURPOSE, secret, now());
    const [appId, dynoId] = payload?.split('/') ?? [];
    // A client without the secret gets no answer at all.
    if (appId === undefined || dynoId === undefined || claims.has(dynoId)) {
      socket.destroy();
      return;
    }
    claims.add(dynoId);
    if (claims.size > CLAIMS_MAX) claims.delete(claims.values().next().value ?? dynoId);

    const input = new EarlyInput(socket);
    const dyno = await waitFor(() => attach(appId, dynoId), socket, dynoMs);
    if (dyno === undefined) {
      // The dyno was not used: the client may come back.
      claims.delete(dynoId);
      socket.destroy();
      return;
    }
    await connect(socket, connection, input, dyno);
  }

  return {
    handle(socket: Duplex, connection: Socket = socket as Socket) {
      connection.setNoDelay(true);
      connection.setKeepAlive(true, KEEP_ALIVE_MS);
      socket.on('error', () => socket.destroy());
      serve(socket, connection).catch(() => socket.destroy());
    },
  };
}

function waitFor(look: () => Duplex | undefined, socket: Duplex, dynoMs: number): Promise<Duplex | undefined> {
  return new Promise((resolve) => {
    let looks = dynoMs / LOOK_EVERY_MS;
    const tick = () => {
      const dyno = socket.destroyed ? undefined : look();
      looks -= 1;
      if (dyno !== undefined || socket.destroyed || looks < 0) resolve(dyno);
      else setTimeout(tick, LOOK_EVERY_MS);
    };
    tick();
  });
}

async function connect(socket: Duplex, connection: Socket, input: EarlyInput, dyno: Duplex): Promise<void> {
  connection.setTimeout(IDLE_MS, () => socket.destroy());
  socket.on('close', () => dyno.destroy());
  if (socket.destroyed) dyno.destroy();
  dyno.on('error', () => socket.destroy());
  socket.write('rendezvous\r\n');
  input.pipe(dyno);
  await sleep(BANNER_GAP_MS);
  await sendOutput(dyno, socket);
  connection.setTimeout(FLUSH_MS);
  socket.end();
  // Nothing reads the input any more, but only reading shows that the client has closed its side.
  socket.resume();
}

async function sendOutput(dyno: Duplex, socket: Duplex): Promise<void> {
  const markers = new ExitMarkers();
  try {
    // One write at a time: pending writes would share TLS records, and a record may end within a marker.
    for await (const chunk of dyno) for (const piece of markers.split(chunk)) await write(socket, piece);
  } catch {
    // The dyno's side was destroyed, or the client is gone.
  }
  await write(socket, markers.rest());
}

function write(socket: Duplex, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => socket.write(bytes, () => resolve()));
}
