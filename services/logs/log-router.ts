import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LOG_LINES_MAX } from '../../core/log/log-session.ts';
import type { LogIntake, LogReader } from '../../core/ports/logs.ts';
import type { Problems } from '../../core/ports/problems.ts';
import type { LogFilter, LogLine } from '../../core/records/log-line.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../core/time.ts';
import { AppLog, HISTORY_MS, type Tail } from './app-log.ts';
import { Segments } from './segments.ts';
import type { StoredLine } from './stored-line.ts';

/** At most this much history is lost when the platform is killed with SIGKILL. */
const STORE_EVERY_MS = 50;
const STORE_PARALLEL = 4;
const STORE_RETRY_MS = 5 * SECOND_MS;
/** After this long without a new line or a reader, an app's log is kept on disk only. */
const IDLE_MS = 10 * MINUTE_MS;
/** Ids of deleted apps whose last dynos may still log. */
const FORGOTTEN_MAX = 10_000;

export interface TailOptions {
  /** How many lines of history to send first, at most 1,500. */
  readonly lines: number;
  /** Resume: all history after this id, instead of `lines`. */
  readonly afterId?: number;
  readonly onEnd?: () => void;
}

export interface LogRouter extends LogIntake, LogReader {
  history(appId: string, filter: LogFilter, count: number): Promise<readonly StoredLine[]>;
  /** Returns the function that ends the tail. `onLines` is called with history first, then with new lines. */
  tail(
    appId: string,
    filter: LogFilter,
    options: TailOptions,
    onLines: (lines: readonly StoredLine[]) => void,
  ): () => void;
  /** The app was deleted: removes its history, ends its tails and drops what its last dynos still log. */
  forget(appId: string): Promise<void>;
  /** Ends all tails and writes what is not on disk yet. */
  close(): Promise<void>;
}

export interface LogRouterOptions {
  /** Absent: history in memory only. */
  readonly directory?: string;
  readonly now: () => number;
  /** Trouble that users should know of, for example a full disk: reported once until it is over. */
  readonly problems: Problems;
}

