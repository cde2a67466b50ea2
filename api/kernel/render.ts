import type { Failure } from '../../core/failure.ts';
import { ok, type Result } from '../../core/result.ts';
import type { Answer } from '../route.ts';
import { STATUS_BY_FAILURE } from './errors.ts';
import { cutPage, parseRange, sortableBy } from './range.ts';

/** An answer that can also be stored for a retry: nothing in it depends on the connection. */
export interface Rendered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON, unless `headers` has another `Content-Type`. */
  readonly body: string;
}

const NON_ASCII = /[\u007f-\uffff]/g;

/** Escapes characters, because the official CLI decodes each network chunk separately and garbles those cut in two. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    NON_ASCII,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** `rangeHeader` counts for what is read only: a write has had its effect by now, whatever it says. */
export function renderAnswer(answer: Answer, rangeHeader: string | null): Result<Rendered, Failure> {
  if ('text' in answer) {
    return ok({ status: 200, headers: { 'Content-Type': 'text/plain;charset=utf-8' }, body: answer.text });
  }
  if (!('list' in answer)) {
    const { status = 200, body, headers = {} } = answer;
    return ok({ status, headers: { ...lastModified(body), ...headers }, body: asciiJson(body) });
  }
  const range = parseRange(rangeHeader, answer.sortKeys, answer.sortAliases);
  if (!range.ok) return range;
  const page = cutPage(answer.list, range.value);
  return ok({
    status: page.nextRange === undefined ? 200 : 206,
    headers: {
      'Accept-Ranges': sortableBy(answer.sortKeys, answer.sortAliases),
      'Content-Range': page.contentRange,
      ...(page.nextRange === undefined ? {} : { 'Next-Range': page.nextRange }),
    },
    body: asciiJson(page.items),
  });
}

export function renderFailure(failure: Failure): Rendered {
  const { id, message, resource, url } = failure;
  return {
    status: STATUS_BY_FAILURE[id],
    headers: {},
    body: asciiJson({
      id,
      message,
      ...(resource === undefined ? {} : { resource }),
      ...(url === undefined ? {} : { url }),
    }),
  };
}

function lastModified(body: unknown): Record<string, string> {
  const updatedAt = (body as { updated_at?: unknown } | null)?.updated_at;
  return typeof updatedAt === 'string' ? { 'Last-Modified': new Date(updatedAt).toUTCString() } : {};
}
