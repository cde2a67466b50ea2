import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ANSWER_MS_MAX, readAnswer, send } from './send.ts';

/** PUTs to a URL that carries its own permission. Such stores sign the content type too: it must be the empty one. */
export async function upload(url: string, content: Readable, sizeBytes: number): Promise<void> {
  const response = await send(new URL(url), 'PUT', {
    headers: { 'Content-Type': '', 'Content-Length': String(sizeBytes) },
    answerMs: ANSWER_MS_MAX,
    write: (request) => pipeline(content, request),
  });
  // The URL is a permission, so no log may show it.
  await readAnswer('PUT of a source', response);
}

/**
 * Passes on the rest of an output stream from `offset`, without the NUL bytes that the platform sends during silences: they
 * do not count. True: the stream has ended. False: it has not begun.
 */
export async function readOutput(
  url: string,
  offset: number,
  onChunk: (chunk: Buffer) => Promise<void>,
): Promise<boolean> {
  const response = await send(new URL(url), 'GET', {
    headers: { Accept: 'text/plain', ...(offset === 0 ? {} : { Range: `bytes=${offset}-` }) },
    answerMs: ANSWER_MS_MAX,
    write: async (request) => void request.end(),
  });
  let skip = response.statusCode === 200 ? offset : 0;
  if (response.statusCode !== 200 && response.statusCode !== 206) {
    response.resume();
    return false;
  }
  for await (const raw of response as AsyncIterable<Buffer>) {
    const chunk = raw.includes(0) ? raw.filter((byte) => byte !== 0) : raw;
    if (chunk.length > skip) await onChunk(Buffer.from(chunk.subarray(skip)));
    skip = Math.max(0, skip - chunk.length);
  }
  return true;
}
