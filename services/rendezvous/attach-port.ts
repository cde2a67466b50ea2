import { createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type AttachableTask, openAttachToken } from '../../core/dyno/attach-token.ts';
import type { Signer } from '../../core/ports/signer.ts';
import { HOUR_MS, MINUTE_MS } from '../../core/time.ts';
import { readSecret } from './secret.ts';

/** A dyno waits for this word before it runs its command. */
const ATTACHED = 'attached\n';
/** One per attached one-off that waits or runs. */
const CONNECTIONS_MAX = 1_024;
/** Longer than a dyno waits for its client. */
const WAIT_MS = 5 * MINUTE_MS;
/** Heroku closes connections without input or output for an hour; the client's pings keep its WebSocket open. */
const IDLE_MS = HOUR_MS;
const KEEP_ALIVE_MS = MINUTE_MS;
const USED_MAX = 10_000;

export interface AttachPortOptions {
  readonly signer: Signer;
  readonly now: () => number;
  /** A client has attached. The dyno manager must know, or it would stop the dyno because no client came. */
  readonly attached: (task: AttachableTask) => void;
  /** The client has gone, or the dyno itself. */
  readonly left: (task: AttachableTask) => void;
}

export interface AttachPort {
  listen(port: number, host: string): Promise<number>;
  /** Tells the dyno that a client is there, and returns the dyno's input and output. Undefined: the dyno does not wait. */
  attach(appId: string, dynoId: string): Duplex | undefined;
  close(): Promise<void>;
}

/**
 * Where attached one-offs wait. A dyno of a cluster accepts no connections, so it connects here, sends its token in the
 * first line and runs its command when it reads that a client is there. After that bytes go both ways.
 */
export function createAttachPort({ signer, now, attached, left }: AttachPortOptions): AttachPort {
  const sockets = new Set<Socket>();
  const waiting = new Map<string, { readonly task: AttachableTask; readonly socket: Socket }>();
  /** Tokens that were used; oldest first. */
  const used = new Set<string>();

  async function receive(socket: Socket): Promise<void> {
    const token = (await readSecret(socket)) ?? '';
    const task = openAttachToken(signer, token, now());
    if (task === undefined || used.has(token) || socket.destroyed) {
      socket.destroy();
      return;
    }
    used.add(token);
    if (used.size > USED_MAX) used.delete(used.values().next().value ?? token);
    const { dynoId } = task;
    const before = waiting.get(dynoId);
    // Of two attempts the later one is the dyno.
    if (before !== undefined && before.task.attempt > task.attempt) {
      socket.destroy();
      return;
    }
    before?.socket.destroy();
    const entry = { task, socket };
    waiting.set(dynoId, entry);
    socket.setTimeout(WAIT_MS, () => socket.destroy());
    socket.on('readable', noticeEnd);
    socket.on('close', () => {
      if (waiting.get(dynoId) === entry) waiting.delete(dynoId);
    });
  }

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    receive(socket).catch(() => socket.destroy());
  });
  server.maxConnections = CONNECTIONS_MAX;

  return {
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => resolve((server.address() as { port: number }).port));
      }),
    attach(appId, dynoId) {
      const found = waiting.get(dynoId);
      if (found === undefined || found.task.appId !== appId || found.socket.destroyed) return undefined;
      const { socket, task } = found;
      waiting.delete(dynoId);
      socket.off('readable', noticeEnd);
      socket.setTimeout(IDLE_MS, () => socket.destroy());
      socket.write(ATTACHED);
      attached(task);
      socket.once('close', () => left(task));
      return socket;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Only reading shows that a waiting dyno has gone. It should send nothing yet; what it does send stays unread. */
function noticeEnd(this: Socket): void {
  if (this.readableLength === 0) this.read();
}
