import type { Socket } from 'node:net';
import type { ClientSide } from './client-side.ts';
import { BAD_HEADER, FORCED_CLOSE, PLATFORM_ERROR } from './codes.ts';
import type { RouterContext } from './context.ts';
import { errorPage, NO_SUCH_APP_PAGE } from './error-pages.ts';
import { Exchange } from './exchange.ts';
import { pageText } from './forwarded-heads.ts';
import { type BodyFraming, ChunkedBody, LengthBody } from './http/chunked-body.ts';
import { HeadReader } from './http/head-reader.ts';
import { type BadRequestHead, parseRequestHead, REQUEST_LIMITS } from './http/request-head.ts';
import { routerLine } from './log-line.ts';

/** How much of a client's pipelined requests is kept; beyond it the socket is not read. */
const HELD_MAX = 64 * 1024;
/** A client that has just connected, or been answered, may have a request on the way: closing now would reset it. */
const DRAIN_IDLE_MS = 1_000;
/** Below this size, one string in one write is cheaper than two buffers. */
const ONE_WRITE_MAX = 8 * 1024;

/** The router's port through which a client came. */
export interface Entry {
  readonly protocol: 'http' | 'https';
  readonly port: number;
  readonly transport: Socket;
}

/**
 * One client's connection. Reads one request after the other; the next one starts when the previous response was
 * written, however much the client has sent ahead.
 */
export class ClientConnection implements ClientSide {
  readonly address: string;
  readonly protocol: 'http' | 'https';
  /** The port that the client connected to. */
  readonly port: number;
  /** The peer is one of our load balancers. */
  readonly trusted: boolean;
  lastByteMs: number;
  readonly #socket: Socket;
  /** The socket that can be reset: beneath TLS, the TCP socket. */
  readonly #transport: Socket;
  readonly #context: RouterContext;
  readonly #reader = new HeadReader(REQUEST_LIMITS);
  #mode: 'head' | 'body' | 'waiting' | 'tunnel' | 'closing' = 'head';
  #exchange: Exchange | undefined;
  #body: BodyFraming | undefined;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #blocked = false;
  #paused = false;
  #consuming = false;
  /** Start of the current timeout: idle, in the middle of a head, or closing. */
  #sinceMs: number;

