import { randomUUID } from 'node:crypto';
import { ANSWER_MS_MAX, readAnswer, send } from './send.ts';
import type { App, Build, Release, Source, SourceBlob } from './shapes.ts';

/** The platform's public API, called with the user's own token: it grants nothing more. */
export class PlatformClient {
  readonly #apiUrl: string;
  readonly #token: string;
  readonly #answerMs: number;

  constructor(apiUrl: string, token: string, answerMs = ANSWER_MS_MAX) {
    this.#apiUrl = apiUrl;
    this.#token = token;
    this.#answerMs = answerMs;
  }

  app(name: string): Promise<App> {
    return this.call('GET', `/apps/${name}`);
  }

  createApp(name: string): Promise<App> {
    return this.call('POST', '/apps', { name });
  }

  createSource(appName: string): Promise<Source> {
    return this.call('POST', `/apps/${appName}/sources`, {});
  }

  createBuild(appName: string, source: SourceBlob): Promise<Build> {
    return this.call('POST', `/apps/${appName}/builds`, { source_blob: source });
  }

  build(appName: string, id: string): Promise<Build> {
    return this.call('GET', `/apps/${appName}/builds/${id}`);
  }

  release(appName: string, id: string): Promise<Release> {
    return this.call('GET', `/apps/${appName}/releases/${id}`);
  }

  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const response = await send(new URL(`${this.#apiUrl}${path}`), method, {
      headers: {
        Accept: 'application/vnd.heroku+json; version=3',
        Authorization: `Bearer ${this.#token}`,
        // The platform answers a repeated POST with the result of the first.
        'Request-Id': randomUUID(),
        ...(payload === undefined
          ? {}
          : { 'Content-Type': 'application/json', 'Content-Length': String(Buffer.byteLength(payload)) }),
      },
      answerMs: this.#answerMs,
      write: async (request) => void request.end(payload),
    });
    return JSON.parse(await readAnswer(`${method} ${path}`, response)) as T;
  }
}
