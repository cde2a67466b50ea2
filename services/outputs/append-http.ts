import type { IncomingMessage, ServerResponse } from 'node:http';
import { StringDecoder } from 'node:string_decoder';
import type { Clock } from '../../core/ports/clock.ts';
import type { OutputStreams } from '../../core/ports/output-streams.ts';
import type { Signer } from '../../core/ports/signer.ts';

/** Grants writing a stream; the URL for reading it does not. */
export const APPEND_PURPOSE = 'output-append';
/** Ends the stream after this request's bytes. */
export const END_HEADER = 'x-dynoform-end';

export interface AppendHttpOptions {
  readonly outputs: OutputStreams;
  readonly signer: Signer;
  readonly clock: Clock;
}

/**
 * `POST /streams/<token>`: appends the body to an output stream as it arrives, for builds and functions. The token names
 * the stream and is the only permission needed. A body may be empty. The answer means that all of it was stored.
 */
export function createAppendHttp({ outputs, signer, clock }: AppendHttpOptions) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const token = /^\/streams\/([^/?]+)(?:\?|$)/.exec(request.url ?? '')?.[1] ?? '';
    const streamId = signer.verify(APPEND_PURPOSE, token, clock.nowMs());
    if (streamId === undefined) {
      const message = 'The URL of this output is not valid or has expired.\n';
      response.writeHead(403, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' }).end(message);
      return;
    }
    // The store limits its length.
    const decoder = new StringDecoder('utf8');
    for await (const chunk of request as AsyncIterable<Buffer>) outputs.append(streamId, decoder.write(chunk));
    outputs.append(streamId, decoder.end());
    if (request.headers[END_HEADER] === '1') await outputs.end(streamId);
    response.writeHead(204).end();
  };
}
