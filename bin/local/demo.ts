import { readdirSync, readFileSync } from 'node:fs';
import { get } from 'node:http';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';
import { err, ok, type Result } from '../../core/result.ts';

const APP = 'hello';

interface Build {
  readonly id: string;
  readonly status: string;
  readonly output_stream_url: string;
}

/** Deploys the example as any client would, through the HTTP API. The value is its address once it answers. */
export async function deployDemo(
  apiUrl: string,
  apiKey: string,
  exampleDirectory: string,
): Promise<Result<string, string>> {
  const call = apiClient(apiUrl, apiKey);
  const app = await call<{ web_url: string }>('POST', '/apps', { name: APP });
  const { source_blob: source } = await call<{ source_blob: { put_url: string; get_url: string } }>('POST', '/sources');
  await fetch(source.put_url, { method: 'PUT', body: await tarball(exampleDirectory) });
  const started = await call<Build>('POST', `/apps/${APP}/builds`, {
    source_blob: { url: source.get_url, version_description: 'The example of the first start' },
  });

  let build = started;
  while (build.status === 'pending') {
    await sleep(50);
    build = await call<Build>('GET', `/apps/${APP}/builds/${started.id}`);
  }
  if (build.status !== 'succeeded') {
    const output = await (await fetch(started.output_stream_url)).text();
    return err(`The example did not build:\n${output}`);
  }
  return (await answers(app.web_url))
    ? ok(app.web_url)
    : err(`${app.web_url} does not answer: see heroku logs -a ${APP}.`);
}

function apiClient(apiUrl: string, apiKey: string) {
  return async <T>(method: string, route: string, body?: unknown): Promise<T> => {
    const response = await fetch(`${apiUrl}${route}`, {
      method,
      headers: {
        Accept: 'application/vnd.heroku+json; version=3',
        Authorization: `Bearer ${apiKey}`,
        'Content-Type': 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${route}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };
}

async function tarball(directory: string): Promise<Buffer> {
  const archive = pack();
  for (const name of readdirSync(directory)) archive.entry({ name }, readFileSync(path.join(directory, name)));
  archive.finalize();
  return buffer(archive.pipe(createGzip()));
}

/** The release phase and the boot come after the build; the example needs about a second for both. */
async function answers(url: string): Promise<boolean> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    if ((await status(new URL(url))) === 200) return true;
    await sleep(50);
  }
  return false;
}

/** Asks by address and names the host: not every resolver knows that *.localhost is this machine. */
function status(url: URL): Promise<number | undefined> {
  return new Promise((resolve) => {
    get({ host: '127.0.0.1', port: url.port, path: '/', headers: { host: url.host }, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', () => resolve(undefined));
  });
}
