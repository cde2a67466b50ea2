import type { core, ZodType } from 'zod';
import { type Failure, invalid, notSupported } from '../../core/failure.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { isUnsupported } from './unsupported.ts';

/** Far above what any route needs; the largest is 64 KB of config vars. */
export const BODY_BYTES_MAX = 1024 * 1024;

const tooLarge: Failure = {
  id: 'payload_too_large',
  message: `The request body is larger than ${BODY_BYTES_MAX} bytes. Upload sources and slugs to the URLs that the API hands out for them.`,
};

/** Returns the body as text, or a refusal as soon as it is too large: never holds more than the limit. */
export async function readBody(request: Request): Promise<Result<string, Failure>> {
  if (Number(request.headers.get('content-length') ?? 0) > BODY_BYTES_MAX) return err(tooLarge);
  if (request.body === null) return ok('');
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const reader = request.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes += value.byteLength;
    if (bytes > BODY_BYTES_MAX) {
      await reader.cancel();
      return err(tooLarge);
    }
    chunks.push(value);
  }
  try {
    return ok(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)));
  } catch {
    return err({ id: 'bad_request', message: 'The request body is not valid UTF-8.' });
  }
}

/** No body counts as `{}`: the official CLI sends none when every field is optional. */
export function parseBody<Body>(text: string, schema: ZodType<Body>): Result<Body, Failure> {
  let json: unknown;
  try {
    json = text.trim() === '' ? {} : JSON.parse(text);
  } catch {
    return err({ id: 'bad_request', message: 'Unable to parse the JSON in the request body.' });
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return ok(parsed.data);
  // There is at least one issue, or parsing would have succeeded.
  const issue = parsed.error.issues[0] as core.$ZodIssue;
  const { path, message } = issue;
  const field = path.map(String).join('.').slice(0, 200);
  // zod's messages name types and limits, never the value itself, which may be a secret.
  const reason = message.replace(/^Invalid input: /, '').replace(/\.$/, '');
  if (isUnsupported(issue)) return err(notSupported(`\`${field}\``));
  if (field === '') return err(invalid(`Invalid request body: ${reason}.`));
  if (reason.endsWith('received undefined')) return err(invalid(`Missing required field \`${field}\`.`));
  return err(invalid(`Invalid value for \`${field}\`: ${reason}.`));
}
