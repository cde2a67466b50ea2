import type { ClientSide } from './client-side.ts';
import {
  BACKLOG_TOO_DEEP,
  BAD_CHUNK,
  CLIENT_IDLE,
  CLIENT_INTERRUPTED,
  CLOSED_WITHOUT_RESPONSE,
  IDLE_CONNECTION,
  PLATFORM_ERROR,
  REQUEST_TIMEOUT,
  type RouterCode,
  SERVER_INTERRUPTED,
  UNSUPPORTED_EXPECT,
} from './codes.ts';
import type { RouterContext } from './context.ts';
import type { Dyno } from './dyno.ts';
import type { ConnectFailure, ConnectionUser, DynoConnection } from './dyno-connection.ts';
import { DynoSearch } from './dyno-search.ts';
import { errorPage, NO_SUCH_APP_PAGE } from './error-pages.ts';
import { type Provenance, provenance, requestHeadText } from './forwarded-heads.ts';
import type { RequestHead } from './http/request-head.ts';
import { routerLine } from './log-line.ts';
import { ResponseRelay } from './response-relay.ts';
import type { App, Waiter } from './route-table.ts';

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/** One request and its response, from the parsed head to the log line. */
export class Exchange implements Waiter, ConnectionUser {
  readonly #client: ClientSide;
  readonly #context: RouterContext;
  readonly #app: App;
  readonly #head: RequestHead;
  readonly #from: Provenance;
  readonly #search: DynoSearch;
  /** `startMs` is sent to the dyno; `arrivedMs` is for the queue's timeout. */
  readonly #startMs: number;
  readonly #arrivedMs: number;
  #state: 'new' | 'queued' | 'connecting' | 'awaiting' | 'responding' | 'tunnel' | 'done' = 'new';
  #counted = false;
  #requestComplete: boolean;
  #pendingBody: Buffer[] = [];
  #bodySent = false;

  #dyno: Dyno | undefined;
  #connection: DynoConnection | undefined;
  #attemptStartedMs = 0;
  #retryAtMs = Number.POSITIVE_INFINITY;
  #connectMs = -1;
  #serviceFromMs = -1;

  readonly #relay: ResponseRelay;
  #dynoPaused = false;
  /** The start of the silence that the current timeout measures. */
  #quietSinceMs = 0;

  constructor(client: ClientSide, context: RouterContext, app: App, head: RequestHead) {
    this.#client = client;
    this.#context = context;
    this.#app = app;
    this.#head = head;
    this.#startMs = context.now();
    this.#arrivedMs = context.monotonicMs();
    this.#from = provenance(head, client, context.requestId);
    this.#search = new DynoSearch(app, context);
    this.#relay = new ResponseRelay(client, head);
    this.#requestComplete = head.body === 'none';
  }

  // ---------------------------------------------------------------------------------------------- finding a dyno

  /** Called when the head was read, and again when the app's routes change or a quarantine may have ended. */
  dispatch(): void {
    const app = this.#app;
    const context = this.#context;
    if (app.removed) {
      this.#failUnknownApp();
      return;
    }
    const refusal = this.#head.expect === 'unsupported' ? UNSUPPORTED_EXPECT : (app.refusal() ?? this.#enter());
    if (refusal !== undefined) {
      this.fail(refusal);
      return;
    }
    const nowMs = context.monotonicMs();
    const result = this.#search.next(nowMs);
    switch (result.kind) {
      case 'found':
        this.#connect(result.dyno, nowMs);
        break;
      case 'wait':
        this.#state = 'queued';
        if (app.routes.situation === 'asleep') context.traffic?.wake(app.routes.appId);
        this.#dyno = undefined;
        this.#connectMs = -1;
        this.#retryAtMs = result.retryAtMs;
        app.waiting.add(this);
        break;
      case 'gave-up':
        this.fail(result.code);
        break;
    }
  }

