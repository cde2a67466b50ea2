import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { HmacSigner } from '../../../adapters/hmac-signer.ts';
import { openLocalBlobs } from '../../../adapters/local/blobs.ts';
import { createLocalBuilder } from '../../../adapters/local/builder/local-builder.ts';
import { LocalConfigVault } from '../../../adapters/local/config-vault.ts';
import { LocalOutputStreams } from '../../../adapters/local/output-streams.ts';
import { openSqliteStore } from '../../../adapters/local/sqlite-store.ts';
import { systemIds, systemRandom } from '../../../adapters/system.ts';
import { createApi } from '../../../api/kernel/create-api.ts';
import { routes } from '../../../api/routes.ts';
import { mintAuthorization } from '../../../core/account/authorization.ts';
import { createAccount } from '../../../core/account/create-account.ts';
import { completeBuild } from '../../../core/build/complete-build.ts';
import type { Platform } from '../../../core/platform.ts';
import type { Problems } from '../../../core/ports/problems.ts';
import { blobsHandler } from '../../../services/blobs/http.ts';
import { createGitHandler } from '../../../services/git/git-handler.ts';
import { isGitPath } from '../../../services/git/git-request.ts';
import { outputsHandler } from '../../../services/outputs/http.ts';

export interface Ran {
  readonly status: number;
  /** Standard output and error together. */
  readonly text: string;
}

export interface SpeakingGit {
  said(): string;
  readonly status: Promise<number | null>;
}

export interface PushPlatform {
  readonly platform: Platform;
  readonly directory: string;
  readonly port: number;
  readonly token: string;
  /** Reports to the operator. */
  readonly reported: string[];
  /** Every request line with its headers, to check what they must not contain. */
  readonly requests: string[];
  api<T>(method: string, path: string, body?: unknown): Promise<T>;
  newToken(email: string): Promise<string>;
  git(directory: string, args: readonly string[], environment?: Record<string, string>): Promise<Ran>;
  /** Runs `git` as typed, with its standard error while it runs. */
  speakingGit(directory: string, args: readonly string[]): SpeakingGit;
  remote(appName: string, token?: string): string;
  /** A work tree with one commit on `main`. */
  repository(files: Readonly<Record<string, string>>): Promise<string>;
  close(): Promise<void>;
}

/** The real API, builder, blobs, streams and git service behind one port; only the deployed code is not run. */
export async function openPushPlatform(): Promise<PushPlatform> {
  const directory = mkdtempSync(join(tmpdir(), 'dynoform-push-'));
  const store = openSqliteStore(':memory:');
  const signer = new HmacSigner(randomBytes(32));
  const reported: string[] = [];
  const requests: string[] = [];
  const problems: Problems = { report: (problem, cause) => reported.push(`${problem} ${String(cause)}`) };
  const server = http.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const apiUrl = `http://127.0.0.1:${port}`;
  const clock = { nowMs: Date.now };
  const blobs = await openLocalBlobs({ directory: join(directory, 'blobs'), apiUrl, signer });
  const outputs = new LocalOutputStreams({ directory: join(directory, 'outputs'), problems });
  const builder = createLocalBuilder({
    dataDirectory: directory,
    blobs,
    outputs,
    shippedBuildpacksDirectory: join(process.cwd(), 'buildpacks'),
    problems,
    now: Date.now,
  });
  const platform: Platform = {
    store,
    vault: new LocalConfigVault(randomBytes(32)),
    blobs,
    outputs,
    builder,
    logs: { append: () => {} },
    routes: { publish: () => {}, remove: () => {} },
    eventRequests: { enqueue: () => {} },
    passRequests: { enqueue: () => {} },
    problems,
    signer,
    clock,
    ids: systemIds,
    random: systemRandom,
    urls: {
      api: apiUrl,
      services: apiUrl,
      rendezvousHost: `127.0.0.1:${port}`,
      webUrl: (name) => `http://${name}.localhost:8080/`,
      gitUrl: (name) => `${apiUrl}/${name}.git`,
      appsDomain: 'localhost',
      hosts: (name) => [`${name}.localhost`],
    },
  };
  builder.onOutcome((appId, buildId, outcome) => completeBuild(platform, appId, buildId, outcome));
  const api = getRequestListener(createApi({ platform, routes }).fetch);
  const git = createGitHandler({ directory: join(directory, 'git'), apiUrl, problems });
  const serveBlobs = blobsHandler({ blobs, signer, clock, maxBytes: 2 ** 30 });
  const serveOutputs = outputsHandler({ outputs, signer, clock });
  server.on('request', (request, response) => {
    const url = request.url ?? '';
    requests.push(`${request.method} ${url} ${JSON.stringify(request.headers)}`);
    if (isGitPath(url.split('?', 1)[0] ?? '')) void git(request, response);
    else if (url.startsWith('/blobs/')) void serveBlobs(request, response);
    else if (url.startsWith('/streams/')) void serveOutputs(request, response);
    else void api(request, response);
  });

  async function newToken(email: string): Promise<string> {
    const account = await createAccount(platform, email);
    if (!account.ok) throw new Error(account.error.message);
    const minted = await mintAuthorization(platform, { accountId: account.value.id, email } as never, {});
    if (!minted.ok) throw new Error(minted.error.message);
    return minted.value.token;
  }

  const token = await newToken('owner@example.com');
  const gitEnvironment = { PATH: process.env.PATH, HOME: directory, LC_ALL: 'C', ...GIT_ENVIRONMENT };
  const speakingGit = (cwd: string, args: readonly string[]): SpeakingGit => {
    const child = spawn('git', args, { cwd, env: gitEnvironment, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += chunk;
    });
    return { said: () => said, status: once(child, 'close').then(([status]) => status) };
  };
  const runGit = (cwd: string, args: readonly string[], environment: Record<string, string> = {}) =>
    new Promise<Ran>((resolve) => {
      const env = { ...gitEnvironment, ...environment };
      execFile('git', [...args], { cwd, env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) =>
        resolve({ status: error === null ? 0 : Number(error.code), text: `${stdout}${stderr}` }),
      );
    });

  return {
    platform,
    directory,
    port,
    token,
    reported,
    requests,
    newToken,
    git: runGit,
    speakingGit,
    remote: (appName, other = token) => `http://heroku:${other}@127.0.0.1:${port}/${appName}.git`,
    async api(method, path, body) {
      const response = await fetch(`${apiUrl}${path}`, {
        method,
        headers: {
          accept: 'application/vnd.heroku+json; version=3',
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return (await response.json()) as never;
    },
    async repository(files) {
      const work = mkdtempSync(join(directory, 'work-'));
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(dirname(join(work, name)), { recursive: true });
        writeFileSync(join(work, name), text);
      }
      await runGit(work, ['init', '--quiet', '--initial-branch=main']);
      await runGit(work, ['add', '--all', '--force']);
      await runGit(work, ['commit', '--quiet', '--message', 'First commit']);
      return work;
    },
    async close() {
      await builder.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      store.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

const GIT_ENVIRONMENT = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_AUTHOR_NAME: 'A',
  GIT_AUTHOR_EMAIL: 'a@example.com',
  GIT_COMMITTER_NAME: 'A',
  GIT_COMMITTER_EMAIL: 'a@example.com',
};
