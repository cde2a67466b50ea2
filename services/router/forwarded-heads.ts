import type { RequestHead } from './http/request-head.ts';
import type { ResponseHead } from './http/response-head.ts';

/** Heroku Dev Center, "HTTP Request IDs". */
const REQUEST_ID = /^[A-Za-z0-9+/=-]{20,200}$/;
const PORT = /^\d{1,5}$/;

/** What the dyno and the log learn of a request besides its head. */
export interface Provenance {
  readonly requestId: string;
  readonly forwardedFor: string;
  readonly protocol: 'http' | 'https';
  /** The port that the client connected to. */
  readonly port: string | number;
}

export interface Peer {
  readonly address: string;
  readonly protocol: 'http' | 'https';
  /** The router's port that it connected to. */
  readonly port: number;
  /** One of our load balancers, which has already added what the router would add. */
  readonly trusted: boolean;
}

export function provenance(head: RequestHead, peer: Peer, newRequestId: () => string): Provenance {
  const { address, trusted } = peer;
  const requestId = REQUEST_ID.test(head.requestId) ? head.requestId : newRequestId();
  if (trusted && head.forwardedFor !== '') {
    const protocol = head.forwardedProto === 'https' ? 'https' : 'http';
    const port = PORT.test(head.forwardedPort) ? head.forwardedPort : protocol === 'https' ? 443 : 80;
    return { requestId, forwardedFor: head.forwardedFor, protocol, port };
  }
  const forwardedFor = head.forwardedFor === '' ? address : `${head.forwardedFor}, ${address}`;
  return { requestId, forwardedFor, protocol: peer.protocol, port: peer.port };
}

/** The head that the dyno gets: always HTTP/1.1, one framing, the router's own fields last. */
export function requestHeadText(head: RequestHead, from: Provenance, arrivedMs: number): string {
  const framing =
    head.body === 'chunked'
      ? 'Transfer-Encoding: chunked\r\n'
      : head.contentLength >= 0
        ? `Content-Length: ${head.contentLength}\r\n`
        : '';
  const connection = head.upgrade === '' ? 'keep-alive' : `Upgrade\r\nUpgrade: ${head.upgrade}`;
  const via = head.via === '' ? '' : `${head.via}, `;
  return `${head.method} ${head.target} HTTP/1.1\r\nHost: ${head.hostHeader}\r\n${head.fields}X-Request-Id: ${from.requestId}\r\nX-Forwarded-For: ${from.forwardedFor}\r\nX-Forwarded-Proto: ${from.protocol}\r\nX-Forwarded-Port: ${from.port}\r\nX-Request-Start: ${arrivedMs}\r\nVia: ${via}1.${head.minorVersion} heroku-router\r\n${framing}Connection: ${connection}\r\n\r\n`;
}

/** The head that the client gets. */
export function responseHeadText(
  response: ResponseHead,
  client: { readonly minorVersion: 0 | 1; readonly keepAlive: boolean },
): string {
  let framing = '';
  if (response.framing === 'chunked') framing = client.minorVersion === 1 ? 'Transfer-Encoding: chunked\r\n' : '';
  else if (response.contentLength >= 0 && response.status !== 204)
    framing = `Content-Length: ${response.contentLength}\r\n`;
  let connection = '';
  if (!client.keepAlive) connection = 'Connection: close\r\n';
  else if (client.minorVersion === 0) connection = 'Connection: keep-alive\r\n';
  return `HTTP/1.1 ${response.status} ${response.reason}\r\n${response.fields}${commonFields(response)}${framing}${connection}\r\n`;
}

/** 1xx: no framing; the final response follows on the same connection. */
export function interimHeadText(response: ResponseHead): string {
  return `HTTP/1.1 ${response.status} ${response.reason}\r\n${response.fields}\r\n`;
}

export function switchingHeadText(response: ResponseHead, requested: string): string {
  const upgrade = response.upgrade === '' ? requested : response.upgrade;
  return `HTTP/1.1 101 ${response.reason}\r\n${response.fields}${commonFields(response)}Connection: Upgrade\r\nUpgrade: ${upgrade}\r\n\r\n`;
}

function commonFields(response: ResponseHead): string {
  return `${response.hasServer ? '' : 'Server: Heroku\r\n'}Via: ${response.via}1.1 heroku-router\r\n`;
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  404: 'Not Found',
  417: 'Expectation Failed',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
};

/** A complete answer of the router itself. */
export function pageText(
  status: number,
  html: string,
  options: { readonly headOnly: boolean; readonly keepAlive: boolean },
): string {
  return `HTTP/1.1 ${status} ${REASONS[status] ?? ''}\r\nServer: Heroku\r\nVia: 1.1 heroku-router\r\nCache-Control: no-cache, no-store\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(html)}\r\nConnection: ${options.keepAlive ? 'keep-alive' : 'close'}\r\n\r\n${options.headOnly ? '' : html}`;
}
