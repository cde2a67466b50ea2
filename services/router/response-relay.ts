import type { ClientSide } from './client-side.ts';
import { POORLY_FORMATTED_RESPONSE, type RouterCode } from './codes.ts';
import { interimHeadText, responseHeadText, switchingHeadText } from './forwarded-heads.ts';
import { type BodyFraming, ChunkedBody, LengthBody, UntilCloseBody } from './http/chunked-body.ts';
import type { HeadReader } from './http/head-reader.ts';
import type { RequestHead } from './http/request-head.ts';
import { oversizedResponse, parseResponseHead, type ResponseHead } from './http/response-head.ts';

/**
 * `full`: the client reads more slowly than the dyno sends. `surplus`: complete, and the dyno sent more than its response,
 * which must not become the next one. `switched`: everything after this goes through `tunnel`.
 */
export type RelayResult = 'more' | 'full' | 'complete' | 'surplus' | 'switched' | RouterCode;

/** Relays a dyno's bytes to the client: rewrites the head, checks the body and passes it on as it arrives. */
export class ResponseRelay {
  /** The final response's head, once read. */
  response: ResponseHead | undefined;
  anythingReceived = false;
  /** The client has received some of the final response: an error page cannot replace it any more. */
  started = false;
  /** The client's connection can carry another request. */
  keepClient = false;
  /** Of the body, as sent to the client. */
  bytes = 0;
  readonly #client: ClientSide;
  readonly #request: RequestHead;
  #body: BodyFraming | undefined;
  #decoded: Buffer[] | undefined;

  constructor(client: ClientSide, request: RequestHead) {
    this.#client = client;
    this.#request = request;
  }

  /** False where the end of the connection is the end of the body, because the client gets neither length nor coding. */
  get endsVisibly(): boolean {
    return this.response?.framing !== 'until-close' && this.#decoded === undefined;
  }

  /** `mayKeepClient`: nothing but the response itself forbids another request on this connection. */
  receive(reader: HeadReader, chunk: Buffer, mayKeepClient: boolean): RelayResult {
    this.anythingReceived = true;
    return this.response === undefined ? this.#readHead(reader, chunk, mayKeepClient) : this.#relay('', chunk);
  }

  tunnel(chunk: Buffer): RelayResult {
    this.bytes += chunk.length;
    return this.#client.write('', chunk) ? 'more' : 'full';
  }

  #readHead(reader: HeadReader, first: Buffer, mayKeepClient: boolean): RelayResult {
    let open = true;
    for (let next: Buffer | undefined = first; next !== undefined; ) {
      const text = reader.push(next);
      if (text === undefined) break;
      const response = reader.oversized ? oversizedResponse(text) : parseResponseHead(text, this.#request.method);
      if (!response.valid) return response.code;
      next = reader.rest;
      if (response.status >= 200) return this.#start(response, next, mayKeepClient);
      if (response.status === 101) return this.#switchProtocols(response, next);
      // The router has already answered Expect itself; old clients know no interim responses.
      if (response.status !== 100 && this.#request.minorVersion === 1)
        open = this.#client.write(interimHeadText(response));
    }
    return open ? 'more' : 'full';
  }

  #start(response: ResponseHead, rest: Buffer | undefined, mayKeepClient: boolean): RelayResult {
    const { minorVersion } = this.#request;
    this.response = response;
    if (response.framing === 'chunked' && minorVersion === 0) this.#decoded = [];
    this.keepClient = mayKeepClient && this.endsVisibly;
    const head = responseHeadText(response, { minorVersion, keepAlive: this.keepClient });
    const empty = response.framing === 'none' || (response.framing === 'length' && response.contentLength === 0);
    if (!empty) this.#body = this.#framing(response);
    if (!empty && rest !== undefined) return this.#relay(head, rest);
    this.started = true;
    const open = this.#client.write(head);
    if (empty) return rest === undefined ? 'complete' : 'surplus';
    return open ? 'more' : 'full';
  }

  #framing(response: ResponseHead): BodyFraming {
    if (response.framing === 'length') return new LengthBody(response.contentLength);
    if (response.framing === 'until-close') return new UntilCloseBody();
    const decoded = this.#decoded;
    return decoded === undefined ? new ChunkedBody() : new ChunkedBody((piece) => decoded.push(piece));
  }

  #relay(head: string, chunk: Buffer): RelayResult {
    const body = this.#body;
    if (body === undefined) return 'surplus';
    const end = body.feed(chunk, 0);
    if (body.bad) return POORLY_FORMATTED_RESPONSE;
    let piece = end === chunk.length ? chunk : chunk.subarray(0, end);
    if (this.#decoded !== undefined) piece = Buffer.concat(this.#decoded.splice(0));
    this.started = true;
    this.bytes += piece.length;
    const open = piece.length === 0 && head === '' ? true : this.#client.write(head, piece);
    if (body.done) return end < chunk.length ? 'surplus' : 'complete';
    return open ? 'more' : 'full';
  }

  #switchProtocols(response: ResponseHead, rest: Buffer | undefined): RelayResult {
    if (this.#request.upgrade === '') return POORLY_FORMATTED_RESPONSE;
    this.response = response;
    this.started = true;
    this.#client.write(switchingHeadText(response, this.#request.upgrade));
    if (rest !== undefined) this.tunnel(rest);
    return 'switched';
  }
}
