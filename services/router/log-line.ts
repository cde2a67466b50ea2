import type { RouterCode } from './codes.ts';

/** What the log shows of one request. */
export interface RequestRecord {
  /** Undefined: the app answered. */
  readonly code: RouterCode | undefined;
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly host: string;
  readonly requestId: string;
  /** X-Forwarded-For as the dyno gets it. */
  readonly forwardedFor: string;
  readonly protocol: 'http' | 'https';
  /** Empty: no dyno was chosen. */
  readonly dyno: string;
  /** Negative: not reached. The same for `serviceMs` and `bytes`. */
  readonly connectMs: number;
  readonly serviceMs: number;
  readonly status: number;
  readonly bytes: number;
}

/**
 * The client chooses path and forwarded-for. These limits keep the whole line below the 10,000 bytes at which the log
 * splits lines, so no request can make the end of its line look like a router line of its own.
 */
const TARGET_MAX = 6_144;
const FORWARDED_MAX = 2_048;

const NOT_PLAIN = /[^\x20\x21\x23-\x5b\x5d-\x7e]/;
const NOT_PLAIN_ALL = /[^\x20\x21\x23-\x5b\x5d-\x7e]/g;

/** In the key order of Heroku's router lines, which log parsers rely on. */
export function routerLine(record: RequestRecord): string {
  const { code } = record;
  const target = quotable(record.target, TARGET_MAX, percentEncoded);
  const forwardedFor = quotable(record.forwardedFor, FORWARDED_MAX, backslashEscaped);
  const connect = record.connectMs < 0 ? '' : `${record.connectMs}ms`;
  const service = record.serviceMs < 0 ? '' : `${record.serviceMs}ms`;
  const status = record.status === 0 ? '' : record.status;
  const bytes = record.bytes < 0 ? '' : record.bytes;
  return `${code === undefined ? 'at=info' : outcome(code)} method=${record.method} path="${target}" host=${record.host} request_id=${record.requestId} fwd="${forwardedFor}" dyno=${record.dyno} connect=${connect} service=${service} status=${status} bytes=${bytes} protocol=${record.protocol}`;
}

function outcome(code: RouterCode): string {
  const sock = code.sock === undefined ? '' : `sock=${code.sock} `;
  const cause = code.cause === undefined ? '' : ` cause="${code.cause}"`;
  return `${sock}at=${code.level} code=${code.code} desc="${code.description}"${cause}`;
}

function quotable(text: string, max: number, escapeOne: (character: string) => string): string {
  if (text.length <= max && !NOT_PLAIN.test(text)) return text;
  const escaped = text.replace(NOT_PLAIN_ALL, escapeOne);
  return escaped.length <= max ? escaped : `${escaped.slice(0, max)}...`;
}

function percentEncoded(character: string): string {
  return `%${hexadecimal(character)}`;
}

function backslashEscaped(character: string): string {
  return character === '"' || character === '\\' ? `\\${character}` : `\\x${hexadecimal(character)}`;
}

/** Heads are read as latin1: a character is a byte. */
function hexadecimal(character: string): string {
  return character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0');
}
