import http from 'node:http';
import https from 'node:https';
import { text } from 'node:stream/consumers';

/** Until the answer begins: a stream may then be silent for as long as a build is. */
export const ANSWER_MS_MAX = 60_000;

/** An answer of the platform that is not a success. */
export class PlatformRefusal extends Error {
  readonly status: number;
  /** The platform's own message, which may be shown to users. */
  readonly explanation: string;

  constructor(request: string, status: number, explanation: string) {
    super(`${request}: ${status} ${explanation}`);
    this.name = 'PlatformRefusal';
    this.status = status;
    this.explanation = explanation;
  }
}

export interface Sending {
  readonly headers: Readonly<Record<string, string>>;
  readonly answerMs: number;
  readonly write: (request: http.ClientRequest) => Promise<void>;
}

/** node:http, not fetch: fetch gives up a silent stream after five minutes and cannot send a known length. */
export function send(url: URL, method: string, sending: Sending): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { request: open } = url.protocol === 'https:' ? https : http;
    const request = open(url, { method, headers: sending.headers });
    let timer: NodeJS.Timeout | undefined;
    let isAnswered = false;
    request.once('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      // The server closed an idle connection just when it was reused: nothing was processed.
      if (request.reusedSocket && error.code === 'ECONNRESET') resolve(send(url, method, sending));
      else reject(error);
    });
    request.once('response', (response) => {
      isAnswered = true;
      clearTimeout(timer);
      resolve(response);
    });
    sending.write(request).then(() => {
      // A refusal may arrive before the last byte was sent.
      if (isAnswered) return;
      timer = setTimeout(() => request.destroy(new Error('The platform did not answer in time.')), sending.answerMs);
      request.once('close', () => clearTimeout(timer));
    }, reject);
  });
}

/** Reads the text of a success; `request` names the request in the refusal. */
export async function readAnswer(request: string, response: http.IncomingMessage): Promise<string> {
  const answer = await text(response);
  const status = response.statusCode ?? 0;
  if (status > 299) throw new PlatformRefusal(request, status, explanationIn(answer, status));
  return answer;
}

function explanationIn(answer: string, status: number): string {
  try {
    const { message } = JSON.parse(answer) as { message?: unknown };
    if (typeof message === 'string') return message;
  } catch {
    // Not the platform's own answer, perhaps a proxy's page.
  }
  return `The platform answered ${status}.`;
}