export function createLogRouter({ directory, now, problems }: LogRouterOptions): LogRouter {
  const apps = new Map<string, AppLog>();
  const forgotten = new Set<string>();
  const unstored = new Set<AppLog>();
  const failing = new Set<AppLog>();
  const timers = new Set<NodeJS.Timeout>();
  let storing: Promise<void> = Promise.resolve();
  let storeScheduled = false;
  let inTrouble = false;
  let closed = false;

  const directoryOf = (appId: string) => join(directory ?? '', `app-${encodeURIComponent(appId)}`);

  function appLog(appId: string, nowMs: number): AppLog {
    let app = apps.get(appId);
    if (app === undefined) {
      const segments = directory === undefined ? undefined : new Segments(directoryOf(appId), LOG_LINES_MAX);
      app = new AppLog(appId, segments, trouble);
      apps.set(appId, app);
    }
    app.usedAtMs = nowMs;
    return app;
  }

  function trouble(cause: unknown): void {
    if (!inTrouble) problems.report('could not read or write the log history; the newest lines stay in memory', cause);
    inTrouble = true;
  }

  function after(delayMs: number, action: () => void): void {
    const timer = setTimeout(() => {
      timers.delete(timer);
      action();
    }, delayMs);
    timers.add(timer);
  }

  function added(app: AppLog): void {
    app.publish();
    if (app.hasUnstored && !failing.has(app)) {
      unstored.add(app);
      scheduleStore();
    }
  }

  function scheduleStore(): void {
    if (storeScheduled || closed) return;
    storeScheduled = true;
    after(STORE_EVERY_MS, () => {
      storing = storing.then(storeAll);
    });
  }

  async function storeAll(): Promise<void> {
    const queue = [...unstored];
    unstored.clear();
    const worker = async () => {
      for (let app = queue.pop(); app !== undefined; app = queue.pop()) await store(app);
    };
    await Promise.all(Array.from({ length: STORE_PARALLEL }, worker));
    storeScheduled = false;
    if (unstored.size > 0) scheduleStore();
  }

  async function store(app: AppLog): Promise<void> {
    if (apps.get(app.appId) !== app) return;
    try {
      await app.store(now());
      failing.delete(app);
      inTrouble &&= failing.size > 0;
    } catch (error) {
      trouble(error);
      failing.add(app);
      if (closed) return;
      after(STORE_RETRY_MS, () => {
        unstored.add(app);
        scheduleStore();
      });
    }
  }

  /** Keeps unused apps on disk only, and removes histories that have expired completely. */
  async function sweep(): Promise<void> {
    const nowMs = now();
    for (const app of apps.values()) {
      const busy = app.tails.size > 0 || app.hasUnstored || unstored.has(app) || failing.has(app);
      if (!busy && nowMs - app.usedAtMs > IDLE_MS) apps.delete(app.appId);
    }
    if (directory === undefined) return;
    const inUse = new Set([...apps.keys()].map(directoryOf));
    for (const name of await readdir(directory).catch(() => [])) {
      const path = join(directory, name);
      const written = await Promise.all(
        (await readdir(path).catch(() => [])).map(async (file) => (await stat(join(path, file))).mtimeMs),
      );
      if (!inUse.has(path) && Math.max(0, ...written) < nowMs - HISTORY_MS)
        await rm(path, { recursive: true, force: true });
    }
  }
  const sweeper = setInterval(() => {
    sweep().catch((error: unknown) => problems.report('could not remove expired log history', error));
  }, HOUR_MS);
  sweeper.unref();

  return {
    append(lines: readonly LogLine[]): void {
      if (closed) return;
      const nowMs = now();
      let app: AppLog | undefined;
      for (const line of lines) {
        if (forgotten.has(line.appId)) continue;
        if (app?.appId !== line.appId) {
          if (app !== undefined) added(app);
          app = appLog(line.appId, nowMs);
        }
        const wasDropping = app.dropping;
        app.add(line, nowMs);
        if (app.dropping && !wasDropping) {
          const dropping = app;
          after(SECOND_MS, () => {
            dropping.noticeDropped(now());
            added(dropping);
          });
        }
      }
      if (app !== undefined) added(app);
    },

    async history(appId, filter, count) {
      if (forgotten.has(appId)) return [];
      const nowMs = now();
      return appLog(appId, nowMs).newest(Math.min(count, LOG_LINES_MAX), filter, nowMs);
    },

    tail(appId, filter, { lines, afterId, onEnd = () => undefined }, onLines) {
      if (closed || forgotten.has(appId)) {
        queueMicrotask(onEnd);
        return () => undefined;
      }
      const nowMs = now();
      const app = appLog(appId, nowMs);
      const tail: Tail = { filter, onLines, onEnd, live: false };
      app.open(tail, Math.min(lines, LOG_LINES_MAX), afterId, nowMs).catch((error: unknown) => {
        app.tails.delete(tail);
        problems.report('a log tail failed', error);
        onEnd();
      });
      return () => {
        app.tails.delete(tail);
      };
    },

    async forget(appId) {
      const app = apps.get(appId);
      forgotten.add(appId);
      if (forgotten.size > FORGOTTEN_MAX) forgotten.delete(forgotten.values().next().value ?? appId);
      apps.delete(appId);
      app?.end();
      // After a write in progress, which would create the directory again.
      await storing;
      if (directory !== undefined) await rm(directoryOf(appId), { recursive: true, force: true });
    },

    async close() {
      if (closed) return;
      closed = true;
      clearInterval(sweeper);
      for (const timer of timers) clearTimeout(timer);
      for (const app of apps.values()) {
        app.noticeDropped(now());
        app.end();
        if (app.hasUnstored) unstored.add(app);
      }
      storing = storing.then(storeAll);
      await storing;
    },
  };
}
