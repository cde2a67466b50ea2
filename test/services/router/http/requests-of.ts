import { type BodyFraming, ChunkedBody, LengthBody } from '../../../../services/router/http/chunked-body.ts';
import { HeadReader } from '../../../../services/router/http/head-reader.ts';
import { parseRequestHead, REQUEST_LIMITS } from '../../../../services/router/http/request-head.ts';

export type Seen =
  | { readonly method: string; readonly target: string; readonly host: string; readonly body: string }
  | 'refused'
  | 'unfinished';

/** The requests that the router's parts read from a client's bytes in these pieces. Bodies without their coding. */
export function requestsOf(pieces: readonly Buffer[]): Seen[] {
  const seen: Seen[] = [];
  const reader = new HeadReader(REQUEST_LIMITS);
  let open: { method: string; target: string; host: string; body: string } | undefined;
  let framing: BodyFraming | undefined;

  for (const piece of pieces) {
    let rest: Buffer | undefined = piece;
    while (rest !== undefined && rest.length > 0) {
      if (open === undefined) {
        const text = reader.push(rest);
        if (text === undefined) break;
        rest = reader.rest;
        const head = parseRequestHead(text);
        if (!head.valid) return [...seen, 'refused'];
        const current = { method: head.method, target: head.target, host: head.host, body: '' };
        const onPayload = (payload: Buffer): void => {
          current.body += payload.toString('latin1');
        };
        open = current;
        framing =
          head.body === 'chunked' ? new ChunkedBody(onPayload) : new LengthBody(Math.max(0, head.contentLength));
      } else if (framing !== undefined) {
        const end = framing.feed(rest, 0);
        if (framing instanceof LengthBody) open.body += rest.toString('latin1', 0, end);
        if (framing.bad) return [...seen, 'refused'];
        rest = rest.subarray(end);
      }
      if (open !== undefined && framing?.done) {
        seen.push(open);
        open = undefined;
      }
    }
  }
  return open !== undefined || reader.started ? [...seen, 'unfinished'] : seen;
}

export function bytes(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

/** Splits after each of these offsets. */
export function pieces(whole: Buffer, cuts: readonly number[]): Buffer[] {
  const offsets = [...new Set(cuts.map((cut) => cut % (whole.length + 1)))].sort((a, b) => a - b);
  return [...offsets, whole.length].map((end, index) => whole.subarray(offsets[index - 1] ?? 0, end));
}
