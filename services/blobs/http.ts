import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { BlobStorageFull, BlobTooLarge } from '../../core/build/blob-error.ts';
import type { Blobs } from '../../core/ports/blobs.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Signer } from '../../core/ports/signer.ts';

/** How long the rest of a refused upload is read, so that the client can read the answer. */
const LINGER_MS = 2_000;

export interface BlobsHandlerOptions {
  readonly blobs: Blobs;
  readonly signer: Signer;
  readonly clock: Clock;
  /** Of one upload. */
  readonly maxBytes: number;
}

/** Serves `/blobs/<token>`: the token alone grants one method on one key until it expires. */
export function blobsHandler(
  options: BlobsHandlerOptions,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    const token = /^\/blobs\/([^/?]+)(?:\?|$)/.exec(request.url ?? '')?.[1];
    const { method } = request;
    if (token === undefined || (method !== 'GET' && method !== 'PUT')) {
      return refuse(response, 404, 'not_found', 'There is nothing here.');
    }
    const key = options.signer.verify(`blob-${method}`, token, options.clock.nowMs());
    if (key === undefined) {
      await refuseUpload(request, response, 403, 'forbidden', 'The URL is not valid for this method or has expired.');
    } else if (method === 'GET') await download(options, key, response);
    else await upload(options, key, request, response);
  };
}

async function download({ blobs }: BlobsHandlerOptions, key: string, response: ServerResponse): Promise<void> {
  const [size, content] = await Promise.all([blobs.size(key), blobs.get(key)]);
  if (size === undefined || content === undefined) {
    return refuse(response, 404, 'not_found', 'Nothing was uploaded to this URL.');
  }
  response.writeHead(200, {
    'content-type': 'application/octet-stream',
    'content-length': size,
    'x-content-type-options': 'nosniff',
  });
  try {
    await pipeline(content, response);
  } catch {
    // The client left, or the file broke: the length was announced, so the closed connection tells the client.
  }
}

async function upload(
  { blobs, maxBytes }: BlobsHandlerOptions,
  key: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const tooLarge = `The upload is larger than ${maxBytes} bytes.`;
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) {
    return refuseUpload(request, response, 413, 'payload_too_large', tooLarge);
  }
  try {
    // Keeps the request open when the size limit ends the reading: the answer must still be sent.
    await blobs.put(key, request.iterator({ destroyOnReturn: false }), maxBytes);
    response.writeHead(200, { 'content-length': 0 }).end();
  } catch (error) {
    if (error instanceof BlobTooLarge) {
      await refuseUpload(request, response, 413, 'payload_too_large', tooLarge);
    } else if (error instanceof BlobStorageFull) {
      await refuseUpload(request, response, 507, 'internal_server_error', 'The disk of the platform is full.');
    } else if (!request.destroyed || request.readableEnded) throw error;
    // Otherwise the client left in the middle: no answer is possible.
  }
}

/** Answers before the body was read. Closing at once would reset the connection, and the client would lose the answer. */
async function refuseUpload(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  id: string,
  message: string,
): Promise<void> {
  const body = JSON.stringify({ id, message });
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  });
  response.write(body);
  if (!request.complete) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, LINGER_MS);
      request.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
      request.resume();
    });
  }
  response.end();
}

function refuse(response: ServerResponse, status: number, id: string, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ id, message }));
}
