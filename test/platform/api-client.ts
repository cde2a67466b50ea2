import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Build, Dyno, LogSession, Source } from '../../client/shapes.ts';
import type { PlatformProcess } from './platform-process.ts';
import { until } from './until.ts';

/** Plain HTTP like `curl`, not client/, which keeps connections: survives restarts of the platform. */
export class ApiClient {
  readonly #platform: PlatformProcess;

  constructor(platform: PlatformProcess) {
    this.#platform = platform;
  }

  async call<T>(method: string, route: string, body?: unknown): Promise<T> {
    const response = await this.request(method, route, body);
    if (response.status >= 300) throw new Error(`${method} ${route}: ${response.status} ${response.text}`);
    return JSON.parse(response.text) as T;
  }

  async request(method: string, route: string, body?: unknown): Promise<{ status: number; text: string }> {
    const response = await fetch(`http://localhost:${this.#platform.apiPort}${route}`, {
      method,
      headers: {
        Accept: 'application/vnd.heroku+json; version=3',
        Authorization: `Bearer ${readFileSync(path.join(this.#platform.dataDirectory, 'api-key'), 'utf8').trim()}`,
        'Content-Type': 'application/json',
        // A kept connection would outlive the platform that a test kills.
        Connection: 'close',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, text: await response.text() };
  }

  /** Uploads these files and orders their build. */
  async startBuild(app: string, files: Readonly<Record<string, string>>): Promise<Build> {
    const source = await this.call<Source>('POST', '/sources');
    await fetch(source.source_blob.put_url, { method: 'PUT', body: tarball(files), headers: { Connection: 'close' } });
    return this.call('POST', `/apps/${app}/builds`, { source_blob: { url: source.source_blob.get_url } });
  }

  async deploy(app: string, files: Readonly<Record<string, string>>): Promise<void> {
    const { id } = await this.startBuild(app, files);
    await until(`the build of ${app}`, async () => (await this.build(app, id)).status !== 'pending');
    const build = await this.build(app, id);
    if (build.status !== 'succeeded') throw new Error(await (await fetch(build.output_stream_url)).text());
  }

  build(app: string, id: string): Promise<Build> {
    return this.call('GET', `/apps/${app}/builds/${id}`);
  }

  scale(app: string, quantities: Readonly<Record<string, number>>): Promise<unknown> {
    const updates = Object.entries(quantities).map(([type, quantity]) => ({ type, quantity }));
    return this.call('PATCH', `/apps/${app}/formation`, { updates });
  }

  dynos(app: string): Promise<readonly Dyno[]> {
    return this.call('GET', `/apps/${app}/dynos`);
  }

  async dynosUp(app: string, count: number): Promise<readonly Dyno[]> {
    let dynos: readonly Dyno[] = [];
    await until(`${count} dynos of ${app} up`, async () => {
      dynos = await this.dynos(app);
      return dynos.length === count && dynos.every((dyno) => dyno.state === 'up');
    });
    return dynos;
  }

  async logged(app: string, line: RegExp): Promise<void> {
    await until(`${app} to log ${line}`, async () => line.test(await this.logs(app)));
  }

  async logs(app: string, filter: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const session = await this.call<LogSession>('POST', `/apps/${app}/log-sessions`, {
      lines: 1500,
      ...filter,
    });
    return (await fetch(session.logplex_url, { headers: { Connection: 'close' } })).text();
  }
}

function tarball(files: Readonly<Record<string, string>>): Buffer {
  const directory = mkdtempSync(path.join(tmpdir(), 'dynoform-source-'));
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(directory, name), content);
  const archive = execFileSync('tar', ['-C', directory, '-czf', '-', '.'], { maxBuffer: 64 << 20 });
  rmSync(directory, { recursive: true });
  return archive;
}
