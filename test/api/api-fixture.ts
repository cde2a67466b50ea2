import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hono } from 'hono';
import { HmacSigner } from '../../adapters/hmac-signer.ts';
import { openLocalBlobs } from '../../adapters/local/blobs.ts';
import { LocalConfigVault } from '../../adapters/local/config-vault.ts';
import { LocalOutputStreams } from '../../adapters/local/output-streams.ts';
import { openSqliteStore } from '../../adapters/local/sqlite-store.ts';
import { systemIds, systemRandom } from '../../adapters/system.ts';
import { createApi } from '../../api/kernel/create-api.ts';
import type { Route } from '../../api/route.ts';
import { routes as allRoutes } from '../../api/routes.ts';
import { mintAuthorization } from '../../core/account/authorization.ts';
import { createAccount } from '../../core/account/create-account.ts';
import type { Platform } from '../../core/platform.ts';
import type { BuildOrder } from '../../core/ports/builder.ts';
import type { Problems } from '../../core/ports/problems.ts';
import type { Store } from '../../core/ports/store.ts';
import type { Actor } from '../../core/records/account.ts';
import type { PublishedEvent } from '../../core/records/domain-event.ts';
import type { LogLine } from '../../core/records/log-line.ts';
import { notingEvents } from '../written-events.ts';
import { problemsOfAnswer } from './published-schema.ts';

export interface RequestOptions {
  readonly token?: string;
  /** Sent as JSON; a string is sent unchanged. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests reach into answers whose shape they assert
  readonly body: any;
}

export interface Principal {
  readonly actor: Actor;
  readonly token: string;
}

/** 2026-01-01T00:00:00Z; moves only when a test says so. */
export const START_MS = 1_767_225_600_000;

export interface ApiFixture {
  readonly platform: Platform;
  readonly api: Hono;
  readonly clock: { nowMs(): number; advance(ms: number): void };
  readonly logLines: LogLine[];
  /** As they were written with what they are about. */
  readonly events: PublishedEvent[];
  readonly nudged: string[];
  /** Apps whose events somebody was asked to publish. */
  readonly toPublish: string[];
  readonly buildOrders: BuildOrder[];
  /** Errors that the API reported to the operator, not to the user. */
  readonly reported: unknown[];
  request(method: string, path: string, options?: RequestOptions): Promise<Answered>;
  /** Makes an account with its own token. */
  principal(email: string, scope?: readonly string[]): Promise<Principal>;
  close(): void;
}

/** The real API with the real embedded store, vault, blobs and streams; what would start processes only records. */
export async function openApiFixture(
  options: { routes?: readonly Route[]; wrapStore?: (store: Store) => Store } = {},
): Promise<ApiFixture> {
  const directory = mkdtempSync(join(tmpdir(), 'dynoform-api-'));
  const store = openSqliteStore(':memory:');
  const signer = new HmacSigner(randomBytes(32));
  const logLines: LogLine[] = [];
  const events: PublishedEvent[] = [];
  const nudged: string[] = [];
  const toPublish: string[] = [];
  const buildOrders: BuildOrder[] = [];
  const reported: unknown[] = [];
  const problems: Problems = { report: (_problem, error) => reported.push(error) };
  let nowMs = START_MS;
  const clock = {
    nowMs: () => nowMs,
    advance: (ms: number) => {
      nowMs += ms;
    },
  };
  const apiUrl = 'http://localhost:5000';
  const platform: Platform = {
    store: notingEvents(options.wrapStore?.(store) ?? store, events),
    vault: new LocalConfigVault(randomBytes(32)),
    blobs: await openLocalBlobs({ directory: join(directory, 'blobs'), apiUrl, signer }),
    outputs: new LocalOutputStreams({ directory: join(directory, 'outputs'), problems }),
    builder: {
      stacks: ['heroku-22', 'heroku-24', 'heroku-26'],
      start: async (order) => {
        buildOrders.push(order);
      },
      cancel: async () => {},
    },
    logs: { append: (lines) => logLines.push(...lines) },
    routes: { publish: () => {}, remove: () => {} },
    eventRequests: { enqueue: (appId) => toPublish.push(appId) },
    passRequests: { enqueue: (appId) => nudged.push(appId) },
    problems,
    signer,
    clock,
    ids: systemIds,
    random: systemRandom,
    urls: {
      api: apiUrl,
      services: apiUrl,
      rendezvousHost: 'localhost:5000',
      webUrl: (name) => `http://${name}.localhost:8080/`,
      gitUrl: (name) => `http://localhost:5000/${name}.git`,
      appsDomain: 'localhost',
      hosts: (name) => [`${name}.localhost`],
    },
  };
  const api = createApi({
    platform,
    routes: options.routes ?? allRoutes,
  });
  return {
    platform,
    api,
    clock,
    logLines,
    events,
    nudged,
    toPublish,
    buildOrders,
    reported,
    request: async (method, path, request) => {
      const answer = await send(api, method, path, request);
      if (options.routes === undefined) mustHaveItsShape(method, path, answer);
      return answer;
    },
    principal: (email, scope) => makePrincipal(platform, email, scope),
    close: () => {
      store.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function send(api: Hono, method: string, path: string, options: RequestOptions = {}): Promise<Answered> {
  const { token, body, headers = {} } = options;
  const response = await api.request(path, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: text === '' || isPlain(response.headers) ? undefined : JSON.parse(text),
  };
}

/** Checks each answer of the API's own routes in every test, whatever else the test asserts. */
function mustHaveItsShape(method: string, path: string, { status, text, headers, body }: Answered): void {
  if (status >= 300 || text === '' || isPlain(headers)) return;
  const problems = problemsOfAnswer(method, path.replace(/\?.*$/, ''), body);
  if (problems.length === 0) return;
  throw new Error(`${method} ${path} answers what Heroku does not: ${JSON.stringify({ problems, body }, null, 2)}`);
}

const isPlain = (headers: Headers) => headers.get('content-type')?.startsWith('text/plain') === true;

async function makePrincipal(platform: Platform, email: string, scope?: readonly string[]): Promise<Principal> {
  const account = await createAccount(platform, email);
  if (!account.ok) throw new Error(account.error.message);
  const actor: Actor = { accountId: account.value.id, email: account.value.email };
  const minted = await mintAuthorization(platform, actor, scope === undefined ? {} : { scope });
  if (!minted.ok) throw new Error(minted.error.message);
  return { actor: { ...actor, scope: minted.value.authorization.scope }, token: minted.value.token };
}
