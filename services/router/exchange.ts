import type { ClientConnection } from './client-connection.ts';
import {
  BACKLOG_TOO_DEEP,
  BAD_CHUNK,
  CLIENT_IDLE,
  CLIENT_INTERRUPTED,
  CLOSED_WITHOUT_RESPONSE,
  IDLE_CONNECTION,
  PLATFORM_ERROR,
  POORLY_FORMATTED_RESPONSE,
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
import {
  interimHeadText,
  type Provenance,
  provenance,
  requestHeadText,
  responseHeadText,
  switchingHeadText,
} from './forwarded-heads.ts';
import { type BodyFraming, ChunkedBody, LengthBody, UntilCloseBody } from './http/chunked-body.ts';
import type { RequestHead } from './http/request-head.ts';
import { oversizedResponse, parseResponseHead, type ResponseHead } from './http/response-head.ts';
import { routerLine } from './log-line.ts';
import type { App, Waiter } from './route-table.ts';

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/** One request and its response, from the parsed head to the log line. */
export class Exchange implements Waiter, ConnectionUser {
  private readonly client: ClientConnection;
  private readonly context: RouterContext;
  private readonly app: App;
  private readonly head: RequestHead;
  private readonly from: Provenance;
  private readonly search: DynoSearch;
  /** For the dyno to read; `arrivedMs` is for the queue's timeout. */
  private readonly startMs: number;
  private readonly arrivedMs: number;
  private state: 'new' | 'queued' | 'connecting' | 'awaiting' | 'responding' | 'tunnel' | 'done' = 'new';
  private counted = false;
  private requestComplete: boolean;
  private pendingBody: Buffer[] = [];
  private bodySent = false;

  private dyno: Dyno | undefined;
  private connection: DynoConnection | undefined;
  private attemptStartedMs = 0;
  private retryAtMs = Number.POSITIVE_INFINITY;
  private connectMs = -1;
  private serviceFromMs = -1;

  private response: ResponseHead | undefined;
  private responseBody: BodyFraming | undefined;
  private payload: Buffer[] | undefined;
  private anythingReceived = false;
  private responseStarted = false;
  private keepClient = false;
  private dynoPaused = false;
  private bytes = 0;
  /** The start of the silence that the current timeout measures. */
  private quietSinceMs = 0;

  constructor(client: ClientConnection, context: RouterContext, app: App, head: RequestHead) {
    this.client = client;
    this.context = context;
    this.app = app;
    this.head = head;
    this.startMs = context.now();
    this.arrivedMs = context.monotonicMs();
    this.from = provenance(head, client.address, context.requestId);
    this.search = new DynoSearch(app, context);
    this.requestComplete = head.body === 'none';
  }

  // ---------------------------------------------------------------------------------------------- finding a dyno

  /** Called first when the head is read, and again whenever the app's routes change or a quarantine may have ended. */
  dispatch(): void {
    const { app, context } = this;
    if (app.removed) {
      this.failUnknownApp();
      return;
    }
    const refusal = this.head.expect === 'unsupported' ? UNSUPPORTED_EXPECT : (app.refusal() ?? this.enter());
    if (refusal !== undefined) {
      this.fail(refusal);
      return;
    }
    const nowMs = context.monotonicMs();
    const result = this.search.next(nowMs);
    switch (result.kind) {
      case 'found':
        this.connect(result.dyno, nowMs);
        break;
      case 'wait':
        this.state = 'queued';
        this.dyno = undefined;
        this.connectMs = -1;
        this.retryAtMs = result.retryAtMs;
        app.waiting.add(this);
        break;
      case 'gave-up':
        this.fail(result.code);
        break;
    }
  }

  /** Counts this request among the app's, once. */
  private enter(): RouterCode | undefined {
    if (this.counted) return undefined;
    if (this.app.isFull()) return BACKLOG_TOO_DEEP;
    this.app.inFlight += 1;
    this.counted = true;
    return undefined;
  }

  private connect(dyno: Dyno, nowMs: number): void {
    this.dyno = dyno;
    const idle = dyno.takeIdle(nowMs, this.isRepeatable());
    if (idle === undefined) {
      this.state = 'connecting';
      this.attemptStartedMs = nowMs;
      this.connection = dyno.open(this);
    } else {
      idle.user = this;
      this.connection = idle;
      this.begin(idle, 0);
    }
  }

  onConnected(): void {
    if (this.connection !== undefined) this.begin(this.connection, this.context.monotonicMs() - this.attemptStartedMs);
  }

  onConnectFailed(failure: ConnectFailure): void {
    const { dyno } = this;
    const nowMs = this.context.monotonicMs();
    this.connection = undefined;
    this.connectMs = nowMs - this.attemptStartedMs;
    if (failure === 'router' || dyno === undefined) {
      this.fail(PLATFORM_ERROR);
    } else {
      this.search.failed(dyno, failure, nowMs);
      this.dispatch();
    }
  }

  private isRepeatable(): boolean {
    return this.head.body === 'none' && IDEMPOTENT.has(this.head.method);
  }

  /** The dyno closed an idle connection, or was told to stop, just as this request left for it. */
  private mayRepeat(reused: boolean): boolean {
    if (this.anythingReceived || !(reused || this.dyno?.retired === true)) return false;
    return this.isRepeatable() || (this.head.body !== 'none' && !this.bodySent);
  }

  // -------------------------------------------------------------------------------------------------- the request

  private begin(connection: DynoConnection, connectMs: number): void {
    const nowMs = this.context.monotonicMs();
    this.state = 'awaiting';
    this.connectMs = connectMs;
    this.serviceFromMs = nowMs;
    this.quietSinceMs = nowMs;
    const head = requestHeadText(this.head, this.from, this.context.publicPort, this.startMs);
    const [piece] = this.pendingBody;
    if (piece === undefined) {
      connection.socket.write(head, 'latin1');
      if (this.head.expect === 'continue' && !this.requestComplete) this.client.write(CONTINUE);
    } else {
      connection.socket.cork();
      connection.socket.write(head, 'latin1');
      for (const each of this.pendingBody) connection.socket.write(each);
      connection.socket.uncork();
      this.bodySent = true;
      this.pendingBody = [];
    }
    if (!connection.socket.writableNeedDrain) this.client.unblock();
  }

  onRequestBody(piece: Buffer): void {
    const { connection } = this;
    if (connection === undefined || this.serviceFromMs === -1 || this.state === 'connecting') {
      this.pendingBody.push(piece);
      this.client.block();
      return;
    }
    this.bodySent = true;
    this.quietSinceMs = this.context.monotonicMs();
    if (!connection.socket.write(piece)) this.client.block();
  }

  /** Heroku Dev Center, "Request Timeout": the 30 seconds count from here. */
  onRequestComplete(): void {
    this.requestComplete = true;
    this.quietSinceMs = this.context.monotonicMs();
  }

  onDynoDrain(): void {
    this.quietSinceMs = this.context.monotonicMs();
    this.client.unblock();
  }

  // ------------------------------------------------------------------------------------------------- the response

  onDynoData(chunk: Buffer): void {
    this.quietSinceMs = this.context.monotonicMs();
    this.anythingReceived = true;
    try {
      if (this.state === 'tunnel') this.sendThroughTunnel(chunk);
      else if (this.state === 'responding') this.relay('', chunk);
      else this.readResponseHead(chunk);
    } catch (problem) {
      this.context.report(problem);
      this.fail(PLATFORM_ERROR);
    }
  }

  private readResponseHead(first: Buffer): void {
    const reader = this.connection?.head;
    for (let next: Buffer | undefined = first; next !== undefined && reader !== undefined; ) {
      const text = reader.push(next);
      if (text === undefined) return;
      const response = reader.oversized ? oversizedResponse(text) : parseResponseHead(text, this.head.method);
      if (!response.valid) {
        this.fail(response.code);
        return;
      }
      next = reader.rest;
      if (response.status >= 200) {
        this.respond(response, next);
        return;
      }
      if (response.status === 101) {
        this.switchProtocols(response, next);
        return;
      }
      // The router has answered Expect itself; old clients know no interim responses.
      if (response.status !== 100 && this.head.minorVersion === 1) this.client.write(interimHeadText(response));
    }
  }

  private respond(response: ResponseHead, rest: Buffer | undefined): void {
    const { minorVersion, keepAlive } = this.head;
    const recoded = response.framing === 'chunked' && minorVersion === 0;
    this.response = response;
    this.keepClient =
      keepAlive && this.requestComplete && !this.context.draining && response.framing !== 'until-close' && !recoded;
    this.state = 'responding';
    const head = responseHeadText(response, { minorVersion, keepAlive: this.keepClient });
    if (response.framing === 'none' || (response.framing === 'length' && response.contentLength === 0)) {
      this.responseStarted = true;
      this.client.write(head);
      this.finish(rest !== undefined);
      return;
    }
    if (recoded) this.payload = [];
    this.responseBody = this.framing(response);
    if (rest !== undefined) {
      this.relay(head, rest);
      return;
    }
    this.responseStarted = true;
    this.client.write(head);
  }

  private framing(response: ResponseHead): BodyFraming {
    if (response.framing === 'length') return new LengthBody(response.contentLength);
    if (response.framing === 'until-close') return new UntilCloseBody();
    const { payload } = this;
    return payload === undefined ? new ChunkedBody() : new ChunkedBody((piece) => payload.push(piece));
  }

  private relay(head: string, chunk: Buffer): void {
    const body = this.responseBody;
    if (body === undefined) return;
    const end = body.feed(chunk, 0);
    if (body.bad) {
      this.fail(POORLY_FORMATTED_RESPONSE);
      return;
    }
    let piece = end === chunk.length ? chunk : chunk.subarray(0, end);
    if (this.payload !== undefined) piece = Buffer.concat(this.payload.splice(0));
    this.responseStarted = true;
    this.bytes += piece.length;
    const open = piece.length === 0 && head === '' ? true : this.client.write(head, piece);
    if (body.done) this.finish(end < chunk.length);
    else if (!open) this.pauseDyno();
  }

  private pauseDyno(): void {
    this.dynoPaused = true;
    this.connection?.socket.pause();
  }

  onClientDrain(): void {
    if (!this.dynoPaused) return;
    this.dynoPaused = false;
    this.quietSinceMs = this.context.monotonicMs();
    this.connection?.socket.resume();
  }

  /** `surplus`: the dyno sent more than its response; those bytes must not become the next one. */
  private finish(surplus: boolean): void {
    const { connection, response } = this;
    this.writeLog(undefined, response?.status ?? 0);
    this.end();
    if (connection !== undefined && response !== undefined) {
      const reusable = !surplus && response.keepAlive && this.requestComplete;
      const { keepAliveMs } = this.context.timeouts;
      if (reusable)
        connection.dyno.release(connection, this.context.monotonicMs(), keepAliveMs, response.keepAliveSeconds);
      else connection.destroy();
    }
    this.client.exchangeDone(this.keepClient);
  }

  onDynoClosed(broken: boolean): void {
    const reused = this.connection?.reused === true;
    this.connection = undefined;
    if (this.state === 'tunnel') {
      this.finishTunnel();
      return;
    }
    if (this.state === 'responding') {
      const complete = this.response?.framing === 'until-close' && !broken;
      if (complete) this.finish(false);
      else this.fail(SERVER_INTERRUPTED);
      return;
    }
    if (this.mayRepeat(reused)) {
      this.dispatch();
      return;
    }
    this.fail(this.anythingReceived ? SERVER_INTERRUPTED : CLOSED_WITHOUT_RESPONSE);
  }

  // --------------------------------------------------------------------------------------------------- the tunnel

  private switchProtocols(response: ResponseHead, rest: Buffer | undefined): void {
    if (this.head.upgrade === '') {
      this.fail(POORLY_FORMATTED_RESPONSE);
      return;
    }
    this.response = response;
    this.state = 'tunnel';
    this.responseStarted = true;
    this.client.write(switchingHeadText(response, this.head.upgrade));
    if (rest !== undefined) this.sendThroughTunnel(rest);
    this.client.startTunnel();
  }

  private sendThroughTunnel(chunk: Buffer): void {
    this.bytes += chunk.length;
    if (!this.client.write('', chunk)) this.pauseDyno();
  }

  onTunnelData(chunk: Buffer): void {
    this.quietSinceMs = this.context.monotonicMs();
    if (this.connection?.socket.write(chunk) === false) this.client.block();
  }

  private finishTunnel(): void {
    const { connection } = this;
    this.writeLog(undefined, 101);
    this.end();
    if (connection !== undefined) {
      connection.user = undefined;
      connection.socket.destroySoon();
    }
    this.client.abort(true);
  }

  // ---------------------------------------------------------------------------------------------------- the end

  onClientGone(): void {
    if (this.state === 'tunnel') this.finishTunnel();
    else this.fail(CLIENT_INTERRUPTED);
  }

  failBadChunk(): void {
    this.fail(BAD_CHUNK);
  }

  fail(code: RouterCode): void {
    if (this.state === 'done') return;
    this.writeLog(code, code.status);
    this.end();
    this.connection?.destroy();
    if (this.responseStarted || code.status < 400 || code.status === 499) {
      // Only the end of the connection ends such a body: a plain close would pass for a complete response.
      this.client.abort(this.response?.framing !== 'until-close' && this.payload === undefined);
      return;
    }
    this.reply(code.status, errorPage(code, this.app.routes));
  }

  private failUnknownApp(): void {
    this.end();
    this.reply(404, NO_SUCH_APP_PAGE);
  }

  private reply(status: number, html: string): void {
    const keepAlive = this.head.keepAlive && this.requestComplete;
    this.client.replyWithPage(status, html, { headOnly: this.head.method === 'HEAD', keepAlive });
  }

  private end(): void {
    this.state = 'done';
    this.app.waiting.delete(this);
    if (this.counted) this.app.inFlight -= 1;
    this.counted = false;
  }

  private writeLog(code: RouterCode | undefined, status: number): void {
    const { app, context, head, from, serviceFromMs } = this;
    const reached = serviceFromMs !== -1;
    const line = routerLine({
      code,
      method: head.method,
      target: head.target,
      host: head.host,
      requestId: from.requestId,
      forwardedFor: from.forwardedFor,
      dyno: this.dyno?.name ?? '',
      connectMs: this.connectMs,
      serviceMs: reached ? context.monotonicMs() - serviceFromMs : -1,
      status,
      bytes: reached ? this.bytes : -1,
    });
    context.log({ appId: app.routes.appId, atMs: context.now(), line });
  }

  // ------------------------------------------------------------------------------------------------------- timers

  /** One sweep over all requests instead of a timer for each: arming and clearing those costs more than the request. */
  tick(nowMs: number): void {
    const { timeouts } = this.context;
    const quietMs = nowMs - this.quietSinceMs;
    switch (this.state) {
      case 'queued':
        if (nowMs - this.arrivedMs >= timeouts.queueMs) {
          this.fail(this.search.timeout());
        } else if (nowMs >= this.retryAtMs) {
          this.app.waiting.delete(this);
          this.dispatch();
        }
        break;
      case 'connecting':
        if (nowMs - this.attemptStartedMs >= timeouts.connectMs) {
          this.connection?.destroy();
          this.onConnectFailed('timeout');
        }
        break;
      case 'awaiting':
        // While the body is on its way, silence is the client's, unless the dyno takes no more of it.
        if (this.requestComplete || this.client.isBlocked) {
          if (quietMs >= timeouts.firstByteMs) this.fail(REQUEST_TIMEOUT);
        } else if (nowMs - Math.max(this.client.lastByteMs, this.serviceFromMs) >= timeouts.idleMs) {
          this.fail(CLIENT_IDLE);
        }
        break;
      case 'responding':
        if (quietMs >= timeouts.idleMs) this.fail(this.dynoPaused ? CLIENT_IDLE : IDLE_CONNECTION);
        break;
      case 'tunnel':
        if (quietMs >= timeouts.idleMs) this.fail(IDLE_CONNECTION);
        break;
    }
  }
}
