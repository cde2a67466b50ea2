import { renderFailure } from '../../api/kernel/render.ts';
import { LightResponse } from './light-http.ts';

/** Payload format 2.0. All answers of the API are text. */
export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly isBase64Encoded: false;
}

/** Lambda's limit for the answer of a synchronous invocation is 6 MB as JSON; some room is left for the envelope. */
const ANSWER_BYTES_MAX = 6 * 1024 * 1024 - 64 * 1024;
/** The most bytes per character: the API writes ASCII, in which JSON escapes quotes and backslashes. */
const BYTES_PER_CHARACTER_MAX = 2;

export async function writeAnswer(response: Response | LightResponse): Promise<HttpAnswer> {
  const { status, headers, body } =
    response instanceof LightResponse
      ? { ...response, body: response.body ?? '' }
      : { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() };
  if (!fits(body)) return refusal(headers);
  return { statusCode: status, headers, body, isBase64Encoded: false };
}

function fits(body: string): boolean {
  if (body.length * BYTES_PER_CHARACTER_MAX <= ANSWER_BYTES_MAX) return true;
  return Buffer.byteLength(JSON.stringify(body)) <= ANSWER_BYTES_MAX;
}

/** Without it Lambda would fail, and API Gateway would answer only "Internal Server Error". */
function refusal(headers: Readonly<Record<string, string>>): HttpAnswer {
  const { status, body } = renderFailure({
    id: 'requested_range_not_satisfiable',
    message: 'This answer is larger than AWS Lambda can give (6 MB). Ask for fewer at a time: `Range: id ..; max=100`.',
  });
  const kept = Object.entries(headers).filter(
    ([name]) => !/^(etag|content-range|next-range|content-length)$/i.test(name),
  );
  return { statusCode: status, headers: Object.fromEntries(kept), body, isBase64Encoded: false };
}
