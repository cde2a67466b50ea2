import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Problems } from '../../core/ports/problems.ts';
import type { RouteFeed } from '../../core/ports/route-feed.ts';
import type { AppRoutes } from '../../core/records/app-routes.ts';
import type { LogLine } from '../../core/records/log-line.ts';
import { Acknowledgements } from './acknowledgements.ts';
import type { ServerCertificate } from './certificate-table.ts';
import type { FromRouter, ToRouter } from './messages.ts';
import type { TrafficMessage } from './traffic.ts';

/** After a crash: at once, then more slowly, so that a router that cannot start does not keep a core busy. */
const RESTART_DELAYS_MS: readonly number[] = [0, 100, 500, 1_000, 2_000, 5_000];
/** A router that has run this long starts over at the first delay. */
const HEALTHY_MS = 30_000;
/** After the grace: a process that has not ended by then is killed. */
const CLOSE_MARGIN_MS = 2_000;

export interface RouterProcessOptions {
  readonly host: string;
  /** 0: any free port, and the same one after a restart. */
  readonly port: number;
  /** TLS on its own port; `fallback` is for server names without a certificate. Absent: no TLS. */
  readonly tls?: { readonly port: number; readonly fallback: ServerCertificate };
  /** CIDR blocks of the load balancer that clients come through; absent: they connect to the router. */
  readonly trustedProxies?: readonly string[];
  /** Connections wait for `open`; absent: whoever sends clients here waits for the routes. */
  readonly held?: true;
  /** The router's process bundled into one file; absent: it is bundled now. */
  readonly code?: Uint8Array;
  readonly onLogLines: (lines: readonly LogLine[]) => void;
  /** Requests for apps that may sleep, and for apps that do. */
  readonly onTraffic?: (message: TrafficMessage) => void;
  /** For the operator: crashes, restarts, lost log lines. */
  readonly problems: Problems;
}

export interface RouterProcess {
  readonly feed: RouteFeed;
  readonly port: number;
  readonly tlsPort: number | undefined;
  readonly certificates: RouterCertificates;
  /** Of the current process; undefined while it is being restarted. */
  readonly pid: () => number | undefined;
  /** All routes are published: connections that waited for them go on. */
  open(): void;
  /** Resolves when requests use everything that was published before. */
  settled(): Promise<void>;
  /** Current requests have this long. */
  close(graceMs: number): Promise<void>;
}

/** By server name; `*.example.com` stands for the names one level below. New connections use the new one. */
export interface RouterCertificates {
  set(hostname: string, certificate: ServerCertificate): void;
  remove(hostname: string): void;
}

/** The router could not listen; `code` is the system's, e.g. `EADDRINUSE`. */
export class RouterListenError extends Error {
  readonly code: string;
  readonly host: string;
  readonly port: number;

  constructor(code: string, host: string, port: number, detail: string) {
    super(code === 'EADDRINUSE' ? `Port ${port} on ${host} is in use by another program.` : detail);
    this.name = 'RouterListenError';
    this.code = code;
    this.host = host;
    this.port = port;
  }
}

/** Runs the router in its own process, restarts it, and sends it the routes again after a crash. */
export async function startRouterProcess(options: RouterProcessOptions): Promise<RouterProcess> {
  const supervisor = new Supervisor(options, options.code ?? (await bundle()));
  const { port, tlsPort } = await supervisor.start();
  return {
    tlsPort,
    certificates: {
      set: (hostname, certificate) => supervisor.setCertificate(hostname, certificate),
      remove: (hostname) => supervisor.removeCertificate(hostname),
    },
    feed: {
      publish: (routes) => supervisor.publish(routes),
      remove: (appId) => supervisor.remove(appId),
    },
    port,
    pid: () => supervisor.pid(),
    open: () => supervisor.open(),
    settled: () => supervisor.settled(),
    close: (graceMs) => supervisor.close(graceMs),
  };
}