  /** Counts this request once among the app's requests in flight. */
  #enter(): RouterCode | undefined {
    if (this.#counted) return undefined;
    if (this.#app.isFull()) return BACKLOG_TOO_DEEP;
    this.#app.inFlight += 1;
    this.#counted = true;
    if (this.#app.routes.sleeps === true) this.#context.traffic?.request(this.#app.routes.appId);
    return undefined;
  }

  #connect(dyno: Dyno, nowMs: number): void {
    this.#dyno = dyno;
    const idle = dyno.takeIdle(nowMs, this.#isRepeatable());
    if (idle === undefined) {
      this.#state = 'connecting';
      this.#attemptStartedMs = nowMs;
      this.#connection = dyno.open(this);
    } else {
      idle.user = this;
      this.#connection = idle;
      this.#begin(idle, 0);
    }
  }

  onConnected(): void {
    if (this.#connection !== undefined)
      this.#begin(this.#connection, this.#context.monotonicMs() - this.#attemptStartedMs);
  }

  onConnectFailed(failure: ConnectFailure): void {
    const dyno = this.#dyno;
    const nowMs = this.#context.monotonicMs();
    this.#connection = undefined;
    this.#connectMs = nowMs - this.#attemptStartedMs;
    if (failure === 'router' || dyno === undefined) {
      this.fail(PLATFORM_ERROR);
    } else {
      this.#search.failed(dyno, failure, nowMs);
      this.dispatch();
    }
  }

  #isRepeatable(): boolean {
    return this.#head.body === 'none' && IDEMPOTENT.has(this.#head.method);
  }

  /** The dyno closed an idle connection, or received its stop signal, just as this request was sent. */
  #mayRepeat(reused: boolean): boolean {
    if (this.#relay.anythingReceived || !(reused || this.#dyno?.retired === true)) return false;
    return this.#isRepeatable() || (this.#head.body !== 'none' && !this.#bodySent);
  }

  // -------------------------------------------------------------------------------------------------- the request

  #begin(connection: DynoConnection, connectMs: number): void {
    const nowMs = this.#context.monotonicMs();
    this.#state = 'awaiting';
    this.#connectMs = connectMs;
    this.#serviceFromMs = nowMs;
    this.#quietSinceMs = nowMs;
    const head = requestHeadText(this.#head, this.#from, this.#startMs);
    const [piece] = this.#pendingBody;
    if (piece === undefined) {
      connection.socket.write(head, 'latin1');
      if (this.#head.expect === 'continue' && !this.#requestComplete) this.#client.write(CONTINUE);
    } else {
      connection.socket.cork();
      connection.socket.write(head, 'latin1');
      for (const each of this.#pendingBody) connection.socket.write(each);
      connection.socket.uncork();
      this.#bodySent = true;
      this.#pendingBody = [];
    }
    if (!connection.socket.writableNeedDrain) this.#client.unblock();
  }

  onRequestBody(piece: Buffer): void {
    const connection = this.#connection;
    if (connection === undefined || this.#serviceFromMs === -1 || this.#state === 'connecting') {
      this.#pendingBody.push(piece);
      this.#client.block();
      return;
    }
    this.#bodySent = true;
    this.#quietSinceMs = this.#context.monotonicMs();
    if (!connection.socket.write(piece)) this.#client.block();
  }

  /** Heroku Dev Center, "Request Timeout": the 30 seconds count from here. */
  onRequestComplete(): void {
    this.#requestComplete = true;
    this.#quietSinceMs = this.#context.monotonicMs();
  }

  onDynoDrain(): void {
    this.#quietSinceMs = this.#context.monotonicMs();
    this.#client.unblock();
  }

  // ------------------------------------------------------------------------------------------------- the response

  onDynoData(chunk: Buffer): void {
    this.#quietSinceMs = this.#context.monotonicMs();
    try {
      this.#receive(chunk);
    } catch (error) {
      this.#context.onFault(error);
      this.fail(PLATFORM_ERROR);
    }
  }

  #receive(chunk: Buffer): void {
    const connection = this.#connection;
    const relay = this.#relay;
    if (connection === undefined) return;
    const mayKeepClient = this.#head.keepAlive && this.#requestComplete && !this.#context.draining;
    const result =
      this.#state === 'tunnel' ? relay.tunnel(chunk) : relay.receive(connection.head, chunk, mayKeepClient);
    if (typeof result !== 'string') {
      this.fail(result);
      return;
    }
    if (relay.response !== undefined && this.#state === 'awaiting') this.#state = 'responding';
    switch (result) {
      case 'full':
        this.#dynoPaused = true;
        connection.socket.pause();
        break;
      case 'complete':
      case 'surplus':
        this.#finish(result === 'complete');
        break;
      case 'switched':
        this.#state = 'tunnel';
        this.#client.startTunnel();
        break;
    }
  }

  onClientDrain(): void {
    if (!this.#dynoPaused) return;
    this.#dynoPaused = false;
    this.#quietSinceMs = this.#context.monotonicMs();
    this.#connection?.socket.resume();
  }

  #finish(inOrder: boolean): void {
    const connection = this.#connection;
    const context = this.#context;
    const { response, keepClient } = this.#relay;
    this.#writeLog(undefined, response?.status ?? 0);
    this.#end();
    if (inOrder && response?.keepAlive && this.#requestComplete) {
      const { keepAliveMs } = context.timeouts;
      connection?.dyno.release(connection, context.monotonicMs(), keepAliveMs, response.keepAliveSeconds);
    } else {
      connection?.destroy();
    }
    this.#client.exchangeDone(keepClient);
  }

  onDynoClosed(broken: boolean): void {
    const relay = this.#relay;
    const reused = this.#connection?.reused === true;
    this.#connection = undefined;
    if (this.#state === 'tunnel') this.#finishTunnel();
    else if (this.#state === 'responding' && relay.response?.framing === 'until-close' && !broken) this.#finish(true);
    else if (this.#state === 'responding') this.fail(SERVER_INTERRUPTED);
    else if (this.#mayRepeat(reused)) this.dispatch();
    else this.fail(relay.anythingReceived ? SERVER_INTERRUPTED : CLOSED_WITHOUT_RESPONSE);
  }

  onTunnelData(chunk: Buffer): void {
    this.#quietSinceMs = this.#context.monotonicMs();
    if (this.#connection?.socket.write(chunk) === false) this.#client.block();
  }

  #finishTunnel(): void {
    const connection = this.#connection;
    this.#writeLog(undefined, 101);
    this.#end();
    if (connection !== undefined) {
      connection.user = undefined;
      connection.socket.destroySoon();
    }
    this.#client.abort(true);
  }

  // ---------------------------------------------------------------------------------------------------- the end

  onClientGone(): void {
    if (this.#state === 'tunnel') this.#finishTunnel();
    else this.fail(CLIENT_INTERRUPTED);
  }

  failBadChunk(): void {
    this.fail(BAD_CHUNK);
  }

  fail(code: RouterCode): void {
    if (this.#state === 'done') return;
    this.#writeLog(code, code.status);
    this.#end();
    this.#connection?.destroy();
    if (this.#relay.started || code.status < 400 || code.status === 499) {
      this.#client.abort(this.#relay.endsVisibly);
      return;
    }
    this.#reply(code.status, errorPage(code, this.#app.routes));
  }

  #failUnknownApp(): void {
    this.#end();
    this.#reply(404, NO_SUCH_APP_PAGE);
  }

  #reply(status: number, html: string): void {
    const keepAlive = this.#head.keepAlive && this.#requestComplete;
    this.#client.replyWithPage(status, html, { headOnly: this.#head.method === 'HEAD', keepAlive });
  }

  #end(): void {
    this.#state = 'done';
    this.#app.waiting.delete(this);
    if (this.#counted) this.#app.inFlight -= 1;
    this.#counted = false;
  }

  #writeLog(code: RouterCode | undefined, status: number): void {
    const app = this.#app;
    const context = this.#context;
    const head = this.#head;
    const from = this.#from;
    const serviceFromMs = this.#serviceFromMs;
    const reached = serviceFromMs !== -1;
    const line = routerLine({
      code,
      method: head.method,
      target: head.target,
      host: head.host,
      requestId: from.requestId,
      forwardedFor: from.forwardedFor,
      protocol: from.protocol,
      dyno: this.#dyno?.name ?? '',
      connectMs: this.#connectMs,
      serviceMs: reached ? context.monotonicMs() - serviceFromMs : -1,
      status,
      bytes: reached ? this.#relay.bytes : -1,
    });
    context.log({ appId: app.routes.appId, atMs: context.now(), line });
  }

  // ------------------------------------------------------------------------------------------------------- timers

  /** One sweep over all requests: a timer for each would cost more to set and clear than the request itself. */
  tick(nowMs: number): void {
    const { timeouts } = this.#context;
    const quietMs = nowMs - this.#quietSinceMs;
    switch (this.#state) {
      case 'queued':
        if (nowMs - this.#arrivedMs >= timeouts.queueMs) {
          this.fail(this.#search.timeout());
        } else if (nowMs >= this.#retryAtMs) {
          this.#app.waiting.delete(this);
          this.dispatch();
        }
        break;
      case 'connecting':
        if (nowMs - this.#attemptStartedMs >= timeouts.connectMs) {
          this.#connection?.destroy();
          this.onConnectFailed('timeout');
        }
        break;
      case 'awaiting':
        // While the body is being sent, silence is the client's, unless the dyno takes no more of it.
        if (this.#requestComplete || this.#client.isBlocked) {
          if (quietMs >= timeouts.firstByteMs) this.fail(REQUEST_TIMEOUT);
        } else if (nowMs - Math.max(this.#client.lastByteMs, this.#serviceFromMs) >= timeouts.idleMs) {
          this.fail(CLIENT_IDLE);
        }
        break;
      case 'responding':
        if (quietMs >= timeouts.idleMs) this.fail(this.#dynoPaused ? CLIENT_IDLE : IDLE_CONNECTION);
        break;
      case 'tunnel':
        if (quietMs >= timeouts.idleMs) this.fail(IDLE_CONNECTION);
        break;
    }
  }
}