  constructor(socket: Socket, entry: Entry, context: RouterContext, onClosed: (connection: ClientConnection) => void) {
    this.#socket = socket;
    this.#transport = entry.transport;
    this.protocol = entry.protocol;
    this.port = entry.port;
    this.#context = context;
    this.#sinceMs = context.monotonicMs();
    this.lastByteMs = this.#sinceMs;
    this.address = plainAddress(socket.remoteAddress ?? '');
    this.trusted = context.trustedProxies?.(this.address) === true;
    socket.on('data', (chunk: Buffer) => this.#guarded(() => this.#onData(chunk)));
    socket.on('drain', () => this.#guarded(() => this.#onDrain()));
    socket.on('end', () => this.#guarded(() => this.#exchange?.onClientGone()));
    // 'close' follows and notifies the exchange.
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#guarded(() => this.#exchange?.onClientGone());
      onClosed(this);
    });
  }

  /** False: the client reads more slowly than we write; `onClientDrain` follows. */
  write(head: string, piece?: Buffer): boolean {
    if (piece === undefined || piece.length === 0) return this.#socket.write(head, 'latin1');
    if (head === '') return this.#socket.write(piece);
    if (piece.length <= ONE_WRITE_MAX) return this.#socket.write(head + piece.toString('latin1'), 'latin1');
    this.#socket.cork();
    this.#socket.write(head, 'latin1');
    const open = this.#socket.write(piece);
    this.#socket.uncork();
    return open;
  }

  /** Stops reading the request's body: the dyno takes no more for now. */
  block(): void {
    this.#blocked = true;
    this.#adjustFlow();
  }

  unblock(): void {
    if (!this.#blocked) return;
    this.#blocked = false;
    this.#proceed();
  }

  get isBlocked(): boolean {
    return this.#blocked;
  }

  replyWithPage(
    status: number,
    html: string,
    options: { readonly headOnly: boolean; readonly keepAlive: boolean },
  ): void {
    const keepAlive = options.keepAlive && !this.#context.draining && this.#mode !== 'body';
    this.#socket.write(pageText(status, html, { headOnly: options.headOnly, keepAlive }));
    this.exchangeDone(keepAlive);
  }

  /** The response was written. */
  exchangeDone(keepAlive: boolean): void {
    this.#exchange = undefined;
    // The unread rest of a request's body could be taken for the next request.
    if (!keepAlive || this.#mode === 'body' || this.#context.draining) {
      this.#close();
      return;
    }
    this.#mode = 'head';
    this.#blocked = false;
    this.#sinceMs = this.#context.monotonicMs();
    if (this.#held.length > 0 || this.#paused) this.#proceed();
  }

  /** The response cannot be completed. The client must notice that, so nothing more is written. */
  abort(endsVisibly: boolean): void {
    this.#exchange = undefined;
    this.#startClosing();
    if (endsVisibly) this.#socket.destroySoon();
    else this.#transport.resetAndDestroy();
  }

  /** From now on bytes go to the dyno as they arrive. */
  startTunnel(): void {
    this.#mode = 'tunnel';
    const held = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    for (const chunk of held) this.#exchange?.onTunnelData(chunk);
    this.#adjustFlow();
  }

  tick(nowMs: number): void {
    this.#guarded(() => {
      if (this.#exchange !== undefined) this.#exchange.tick(nowMs);
      else if (this.#mode !== 'closing') this.#closeWhenIdle(nowMs);
      else if (nowMs - this.#sinceMs >= this.#closingPatienceMs()) this.#socket.destroy();
    });
  }

  /** The router stops: idle connections end now, the others after their request, and new ones after their first. */
  drain(): void {
    if (this.#exchange === undefined && this.#mode === 'head') this.#closeWhenIdle(this.#context.monotonicMs());
  }

  forceClose(): void {
    this.#exchange?.fail(FORCED_CLOSE);
    this.#socket.destroy();
  }

  #closeWhenIdle(nowMs: number): void {
    const { draining, timeouts } = this.#context;
    if (nowMs - this.#sinceMs >= (draining ? DRAIN_IDLE_MS : timeouts.clientIdleMs)) this.#close();
  }

  /** A client that has not yet read its answer gets the same time as for any other body. */
  #closingPatienceMs(): number {
    const { idleMs, lingerMs } = this.#context.timeouts;
    return this.#socket.writableLength > 0 ? idleMs : lingerMs;
  }

  #onData(chunk: Buffer): void {
    this.lastByteMs = this.#context.monotonicMs();
    if (this.#mode === 'closing') return;
    if (this.#mode === 'tunnel') {
      this.#exchange?.onTunnelData(chunk);
    } else if (this.#held.length > 0 || this.#consuming || !this.#isReading()) {
      this.#held.push(chunk);
      this.#heldBytes += chunk.length;
      this.#adjustFlow();
    } else {
      this.#consume(chunk);
    }
  }

  #onDrain(): void {
    if (this.#exchange !== undefined) this.#exchange.onClientDrain();
    else if (this.#mode === 'head') this.#proceed();
  }

  /** A client that sends requests but reads no answers is not served any further. */
  #isReading(): boolean {
    return (this.#mode === 'head' && !this.#socket.writableNeedDrain) || (this.#mode === 'body' && !this.#blocked);
  }

  #proceed(): void {
    if (this.#consuming) return;
    const next = this.#isReading() ? this.#takeHeld() : undefined;
    if (next !== undefined) this.#consume(next);
    this.#adjustFlow();
  }

  #takeHeld(): Buffer | undefined {
    const next = this.#held.shift();
    this.#heldBytes -= next?.length ?? 0;
    return next;
  }

  /** A loop, not recursion: the router's own answers end at once, and a client may send thousands of requests ahead. */
  #consume(first: Buffer): void {
    this.#consuming = true;
    try {
      for (let next: Buffer | undefined = first; next !== undefined; ) {
        const rest: Buffer | undefined = this.#mode === 'head' ? this.#readHead(next) : this.#readBody(next);
        if (rest !== undefined && this.#mode === 'tunnel') {
          this.#exchange?.onTunnelData(rest);
        } else if (rest !== undefined && this.#mode !== 'closing') {
          this.#held.unshift(rest);
          this.#heldBytes += rest.length;
        }
        next = this.#isReading() ? this.#takeHeld() : undefined;
      }
    } finally {
      this.#consuming = false;
    }
    if (this.#held.length > 0 || this.#blocked || this.#paused) this.#adjustFlow();
  }

  #readHead(chunk: Buffer): Buffer | undefined {
    if (!this.#reader.started) this.#sinceMs = this.lastByteMs;
    const text = this.#reader.push(chunk);
    if (text === undefined) return undefined;
    let { rest } = this.#reader;
    const head = parseRequestHead(text);
    if (!head.valid) {
      this.#refuse(head);
      return undefined;
    }
    this.#body = undefined;
    if (head.body === 'length') this.#body = new LengthBody(head.contentLength);
    else if (head.body === 'chunked') this.#body = new ChunkedBody();
    this.#mode = this.#body === undefined ? 'waiting' : 'body';
    const app = this.#context.table.find(head.host);
    if (app === undefined) {
      this.replyWithPage(404, NO_SUCH_APP_PAGE, { headOnly: head.method === 'HEAD', keepAlive: head.keepAlive });
      return rest;
    }
    const exchange = new Exchange(this, this.#context, app, head);
    this.#exchange = exchange;
    // The part of the body that arrived with the head is sent together with it, in one write.
    if (rest !== undefined && this.#mode === 'body') rest = this.#readBody(rest);
    if (this.#exchange === exchange) exchange.dispatch();
    return rest;
  }

  #readBody(chunk: Buffer): Buffer | undefined {
    const body = this.#body;
    const exchange = this.#exchange;
    if (body === undefined || exchange === undefined) return undefined;
    const end = body.feed(chunk, 0);
    if (body.bad) {
      exchange.failBadChunk();
      return undefined;
    }
    if (end > 0) exchange.onRequestBody(end === chunk.length ? chunk : chunk.subarray(0, end));
    if (body.done && this.#exchange === exchange) {
      this.#mode = 'waiting';
      exchange.onRequestComplete();
    }
    return end < chunk.length ? chunk.subarray(end) : undefined;
  }

  #refuse(head: BadRequestHead): void {
    const context = this.#context;
    const app = context.table.find(head.host);
    if (app !== undefined) {
      const { method, target, host } = head;
      const atMs = context.now();
      const none = { dyno: '', connectMs: -1, serviceMs: -1, bytes: -1 };
      const from = { requestId: context.requestId(), forwardedFor: this.address, protocol: this.protocol };
      const record = { code: BAD_HEADER, method, target, host, ...from, ...none, status: BAD_HEADER.status };
      context.log({ appId: app.routes.appId, atMs, line: routerLine(record) });
    }
    this.replyWithPage(400, errorPage(BAD_HEADER, app?.routes), { headOnly: false, keepAlive: false });
  }

  #close(): void {
    this.#startClosing();
    this.#socket.end();
  }

  #startClosing(): void {
    this.#mode = 'closing';
    this.#sinceMs = this.#context.monotonicMs();
    this.#held = [];
    this.#heldBytes = 0;
    this.#blocked = false;
    this.#adjustFlow();
  }

  #adjustFlow(): void {
    const pause = this.#blocked || this.#heldBytes > HELD_MAX;
    if (pause === this.#paused) return;
    this.#paused = pause;
    if (pause) this.#socket.pause();
    else this.#socket.resume();
  }

  /** A bug must break one connection, not all of them. */
  #guarded(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#context.onFault(error);
      this.#failOrDestroy();
    }
  }

  #failOrDestroy(): void {
    try {
      this.#exchange?.fail(PLATFORM_ERROR);
    } finally {
      if (this.#mode !== 'closing' && this.#exchange !== undefined) this.#socket.destroy();
    }
  }
}

/** On a dual-stack listener an IPv4 client appears as `::ffff:1.2.3.4`. */
function plainAddress(address: string): string {
  return address.startsWith('::ffff:') ? address.slice(7) : address;
}