/** One file, made in about 30 ms: loading each module through a TypeScript loader takes several times as long at every restart. */
async function bundle(): Promise<Uint8Array> {
  const { buildSync } = await import('esbuild');
  // The asynchronous form would leave a compiler process running as long as the platform does.
  const result = buildSync({
    entryPoints: [fileURLToPath(new URL('./process.ts', import.meta.url))],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    write: false,
    logLevel: 'silent',
  });
  const [file] = result.outputFiles;
  if (file === undefined) throw new Error('esbuild made no bundle of the router');
  return file.contents;
}

class Supervisor {
  readonly #options: RouterProcessOptions;
  readonly #code: Uint8Array;
  readonly #table = new Map<string, AppRoutes>();
  readonly #certificates = new Map<string, ServerCertificate>();
  readonly #changed = new Set<string>();
  readonly #acknowledgements = new Acknowledgements();
  #child: ChildProcess | undefined;
  #listening = false;
  #closing = false;
  #port: number;
  #tlsPort: number | undefined;
  #held: boolean;
  #failures = 0;
  #startedMs = 0;
  #scheduled = false;
  #restart: NodeJS.Timeout | undefined;

  constructor(options: RouterProcessOptions, code: Uint8Array) {
    this.#options = options;
    this.#code = code;
    this.#port = options.port;
    this.#tlsPort = options.tls?.port;
    this.#held = options.held === true;
  }

  /** Resolves with the ports once they accept connections. */
  start(): Promise<{ readonly port: number; readonly tlsPort: number | undefined }> {
    return new Promise((resolve, reject) => {
      this.#spawn(
        (message) => {
          if (message.kind === 'listening') {
            resolve({ port: message.port, tlsPort: message.tlsPort });
          } else {
            this.#closing = true;
            this.#child?.disconnect();
            reject(new RouterListenError(message.code, this.#options.host, message.port, message.message));
          }
        },
        (error) => {
          this.#closing = true;
          reject(error);
        },
      );
    });
  }

  pid(): number | undefined {
    return this.#listening ? this.#child?.pid : undefined;
  }

  publish(routes: AppRoutes): void {
    const known = this.#table.get(routes.appId);
    if (known !== undefined && known.version > routes.version) return;
    this.#table.set(routes.appId, routes);
    this.#markChanged(routes.appId);
  }

  remove(appId: string): void {
    if (this.#table.delete(appId)) this.#markChanged(appId);
  }

  setCertificate(hostname: string, certificate: ServerCertificate): void {
    this.#certificates.set(hostname, certificate);
    this.#tell({ kind: 'certificate', hostname, certificate });
  }

  removeCertificate(hostname: string): void {
    this.#certificates.delete(hostname);
    this.#tell({ kind: 'no-certificate', hostname });
  }

  open(): void {
    this.#held = false;
    this.#flush();
    this.#tell({ kind: 'open' });
  }

  settled(): Promise<void> {
    const { number, taken } = this.#acknowledgements.ask();
    if (this.#closing) this.#acknowledgements.all();
    else if (this.#listening) {
      this.#flush();
      this.#tell({ kind: 'acknowledge', number });
    }
    return taken;
  }

  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    clearTimeout(this.#restart);
    this.#acknowledgements.all();
    const child = this.#child;
    if (child === undefined) return;
    // Its last log lines arrive before the channel closes, but not always before it exits.
    const ended = Promise.all([once(child, 'exit'), child.connected ? once(child, 'disconnect') : undefined]);
    const kill = setTimeout(() => child.kill('SIGKILL'), graceMs + CLOSE_MARGIN_MS);
    this.#tell({ kind: 'close', graceMs });
    await ended;
    clearTimeout(kill);
  }

  /** One message for all changes of one turn: scaling to fifty does not send fifty messages. */
  #markChanged(appId: string): void {
    this.#changed.add(appId);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#listening) this.#flush();
    });
  }

