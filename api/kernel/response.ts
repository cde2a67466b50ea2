import type { Rendered } from './render.ts';

/** Makes the answer: `new Response`, or a substitute where loading `Response` would cost a tenth of a cold start. */
export type Respond = (
  body: string | null,
  init: { readonly status: number; readonly headers: Record<string, string> },
) => Response;

export const respond: Respond = (body, init) => new Response(body, init);

export interface ResponseMeta {
  readonly respond: Respond;
  readonly request: Request;
  readonly requestIds: string;
  readonly sha256: (text: string) => string;
}

/** Any web page may call the API: the token is in a header that pages must set themselves, never in a cookie. */
const CROSS_ORIGIN = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers':
    'Accept-Ranges, Content-Range, ETag, Last-Modified, Next-Range, RateLimit-Multiplier, RateLimit-Remaining, Request-Id',
};
const EVERY_ANSWER = {
  ...CROSS_ORIGIN,
  'Cache-Control': 'private, no-cache',
  'Content-Type': 'application/json;charset=utf-8',
  'RateLimit-Multiplier': '1',
  Vary: 'Authorization, Accept, Range',
  'X-Content-Type-Options': 'nosniff',
};

export function toResponse(rendered: Rendered, meta: ResponseMeta, remainingCalls?: number): Response {
  const { status, body } = rendered;
  const headers: Record<string, string> = { ...EVERY_ANSWER, 'Request-Id': meta.requestIds, ...rendered.headers };
  if (remainingCalls !== undefined) headers['RateLimit-Remaining'] = String(remainingCalls);
  if (status === 401) headers['WWW-Authenticate'] = 'Bearer realm="Dynoform"';
  const { method, headers: asked } = meta.request;
  if ((method === 'GET' || method === 'HEAD') && status < 300) {
    const etag = `"${meta.sha256(body).slice(0, 32)}"`;
    headers.ETag = etag;
    const known = asked.get('if-none-match');
    if (known !== null && names(known, etag)) return meta.respond(null, { status: 304, headers });
  }
  return meta.respond(body, { status, headers });
}

/** Proxies that compress turn our tag into a weak one; the body is still the same. */
function names(header: string, etag: string): boolean {
  return header.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag);
}

export function preflightResponse(respond: Respond): Response {
  return respond(null, {
    status: 204,
    headers: {
      ...CROSS_ORIGIN,
      'Access-Control-Allow-Methods': 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS',
      'Access-Control-Allow-Headers':
        'Accept, Authorization, Content-Type, If-None-Match, Range, Request-Id, X-Http-Method-Override',
      'Access-Control-Max-Age': '86400',
    },
  });
}
