/**
 * What the rules need from the outside world. Each port has one contract suite in `test/contract/`, run against
 * every adapter (`adapters/local/`, `adapters/aws/`).
 */

import type { DomainEvent } from './event/domain-event.ts';
import type { LogFilter, LogLine } from './log/log-line.ts';
import type { AppRoutes } from './route/app-routes.ts';
import type { CronJob } from './scheduler/cron-jobs.ts';

// ---------------------------------------------------------------------------------------------------------- Store

export interface ItemKey {
  /** At most 2,048 bytes. */
  readonly partition: string;
  /** At most 1,024 bytes. */
  readonly sort: string;
}

export interface Item<T = unknown> extends ItemKey {
  /** 1 when first put, +1 at each put. Conditions name the version that was read. */
  readonly version: number;
  readonly value: T;
}

/** `'absent'`: must not exist; a number: must have that version; `'any'`: no condition. */
export type Expectation = 'absent' | 'any' | number;

export interface Due {
  /** A named queue of things that need a look, e.g. `manager`, `build`. */
  readonly queue: string;
  readonly atMs: number;
}

export type Write =
  | {
      readonly kind: 'put';
      readonly key: ItemKey;
      /** JSON value, at most 350 KiB serialized (DynamoDB's item limit is 400 KB). */
      readonly value: unknown;
      readonly expect: Expectation;
      /** Absent: the item leaves whatever due queue it was in. */
      readonly due?: Due;
      /** The item may vanish after this time; readers must not rely on the exact moment. */
      readonly expiresAtMs?: number;
    }
  | { readonly kind: 'delete'; readonly key: ItemKey; readonly expect: Expectation }
  | { readonly kind: 'check'; readonly key: ItemKey; readonly expect: Expectation };

export interface ListQuery {
  readonly partition: string;
  /** Only sort keys that start with this. */
  readonly prefix: string;
  /** Continue behind this sort key (exclusive, in the direction of `order`). */
  readonly after?: string;
  readonly limit?: number;
  readonly order?: 'asc' | 'desc';
}

/** Writes of one transaction: DynamoDB's limit. */
export const TRANSACTION_WRITES_MAX = 100;
/** Serialized values of one transaction: DynamoDB takes 4 MB with keys and names. */
export const TRANSACTION_BYTES_MAX = 3_500_000;

export interface Store {
  /** Strongly consistent. */
  get<T>(key: ItemKey): Promise<Item<T> | undefined>;
  /** Strongly consistent, ordered by sort key (bytes). Returns everything up to `limit`. */
  list<T>(query: ListQuery): Promise<readonly Item<T>[]>;
  /**
   * All or nothing. A key may appear once. `conflicts` are the indexes of writes whose expectation failed;
   * nothing was written then.
   */
  transact(
    writes: readonly Write[],
  ): Promise<{ readonly ok: true } | { readonly ok: false; readonly conflicts: readonly number[] }>;
  /** Items whose due time is at or before `beforeMs`, soonest first. Eventually consistent: a hint, re-read before acting. */
  due<T>(queue: string, beforeMs: number, limit: number): Promise<readonly Item<T>[]>;
}

// ----------------------------------------------------------------------------------------------------- DynoRuntime

export interface DynoSpec {
  readonly appId: string;
  readonly appName: string;
  readonly dynoId: string;
  /** `web.1`; becomes `DYNO`. */
  readonly name: string;
  readonly type: string;
  /** Part of the idempotency token: the same dyno and attempt never makes two tasks. */
  readonly attempt: number;
  readonly slug: { readonly id: string; readonly blobKey: string; readonly checksum: string };
  /** Run by bash in `/app` (the dyno's own directory when embedded). */
  readonly command: string;
  /** Config vars of the dyno's release; opened at the last moment, never logged. */
  readonly config: { readonly version: number; open(): Promise<Readonly<Record<string, string>>> };
  /** Platform variables and a one-off's own `env`; wins over config vars. `PORT`, `DYNO`, `HOME` are the runtime's. */
  readonly environment: Readonly<Record<string, string>>;
  readonly size: { readonly name: string; readonly memoryMiB: number; readonly processLimit: number };
  /** Wait for a client before the process starts (attached one-off). */
  readonly attach?: { readonly terminal: boolean; readonly columns: number; readonly rows: number };
  /** Copies each output line here besides the log (release phase); absent: log only. */
  readonly outputStreamId?: string;
  /** False for an attached one-off: its output goes to the client only. */
  readonly logged: boolean;
}

export type StartResult =
  | { readonly ok: true; readonly taskRef: string }
  /**
   * `retry: false` means that another attempt with the same spec cannot succeed; `unanswered`, that this says nothing of
   * an earlier request for the same attempt: it may have been accepted.
   */
  | { readonly ok: false; readonly reason: string; readonly retry: boolean; readonly unanswered?: true };

export type TaskState = 'pending' | 'awaiting-client' | 'running' | 'stopped';

