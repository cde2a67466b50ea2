import type { RouteTarget } from '../../core/records/app-routes.ts';
import { type ConnectionPool, type ConnectionUser, DynoConnection } from './dyno-connection.ts';

/** A request that must not be sent twice only uses a connection that was used this recently: the dyno is unlikely to have closed it. */
const SURELY_OPEN_MS = 1_000;
/** Subtracted from the time that the dyno announces, so that its FIN arrives before our next request leaves. */
const CLOSING_MARGIN_MS = 1_000;

/** One dyno as this router knows it: its idle connections and whether it is in quarantine. */
export class Dyno implements ConnectionPool {
  readonly dynoId: string;
  readonly name: string;
  readonly host: string;
  readonly port: number;
  quarantinedUntilMs = 0;
  readonly #idle: DynoConnection[] = [];
  /** No longer in the table: current requests finish, no new one starts. */
  retired = false;

  constructor(target: RouteTarget) {
    this.dynoId = target.dynoId;
    this.name = target.name;
    this.host = target.host;
    this.port = target.port;
  }

  is(target: RouteTarget): boolean {
    return this.dynoId === target.dynoId && this.host === target.host && this.port === target.port;
  }

  /** The most recently used idle connection, so that the others can grow old and close. */
  takeIdle(nowMs: number, mayRepeat: boolean): DynoConnection | undefined {
    const connection = this.#idle.at(-1);
    if (connection === undefined || connection.idleUntilMs <= nowMs) return undefined;
    if (!mayRepeat && nowMs - connection.idleSinceMs >= SURELY_OPEN_MS) return undefined;
    this.#idle.pop();
    connection.reused = true;
    return connection;
  }

  open(user: ConnectionUser): DynoConnection {
    return new DynoConnection(this, user);
  }

  /** A response ended in order. `announcedSeconds`: after how long the dyno says that it closes idle connections. */
  release(connection: DynoConnection, nowMs: number, keepAliveMs: number, announcedSeconds: number | undefined): void {
    const announcedMs = announcedSeconds === undefined ? keepAliveMs : announcedSeconds * 1000 - CLOSING_MARGIN_MS;
    const idleMs = Math.min(keepAliveMs, announcedMs);
    if (this.retired || idleMs <= 0 || connection.socket.destroyed) {
      connection.destroy();
      return;
    }
    connection.user = undefined;
    connection.idleSinceMs = nowMs;
    connection.idleUntilMs = nowMs + idleMs;
    this.#idle.push(connection);
  }

  forget(connection: DynoConnection): void {
    const index = this.#idle.lastIndexOf(connection);
    if (index !== -1) this.#idle.splice(index, 1);
  }

  closeExpired(nowMs: number): void {
    for (const connection of this.#idle.filter((each) => each.idleUntilMs <= nowMs)) connection.destroy();
  }

  retire(): void {
    this.retired = true;
    for (const connection of [...this.#idle]) connection.destroy();
  }
}
