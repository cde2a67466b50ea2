import { COLON, CR, FIELD, LF, SPACE, TAB, TARGET, TOKEN } from './characters.ts';
import { type ConnectionOptions, connectionOptions, withoutFields } from './connection-options.ts';
import type { HeadLimits } from './head-reader.ts';

/** Heroku Dev Center, "HTTP Routing". The total is ours: a thousand full lines would be eight megabytes per connection. */
export const REQUEST_LIMITS: HeadLimits = {
  firstLineBytes: 8_192,
  lineBytes: 8_192,
  lines: 1_000,
  totalBytes: 512 * 1024,
};
const NAME_MAX = 1_000;
const METHOD_MAX = 127;

export interface RequestHead {
  readonly valid: true;
  readonly method: string;
  /** What the dyno receives: origin form, or `*`. */
  readonly target: string;
  /** As sent to the dyno. */
  readonly hostHeader: string;
  /** Lower case, no port, no trailing dot: the key for finding the app. */
  readonly host: string;
  readonly minorVersion: 0 | 1;
  /** End-to-end header lines, each with its CRLF, without those that the router writes itself. */
  readonly fields: string;
  readonly body: 'none' | 'length' | 'chunked';
  readonly contentLength: number;
  readonly keepAlive: boolean;
  /** The Upgrade header, when this is a request to upgrade; otherwise empty. */
  readonly upgrade: string;
  readonly expect: 'nothing' | 'continue' | 'unsupported';
  /** Empty: the client sent none. */
  readonly requestId: string;
  readonly forwardedFor: string;
  /** From X-Forwarded-Proto and X-Forwarded-Port; empty: none. Used only from one of our load balancers. */
  readonly forwardedProto: string;
  readonly forwardedPort: string;
  readonly via: string;
}

/** Not HTTP/1.1 as the router requires it; the parts read before the fault are for the log. */
export interface BadRequestHead {
  readonly valid: false;
  readonly method: string;
  readonly target: string;
  readonly host: string;
}

/**
 * Reads the lines of a request head. Whatever two programs could read in two ways is refused, not repaired: request
 * smuggling needs that ambiguity (RFC 9112 11.2).
 */
export function parseRequestHead(text: string): RequestHead | BadRequestHead {
  let method = '';
  let target = '';
  let host = '';
  const bad = (): BadRequestHead => ({ valid: false, method, target, host });

  let at = 0;
  while (TOKEN[text.charCodeAt(at)] === 1) at += 1;
  if (at === 0 || at > METHOD_MAX || text.charCodeAt(at) !== SPACE) return bad();
  method = text.slice(0, at);
  const targetStart = at + 1;
  at = targetStart;
  while (TARGET[text.charCodeAt(at)] === 1) at += 1;
  if (at === targetStart || text.charCodeAt(at) !== SPACE || !text.startsWith('HTTP/1.', at + 1)) return bad();
  target = text.slice(targetStart, at);
  const digit = text.charCodeAt(at + 8) - 0x30;
  if ((digit !== 0 && digit !== 1) || text.charCodeAt(at + 9) !== CR || text.charCodeAt(at + 10) !== LF) return bad();
  const minor = digit === 0 ? 0 : 1;
  if (at + 9 > REQUEST_LIMITS.firstLineBytes || method === 'CONNECT') return bad();
  const absolute = target.charCodeAt(0) === 0x2f ? undefined : parseAbsoluteTarget(method, target);
  if (absolute === 'bad') return bad();
  if (absolute !== undefined) target = absolute.target;

  let fields = '';
  let copiedTo = at + 11;
  let hostHeader: string | undefined;
  let connection = '';
  let upgrade = '';
  let expect: string | undefined;
  let contentLength = -1;
  let chunked = false;
  let requestId = '';
  let forwardedFor = '';
  let forwardedProto = '';
  let forwardedPort = '';
  let via = '';
  let lines = 0;

  for (let lineStart = copiedTo; lineStart < text.length; ) {
    at = lineStart;
    while (TOKEN[text.charCodeAt(at)] === 1) at += 1;
    const nameLength = at - lineStart;
    if (nameLength === 0 || nameLength > NAME_MAX || text.charCodeAt(at) !== COLON) return bad();
    let valueStart = at + 1;
    for (at = valueStart; FIELD[text.charCodeAt(at)] === 1; ) at += 1;
    if (text.charCodeAt(at) !== CR || text.charCodeAt(at + 1) !== LF) return bad();
    lines += 1;
    if (at - lineStart > REQUEST_LIMITS.lineBytes || lines > REQUEST_LIMITS.lines) return bad();
    const nextLine = at + 2;
    if (!MAY_BE_OURS[nameLength]) {
      lineStart = nextLine;
      continue;
    }

    let valueEnd = at;
    while (valueStart < valueEnd && isBlank(text.charCodeAt(valueStart))) valueStart += 1;
    while (valueEnd > valueStart && isBlank(text.charCodeAt(valueEnd - 1))) valueEnd -= 1;
    const name = text.slice(lineStart, lineStart + nameLength).toLowerCase();
    let ours = true;
    switch (name) {
      case 'host':
        if (hostHeader !== undefined) return bad();
        hostHeader = text.slice(valueStart, valueEnd);
        if (absolute === undefined) host = hostName(hostHeader);
        if (hostName(hostHeader) === '') return bad();
        break;
      case 'content-length': {
        const length = parseLength(text.slice(valueStart, valueEnd));
        // Heroku merges identical repetitions and refuses conflicting ones.
        if (length === -1 || (contentLength !== -1 && contentLength !== length)) return bad();
        contentLength = length;
        break;
      }
      case 'transfer-encoding':
        // `chunked`, once, and nothing else: spellings that two parsers read differently are the classic attack.
        if (chunked || minor === 0 || text.slice(valueStart, valueEnd).toLowerCase() !== 'chunked') return bad();
        chunked = true;
        break;
      case 'connection':
        connection = joined(connection, text.slice(valueStart, valueEnd));
        break;
      case 'upgrade':
        upgrade = joined(upgrade, text.slice(valueStart, valueEnd));
        break;
      case 'expect':
        expect = expect === undefined ? text.slice(valueStart, valueEnd).toLowerCase() : 'twice';
        break;
      case 'x-request-id':
        requestId = text.slice(valueStart, valueEnd);
        break;
      case 'x-forwarded-for':
        forwardedFor = joined(forwardedFor, text.slice(valueStart, valueEnd));
        break;
      case 'x-forwarded-proto':
        forwardedProto = text.slice(valueStart, valueEnd);
        break;
      case 'x-forwarded-port':
        forwardedPort = text.slice(valueStart, valueEnd);
        break;
      case 'via':
        via = joined(via, text.slice(valueStart, valueEnd));
        break;
      default:
        ours = WRITTEN_BY_ROUTER.has(name.includes('_') ? name.replaceAll('_', '-') : name);
    }
    if (ours) {
      if (copiedTo < lineStart) fields += text.slice(copiedTo, lineStart);
      copiedTo = nextLine;
    }
    lineStart = nextLine;
  }
  if (hostHeader === undefined) return bad();
  if (absolute !== undefined && absolute.authority !== '') {
    hostHeader = absolute.authority;
    host = hostName(hostHeader);
  } else if (absolute !== undefined) {
    host = hostName(hostHeader);
  }
  if (copiedTo < text.length) fields += text.slice(copiedTo);
  const options = connectionOptions(connection);
  if (options.named.length > 0) fields = withoutFields(fields, options.named);
  return {
    valid: true,
    method,
    target,
    hostHeader,
    host,
    minorVersion: minor,
    fields,
    body: chunked ? 'chunked' : contentLength > 0 ? 'length' : 'none',
    contentLength: chunked ? -1 : contentLength,
    keepAlive: staysOpen(options, minor, chunked && contentLength !== -1),
    upgrade: options.upgrade && minor === 1 ? offeredProtocols(upgrade) : '',
    expect: minor === 0 || expect === undefined ? 'nothing' : expect === '100-continue' ? 'continue' : 'unsupported',
    requestId,
    forwardedFor,
    forwardedProto,
    forwardedPort,
    via,
  };
}