  #flush(): void {
    const changed = [...this.#changed];
    this.#changed.clear();
    const routes = changed.map((appId) => this.#table.get(appId)).filter((each) => each !== undefined);
    const appIds = changed.filter((appId) => !this.#table.has(appId));
    // A host that moves from one app to another must stay known: first the new owner, then the removal.
    if (routes.length > 0) this.#tell({ kind: 'update', routes });
    if (appIds.length > 0) this.#tell({ kind: 'remove', appIds });
  }

  #spawn(
    onListen: (message: Extract<FromRouter, { kind: 'listening' | 'not-listening' }>) => void,
    onDeath: (error: Error) => void,
  ): void {
    const child = spawn(process.execPath, ['--input-type=module', '-', ...(this.#options.trustedProxies ?? [])], {
      stdio: ['pipe', 'inherit', 'inherit', 'ipc'],
      env: { PATH: process.env.PATH, TZ: process.env.TZ },
    });
    this.#child = child;
    this.#startedMs = performance.now();
    child.on('message', (message: FromRouter) => {
      if (message.kind === 'log') {
        this.#onLog(message);
      } else if (message.kind === 'taken') {
        this.#acknowledgements.taken(message.number);
      } else if (message.kind === 'problem') {
        this.#options.problems.report(`router: ${message.text}`);
      } else if (message.kind === 'requests' || message.kind === 'wake') {
        this.#options.onTraffic?.(message);
      } else {
        if (message.kind === 'listening') this.#onListening(message);
        onListen(message);
      }
    });
    child.on('error', onDeath);
    child.on('exit', (status, signal) => {
      const wasListening = this.#listening;
      this.#listening = false;
      this.#child = undefined;
      if (!wasListening) onDeath(new Error(`the router ended before it listened: ${signal ?? status}`));
      if (!this.#closing) this.#revive(signal ?? `status ${status}`, wasListening);
    });
    // A child that dies at once closes its end before it has read everything; 'exit' reports that.
    child.stdin?.on('error', () => {});
    child.stdin?.end(this.#code);
    const { tls } = this.#options;
    if (tls !== undefined) this.#tell({ kind: 'fallback-certificate', certificate: tls.fallback });
    for (const [hostname, certificate] of this.#certificates)
      this.#tell({ kind: 'certificate', hostname, certificate });
    // Routes before the port: the first request after a restart must not find an empty table.
    for (const appId of this.#table.keys()) this.#changed.add(appId);
    this.#flush();
    const tlsPort = this.#tlsPort;
    const ports = { port: this.#port, ...(tlsPort === undefined ? {} : { tlsPort }) };
    if (this.#held) this.#tell({ kind: 'hold' });
    this.#tell({ kind: 'listen', host: this.#options.host, ...ports });
  }

  #onListening({ port, tlsPort }: Extract<FromRouter, { kind: 'listening' }>): void {
    this.#port = port;
    this.#tlsPort = tlsPort;
    this.#listening = true;
    // What changed while the process was starting; the rest was sent before the port opened.
    this.#flush();
    // For callers that asked the previous process.
    this.#tell({ kind: 'acknowledge', number: this.#acknowledgements.last });
  }

  #revive(cause: string, wasListening: boolean): void {
    if (wasListening && performance.now() - this.#startedMs > HEALTHY_MS) this.#failures = 0;
    const delayMs = RESTART_DELAYS_MS[Math.min(this.#failures, RESTART_DELAYS_MS.length - 1)] ?? 0;
    this.#failures += 1;
    this.#options.problems.report(
      `the router ended (${cause}); starting it again${delayMs === 0 ? '' : ` in ${delayMs} ms`}`,
    );
    this.#restart = setTimeout(() => {
      this.#spawn(
        (message) => {
          if (message.kind === 'listening') return;
          this.#options.problems.report(
            `the router cannot listen on ${this.#options.host}:${message.port}: ${message.message}`,
          );
          this.#child?.disconnect();
        },
        () => {},
      );
    }, delayMs);
  }

  #onLog(message: Extract<FromRouter, { kind: 'log' }>): void {
    this.#options.onLogLines(
      message.lines.map(({ appId, atMs, line }) => ({
        appId,
        atMs,
        source: 'heroku',
        process: 'router',
        message: line,
      })),
    );
    if (message.dropped > 0)
      this.#options.problems.report(
        `the router dropped ${message.dropped} log lines: they came faster than they were read`,
      );
  }

  #tell(message: ToRouter): void {
    if (this.#child?.connected) this.#child.send(message, () => {});
  }
}
