import { LightHeaders, LightRequest } from './light-http.ts';

/** The parts that we read of an event of API Gateway's HTTP APIs, payload format 2.0. */
export interface HttpEvent {
  readonly rawPath: string;
  readonly rawQueryString?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly requestContext: { readonly domainName?: string; readonly http: { readonly method: string } };
  readonly body?: string | null;
  readonly isBase64Encoded?: boolean;
}

/** Throws for any other event: something else was configured to call this function. */
export function readEvent(event: unknown): Request {
  const { rawPath, rawQueryString, headers, requestContext, body, isBase64Encoded } = checked(event);
  const query = rawQueryString === undefined || rawQueryString === '' ? '' : `?${rawQueryString}`;
  const { method } = requestContext.http;
  const url = `https://${requestContext.domainName ?? 'api'}${encodedPath(rawPath)}${query}`;
  const fields = headerFields(headers ?? {});
  // A body of a GET has no meaning (RFC 9110, section 9.3.1), and `Request` refuses one.
  if (method === 'GET' || method === 'HEAD') {
    return new LightRequest(method, url, new LightHeaders(fields)) as unknown as Request;
  }
  const bytes = body == null ? undefined : Buffer.from(body, isBase64Encoded === true ? 'base64' : 'utf8');
  if (bytes !== undefined) fields.set('content-length', String(bytes.byteLength));
  return new Request(url, { method, headers: [...fields], ...(bytes === undefined ? {} : { body: bytes }) });
}

function checked(event: unknown): HttpEvent {
  const { rawPath, requestContext } = Object(event) as Partial<HttpEvent>;
  const wrong =
    typeof rawPath !== 'string'
      ? 'rawPath'
      : typeof requestContext?.http?.method !== 'string'
        ? 'requestContext.http'
        : '';
  if (wrong === '') return event as HttpEvent;
  throw new Error(`the event is not a request of an HTTP API with payload format 2.0: it has no ${wrong}`);
}

/**
 * HTTP APIs decode the path, other callers do not. Characters that an encoded path cannot contain are encoded again: a `?` or
 * `#` in a name would end the path.
 */
function encodedPath(path: string): string {
  return path.replace(/%(?![0-9a-f]{2})|[^!$&'()*+,\-./0-9:;=@A-Z_a-z~%]/giu, encodeURIComponent);
}

/** Each value is one line. Characters beyond Latin-1, which a header cannot contain, are encoded. */
function headerFields(headers: NonNullable<HttpEvent['headers']>): Map<string, string> {
  const fields = new Map<string, string>();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) fields.set(name.toLowerCase(), /[^\t\x20-\x7e]/.test(value) ? encodeURI(value) : value);
  }
  return fields;
}