/** Fields that end at the router or that it writes itself. Names with `_` for `-` are dropped too: CGI-like servers treat them alike. */
const WRITTEN_BY_ROUTER = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
  'via',
  'x-forwarded-for',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-request-id',
  'x-request-start',
]);

/** By length of the name: most lines need no further check. */
const MAY_BE_OURS: readonly boolean[] = Array.from({ length: NAME_MAX + 1 }, (_, length) =>
  [...WRITTEN_BY_ROUTER].some((name) => name.length === length),
);

/** After a request with both a length and `chunked` the connection closes (RFC 9112 6.3): the sender may have meant the rest differently. */
function staysOpen(options: ConnectionOptions, minor: 0 | 1, suspicious: boolean): boolean {
  if (suspicious || options.close) return false;
  return minor === 1 || options.keepAlive;
}

/** h2c would hide the rest of the connection from the router, and no HTTP/1.1 proxy may forward it (RFC 7540 3.2.1). */
function offeredProtocols(upgrade: string): string {
  if (!/h2c/i.test(upgrade)) return upgrade;
  return upgrade
    .split(',')
    .map((protocol) => protocol.trim())
    .filter((protocol) => !/^h2c$/i.test(protocol))
    .join(', ');
}

function parseAbsoluteTarget(method: string, target: string): { authority: string; target: string } | 'bad' {
  if (target === '*') return method === 'OPTIONS' ? { authority: '', target } : 'bad';
  const parts = /^https?:\/\/([^/?#]+)(.*)$/i.exec(target);
  if (parts === null) return 'bad';
  const [, authority = '', rest = ''] = parts;
  if (hostName(authority) === '') return 'bad';
  return { authority, target: rest.startsWith('/') ? rest : `/${rest}` };
}

const HOST = /^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?$/;

/** Empty: not a host. */
function hostName(header: string): string {
  const name = HOST.exec(header)?.[1];
  if (name === undefined || header.length > 261) return '';
  return (name.endsWith('.') ? name.slice(0, -1) : name).toLowerCase();
}

/** -1: not a length. */
function parseLength(text: string): number {
  if (!/^[0-9]{1,16}$/.test(text)) return -1;
  const length = Number(text);
  return Number.isSafeInteger(length) ? length : -1;
}

function joined(before: string, value: string): string {
  return before === '' ? value : `${before}, ${value}`;
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}
