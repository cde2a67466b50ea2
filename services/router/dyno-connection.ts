import { connect, type Socket } from 'node:net';
import { HeadReader } from './http/head-reader.ts';
import { RESPONSE_LIMITS } from './http/response-head.ts';

export type ConnectFailure = 'refused' | 'timeout' | 'router';

/** The request that a connection is serving. */
export interface ConnectionUser {
  onConnected(): void;
  onConnectFailed(failure: ConnectFailure): void;
  onDynoData(chunk: Buffer): void;
  onDynoDrain(): void;
  /** `broken`: reset, not closed in order. */
  onDynoClosed(broken: boolean): void;
}

/** The dyno of a connection; it keeps the connection while that is idle. */
export interface ConnectionPool {
  readonly host: string;
  readonly port: number;
  /** A response ended in order. `announcedSeconds`: after how long the dyno says that it closes idle connections. */
  release(connection: DynoConnection, nowMs: number, keepAliveMs: number, announcedSeconds: number | undefined): void;
  forget(connection: DynoConnection): void;
}

/** One TCP connection to one dyno. It serves one request at a time, or is idle in its dyno's pool. */
export class DynoConnection {
  readonly dyno: ConnectionPool;
  readonly socket: Socket;
  readonly head = new HeadReader(RESPONSE_LIMITS);
  user: ConnectionUser | undefined;
  /** Has served a request: the dyno may close it while the next request is on its way. */
  reused = false;
  idleUntilMs = 0;
  idleSinceMs = 0;
  #connected = false;

  constructor(dyno: ConnectionPool, user: ConnectionUser) {
    this.dyno = dyno;
    this.user = user;
    this.socket = connect({ host: dyno.host, port: dyno.port, noDelay: true });
    this.socket.on('connect', () => {
      this.#connected = true;
      this.user?.onConnected();
    });
    this.socket.on('data', (chunk: Buffer) => {
      // No request is under way: this must not become the answer to the next one.
      if (this.user === undefined) this.destroy();
      else this.user.onDynoData(chunk);
    });
    this.socket.on('drain', () => this.user?.onDynoDrain());
    this.socket.on('end', () => this.#ended(false));
    this.socket.on('error', (error: NodeJS.ErrnoException) => {
      if (this.#connected) this.#ended(true);
      else this.#failed(error.code);
    });
    this.socket.on('close', () => this.#ended(true));
  }

  /** Ends the connection without notifying its user. */
  destroy(): void {
    this.user = undefined;
    this.dyno.forget(this);
    this.socket.destroy();
  }

  #ended(broken: boolean): void {
    const { user } = this;
    this.destroy();
    user?.onDynoClosed(broken);
  }

  #failed(code: string | undefined): void {
    const { user } = this;
    this.destroy();
    user?.onConnectFailed(failureOf(code));
  }
}

/** Out of descriptors or ports: no dyno is at fault, and trying the next one does not help. */
const OWN_FAILURES = new Set(['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'ENOBUFS', 'ENOMEM', 'EACCES', 'EPERM']);

function failureOf(code: string | undefined): ConnectFailure {
  if (code === 'ETIMEDOUT') return 'timeout';
  return code !== undefined && OWN_FAILURES.has(code) ? 'router' : 'refused';
}
