import type { Problems } from '../core/ports/problems.ts';

/** One problem is one line of JSON, which CloudWatch Logs Insights parses by itself. */
export interface JsonLog extends Problems {
  /** What is no problem. `fields` are ids and counts. */
  note(text: string, fields?: Readonly<Record<string, string | number>>): void;
}

export interface JsonLogOptions {
  /** The function or service that writes. */
  readonly name: string;
  readonly nowMs: () => number;
  readonly write: (line: string) => void;
}

/** CloudWatch cuts an event at 256 KiB; a stack needs far less. */
const TEXT_LENGTH_MAX = 8_192;
const CAUSES_MAX = 4;

/**
 * Secrets that appear in texts of others: our signed URLs (`/streams/…`) and those of S3, tokens, and the parts of an AWS
 * error that repeat a request's headers.
 */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/(\/(?:streams|logs|blobs)\/)[\w.~-]{16,}/g, '$1…'],
  [/(X-Amz-(?:Signature|Credential|Security-Token)=)[^&\s"']+/gi, '$1…'],
  [/\bHRKU-[\w-]+/g, 'HRKU-…'],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi, '$1 …'],
];

export function createJsonLog({ name, nowMs, write }: JsonLogOptions): JsonLog {
  const say = (level: 'error' | 'info', text: string, more: Readonly<Record<string, unknown>>) =>
    write(`${JSON.stringify({ level, at: new Date(nowMs()).toISOString(), name, message: masked(text), ...more })}\n`);
  return {
    report: (problem, cause, about = {}) =>
      say('error', problem, { ...about, ...(cause === undefined ? {} : { cause: described(cause, CAUSES_MAX) }) }),
    note: (text, fields = {}) => say('info', text, fields),
  };
}

/** Only the parts of an error that describe it: others may hold a request with all of its content. */
function described(cause: unknown, depth: number): unknown {
  if (!(cause instanceof Error)) return masked(String(cause));
  const { name, message, stack } = cause;
  const { code, $metadata } = cause as {
    code?: unknown;
    $metadata?: { requestId?: unknown; httpStatusCode?: unknown };
  };
  return {
    name,
    message: masked(message),
    stack: masked(stack ?? ''),
    ...(typeof code === 'string' ? { code } : {}),
    ...($metadata === undefined ? {} : { awsRequestId: $metadata.requestId, status: $metadata.httpStatusCode }),
    ...(cause.cause === undefined || depth === 0 ? {} : { cause: described(cause.cause, depth - 1) }),
  };
}

function masked(text: string): string {
  return SECRETS.reduce((before, [secret, instead]) => before.replace(secret, instead), text).slice(0, TEXT_LENGTH_MAX);
}
