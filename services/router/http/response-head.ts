import {
  INVALID_CONTENT_LENGTH,
  OVERSIZED_COOKIE,
  OVERSIZED_HEADER,
  OVERSIZED_STATUS_LINE,
  POORLY_FORMATTED_RESPONSE,
  type RouterCode,
} from '../codes.ts';
import { COLON, CR, FIELD, LF, SPACE, TAB, TOKEN } from './characters.ts';
import { connectionOptions, withoutFields } from './connection-options.ts';
import type { HeadLimits } from './head-reader.ts';

/** Heroku Dev Center, "HTTP Routing": response limits. */
export const RESPONSE_LIMITS: HeadLimits = {
  firstLineBytes: 8_192,
  lineBytes: 512 * 1024,
  lines: 1_000,
  totalBytes: 1024 * 1024,
};
const COOKIE_MAX = 8_192;

export interface ResponseHead {
  readonly valid: true;
  readonly status: number;
  readonly reason: string;
  /** End-to-end header lines, each with its CRLF, without the ones about framing and connection. */
  readonly fields: string;
  readonly framing: 'none' | 'length' | 'chunked' | 'until-close';
  /** -1: the dyno sent none. It may be sent without a body (HEAD, 304). */
  readonly contentLength: number;
  /** The dyno's connection can carry another request. */
  readonly keepAlive: boolean;
  /** `Keep-Alive: timeout=`: when the dyno will close an idle connection; undefined: not announced. */
  readonly keepAliveSeconds: number | undefined;
  readonly hasServer: boolean;
  readonly upgrade: string;
  readonly via: string;
}

export interface BadResponseHead {
  readonly valid: false;
  readonly code: RouterCode;
}

/** As strict as for requests: a dyno that could slip in a second response would answer other people's requests behind a shared edge. */
export function parseResponseHead(text: string, method: string): ResponseHead | BadResponseHead {
  const statusLineEnd = text.indexOf('\r\n');
  const minor = text.charCodeAt(7) - 0x30;
  const status = Number(text.slice(9, 12));
  if (!STATUS_LINE.test(statusLineEnd === -1 ? '' : text.slice(0, statusLineEnd))) return MALFORMED;
  if (statusLineEnd > RESPONSE_LIMITS.firstLineBytes) return { valid: false, code: OVERSIZED_STATUS_LINE };

  let fields = '';
  let copiedTo = statusLineEnd + 2;
  let connection = '';
  let contentLength = -1;
  let chunked = false;
  let keepAliveSeconds: number | undefined;
  let hasServer = false;
  let upgrade = '';
  let via = '';
  let lines = 0;

  for (let lineStart = copiedTo; lineStart < text.length; ) {
    let at = lineStart;
    while (TOKEN[text.charCodeAt(at)] === 1) at += 1;
    const nameLength = at - lineStart;
    if (nameLength === 0 || text.charCodeAt(at) !== COLON) return MALFORMED;
    let valueStart = at + 1;
    for (at = valueStart; FIELD[text.charCodeAt(at)] === 1; ) at += 1;
    if (text.charCodeAt(at) !== CR || text.charCodeAt(at + 1) !== LF) return MALFORMED;
    lines += 1;
    if (at - lineStart > RESPONSE_LIMITS.lineBytes || lines > RESPONSE_LIMITS.lines) return OVERSIZED;
    const nextLine = at + 2;
    if (!MAY_BE_OURS[nameLength]) {
      lineStart = nextLine;
      continue;
    }

    let valueEnd = at;
    while (valueStart < valueEnd && isBlank(text.charCodeAt(valueStart))) valueStart += 1;
    while (valueEnd > valueStart && isBlank(text.charCodeAt(valueEnd - 1))) valueEnd -= 1;
    let ours = true;
    switch (text.slice(lineStart, lineStart + nameLength).toLowerCase()) {
      case 'content-length': {
        const value = text.slice(valueStart, valueEnd);
        const length = /^[0-9]{1,16}$/.test(value) ? Number(value) : -1;
        if (!Number.isSafeInteger(length) || length === -1 || (contentLength !== -1 && contentLength !== length)) {
          return { valid: false, code: INVALID_CONTENT_LENGTH };
        }
        contentLength = length;
        break;
      }
      case 'transfer-encoding':
        if (chunked || minor === 0 || text.slice(valueStart, valueEnd).toLowerCase() !== 'chunked') return MALFORMED;
        chunked = true;
        break;
      case 'connection':
        connection += `${connection === '' ? '' : ','}${text.slice(valueStart, valueEnd)}`;
        break;
      case 'keep-alive':
        keepAliveSeconds = secondsOf(text.slice(valueStart, valueEnd)) ?? keepAliveSeconds;
        break;
      case 'upgrade':
        upgrade = text.slice(valueStart, valueEnd);
        break;
      case 'via':
        via += `${text.slice(valueStart, valueEnd)}, `;
        break;
      case 'proxy-connection':
      case 'te':
        break;
      case 'set-cookie':
        if (valueEnd - valueStart > COOKIE_MAX) return { valid: false, code: OVERSIZED_COOKIE };
        ours = false;
        break;
      case 'server':
        hasServer = true;
        ours = false;
        break;
      default:
        ours = false;
    }
    if (ours) {
      if (copiedTo < lineStart) fields += text.slice(copiedTo, lineStart);
      copiedTo = nextLine;
    }
    lineStart = nextLine;
  }
  if (copiedTo < text.length) fields += text.slice(copiedTo);
  const options = connectionOptions(connection);
  if (options.named.length > 0) fields = withoutFields(fields, options.named);
  const framing = framingOf(method, status, chunked, contentLength);
  return {
    valid: true,
    status,
    reason: text.slice(13, statusLineEnd),
    fields,
    framing,
    contentLength: chunked ? -1 : contentLength,
    // Both lengths given: bytes after this response cannot be trusted.
    keepAlive:
      (minor === 1 ? !options.close : options.keepAlive) &&
      framing !== 'until-close' &&
      !(chunked && contentLength !== -1),
    keepAliveSeconds,
    hasServer,
    upgrade,
    via,
  };
}

/** For a head that was cut off because it broke a size limit. */
export function oversizedResponse(text: string): BadResponseHead {
  return text.includes('\r\n') ? OVERSIZED : { valid: false, code: OVERSIZED_STATUS_LINE };
}

const STATUS_LINE = /^HTTP\/1\.[01] [1-9][0-9]{2}(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const MALFORMED: BadResponseHead = { valid: false, code: POORLY_FORMATTED_RESPONSE };
const OVERSIZED: BadResponseHead = { valid: false, code: OVERSIZED_HEADER };

const MAY_BE_OURS: readonly boolean[] = Array.from({ length: 32 }, (_, length) =>
  [
    'connection',
    'content-length',
    'keep-alive',
    'proxy-connection',
    'server',
    'set-cookie',
    'te',
    'transfer-encoding',
    'upgrade',
    'via',
  ].some((name) => name.length === length),
);

function framingOf(method: string, status: number, chunked: boolean, contentLength: number): ResponseHead['framing'] {
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return 'none';
  if (chunked) return 'chunked';
  return contentLength === -1 ? 'until-close' : 'length';
}

function secondsOf(keepAlive: string): number | undefined {
  const seconds = /(?:^|[,;\s])timeout\s*=\s*"?([0-9]{1,6})/i.exec(keepAlive)?.[1];
  return seconds === undefined ? undefined : Number(seconds);
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}