export interface TaskExit {
  /** Exit code, or 128 + signal. */
  readonly status: number;
  /** `no-room`: accepted, and in the end no machine was found for it; nothing of it ever ran. */
  readonly reason: 'exited' | 'attach-timeout' | 'out-of-memory' | 'start-failed' | 'no-room' | 'lost';
  readonly detail?: string;
}

export interface TaskObservation {
  readonly taskRef: string;
  readonly appId: string;
  readonly dynoId: string;
  readonly attempt: number;
  /** Grows with each change of this task. */
  readonly version: number;
  readonly state: TaskState;
  /** A listener was seen on `$PORT` at `address`. Only web dynos are probed. */
  readonly listening: boolean;
  readonly address?: { readonly host: string; readonly port: number };
  /** When the process was launched. */
  readonly launchedAtMs?: number;
  readonly stoppedAtMs?: number;
  /** SIGTERM was sent, the grace is over, SIGKILL followed. */
  readonly graceExpired: boolean;
  /** An attached client left and SIGHUP was sent this many times so far. */
  readonly hangUps: number;
  /** The machine under it is to go (`lost`: it cannot be reached any more); the dyno is moved, and that is no crash. */
  readonly hostFault?: HostFault;
  readonly exit?: TaskExit;
}

export type HostFault = 'draining' | 'spot-notice' | 'retiring' | 'lost';

export interface Observations {
  /** False: some tasks could not be read, so absence proves nothing and nothing may be stopped because of it. */
  readonly complete: boolean;
  readonly tasks: readonly TaskObservation[];
  /** When they were made, if not just now: old ones prove no absence either. */
  readonly takenAtMs?: number;
}

export type RuntimeEvent =
  /** Something about this app's tasks changed: observe it. May repeat, may be lost. */
  | { readonly kind: 'task'; readonly appId: string; readonly dynoId: string }
  /** About every 20 s per running dyno. */
  | { readonly kind: 'memory'; readonly appId: string; readonly dynoId: string; readonly usedMiB: number };

export interface DynoRuntime {
  /** Returns when the task is accepted, before it runs. Idempotent per (dynoId, attempt): a repeat answers the same `taskRef`. */
  start(spec: DynoSpec): Promise<StartResult>;
  /**
   * SIGTERM to every process, SIGKILL after the grace; `graceSeconds: 0` kills at once. Returns when the request is
   * accepted. Idempotent; a shorter grace than a running one wins. Unknown tasks are fine.
   */
  stop(taskRef: string, graceSeconds: number): Promise<void>;
  /** All tasks of the app that live, and those that stopped within the last 10 minutes. */
  observe(appId: string): Promise<Observations>;
  onEvent(listener: (event: RuntimeEvent) => void): void;
}

// ------------------------------------------------------------------------------------------------ the smaller ports

export interface Nudges {
  /** Look at this app now, or after the delay. Coalesces; handlers of one app never overlap. */
  nudge(appId: string, delayMs?: number): void;
  /** The one consumer. A rejected promise means: try again with back-off. */
  handle(handler: (appId: string) => Promise<void>): void;
}

export interface BuildOrder {
  readonly appId: string;
  readonly appName: string;
  readonly buildId: string;
  readonly stack: string;
  /** Where the gzip'ed source tarball is: one of our own blobs, or a public URL. */
  readonly source: { readonly blobKey: string } | { readonly url: string };
  readonly checksum?: string;
  readonly sourceVersion?: string;
  /** Empty: detect. Names (`heroku/nodejs`), paths or git URLs. */
  readonly buildpacks: readonly string[];
  readonly config: Readonly<Record<string, string>>;
  readonly outputStreamId: string;
  /** Epoch milliseconds after which the build is ended as failed. */
  readonly deadlineMs: number;
}

export type BuildOutcome =
  | {
      readonly status: 'succeeded';
      readonly slug: {
        readonly blobKey: string;
        readonly sizeBytes: number;
        readonly checksum: string;
        readonly processTypes: Readonly<Record<string, string>>;
        /** Framework name from `bin/detect`, e.g. `Node.js`. */
        readonly buildpackDescription: string;
        readonly buildpacks: readonly string[];
        /** The `cron` list of the source's `app.json`; absent: none. Checked again by whoever handles the outcome. */
        readonly cron?: readonly CronJob[];
      };
    }
  | { readonly status: 'failed'; readonly message: string };

export interface Builder {
  /** Returns when the order is accepted. One build per app runs at a time, later ones wait. The output stream stays open: whoever handles the outcome ends it. */
  start(order: BuildOrder): Promise<void>;
  /** Idempotent; the outcome is then `failed`. */
  cancel(buildId: string): Promise<void>;
  onOutcome(listener: (appId: string, buildId: string, outcome: BuildOutcome) => Promise<void>): void;
}

/** Append-only byte streams that many may read while they grow: build and release output. */
export interface OutputStreams {
  append(streamId: string, text: string): void;
  /** No more will come; waits until all of it is durable. Idempotent. */
  end(streamId: string): Promise<void>;
  /** Undefined when nothing was ever appended. Ends when the stream has ended; `offset` in bytes. */
  read(streamId: string, offset: number, signal: AbortSignal): AsyncIterable<Uint8Array> | undefined;
  remove(streamId: string): Promise<void>;
}

export interface Blobs {
  put(
    key: string,
    content: AsyncIterable<Uint8Array>,
    maxBytes: number,
  ): Promise<{ readonly sizeBytes: number; readonly sha256: string }>;
  /** Undefined: no such blob. */
  get(key: string): Promise<AsyncIterable<Uint8Array> | undefined>;
  size(key: string): Promise<number | undefined>;
  remove(key: string): Promise<void>;
  /** A URL that carries its own permission for one key, one method, until `expiresAtMs`. */
  signedUrl(method: 'GET' | 'PUT', key: string, expiresAtMs: number): Promise<string>;
  /**
   * Which blob one of our own `GET` URLs gives; no key: expired, changed, or of another method. Undefined: none of ours.
   * Not by asking: whoever fetched such a URL would have the platform's own rights.
   */
  keyOfUrl(url: string, nowMs: number): Promise<{ readonly key: string | undefined } | undefined>;
}

export interface ConfigVault {
  /** `context` binds the ciphertext to its place: opening it elsewhere fails. */
  seal(plain: Readonly<Record<string, string>>, context: string): Promise<string>;
  open(sealed: string, context: string): Promise<Readonly<Record<string, string>>>;
}

export interface LogIntake {
  /** Never blocks, never throws; a full intake drops and says so in the log. */
  append(lines: readonly LogLine[]): void;
}

/** What a log session reads. Ids grow by one per line of an app, so a reader can resume. */
export interface LogReader {
  /** The newest `count` lines that match, oldest first. */
  history(appId: string, filter: LogFilter, count: number): Promise<readonly LogLine[]>;
}

/** For whoever wants to know; who must know reads the API. */
export interface Events {
  /**
   * Once it is true in the store. Never blocks, never throws. A crash in between loses an event, a repeat after a lost
   * answer may bring it twice, and events of different calls may overtake each other.
   */
  publish(events: readonly DomainEvent[]): void;
}

export interface RouteFeed {
  publish(routes: AppRoutes): void;
  remove(appId: string): void;
}

export interface DnsRecord {
  readonly name: string;
  readonly type: 'CNAME';
  readonly value: string;
}

export interface IssuedCertificate {
  readonly issuer: string;
  readonly subject: string;
  readonly startsAtMs: number;
  readonly expiresAtMs: number;
}

export type CertificateRequest =
  | { readonly ok: true; readonly reference: string }
  /** `retry: false`: the same request cannot succeed. The reason is for the domain's owner. */
  | { readonly ok: false; readonly reason: string; readonly retry: boolean };

export type CertificateDescription =
  /** `validated`: the issuer has seen the record. Absent record: not known yet, or none is needed. */
  | { readonly state: 'pending'; readonly record?: DnsRecord; readonly validated: boolean }
  /** `renewal`: the record that the issuer misses, without which it cannot renew. */
  | { readonly state: 'issued'; readonly certificate: IssuedCertificate; readonly renewal?: DnsRecord }
  | { readonly state: 'failed'; readonly reason: string }
  | { readonly state: 'absent' };

/** Issues one certificate per custom domain, and serves it where visitors connect. Throws when it cannot be reached. */
export interface Certificates {
  /** Returns before the certificate is issued. Idempotent per `certificateId`, for an hour at least: a repeat answers the same reference. */
  request(order: { readonly certificateId: string; readonly hostname: string }): Promise<CertificateRequest>;
  describe(reference: string): Promise<CertificateDescription>;
  /** Visitors of its domain get this certificate, as it is now: also after a renewal. Idempotent. */
  attach(reference: string): Promise<{ readonly ok: true } | { readonly ok: false; readonly reason: string }>;
  /** Idempotent, also for what nobody knows. */
  detach(reference: string): Promise<void>;
  /** Idempotent. False: the edge has not let go of it yet. */
  remove(reference: string): Promise<boolean>;
}

/** Signs what we hand out in URLs. */
export interface Signer {
  /** URL-safe text that `verify` accepts until `expiresAtMs`. `purpose` keeps one kind of URL from serving as another. */
  sign(purpose: string, payload: string, expiresAtMs: number): string;
  /** The payload, or undefined when forged, expired or for another purpose. Constant-time compare. */
  verify(purpose: string, token: string, nowMs: number): string | undefined;
}

export interface Clock {
  nowMs(): number;
}

export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
}

export interface Ids {
  uuid(): string;
  /** `bytes` random bytes as hexadecimal. */
  secret(bytes: number): string;
  sha256(text: string): string;
}
