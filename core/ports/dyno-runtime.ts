import type { Slug } from '../records/slug.ts';

export interface DynoSpec {
  readonly appId: string;
  readonly appName: string;
  readonly dynoId: string;
  /** `web.1`; becomes `DYNO`. */
  readonly name: string;
  readonly type: string;
  /** Part of the idempotency token: the same dyno and attempt never makes two tasks. */
  readonly attempt: number;
  readonly slug: Pick<Slug, 'id' | 'artifact' | 'checksum'>;
  /** Run by bash in `/app` (the dyno's own directory when embedded). */
  readonly command: string;
  /** Config vars of the dyno's release; opened at the last moment, never logged. */
  readonly config: { readonly version: number; open(): Promise<Readonly<Record<string, string>>> };
  /** Platform variables and a one-off's own `env`; wins over config vars. `PORT`, `DYNO`, `HOME` are the runtime's. */
  readonly environment: Readonly<Record<string, string>>;
  readonly size: { readonly name: string; readonly memoryMiB: number; readonly processLimit: number };
  /** Wait for a client before the process starts (attached one-off). */
  readonly attach?: { readonly terminal: boolean; readonly columns: number; readonly rows: number };
  /** Copies each output line to this stream in addition to the log (release phase); absent: log only. */
  readonly outputStreamId?: string;
  /** False for an attached one-off: its output goes to the client only. */
  readonly logged: boolean;
}

export type StartResult =
  | { readonly ok: true; readonly taskRef: string }
  /**
   * `retry: false`: no other attempt with the same spec can succeed. `unanswered`: an earlier request for this attempt may still
   * have been accepted.
   */
  | { readonly ok: false; readonly reason: string; readonly retry: boolean; readonly unanswered?: true };

export type TaskState = 'pending' | 'awaiting-client' | 'running' | 'stopped';

export interface TaskExit {
  /** Exit code, or 128 + signal. */
  readonly status: number;
  /** `no-room`: accepted, but no machine was found for it; nothing of it ever ran. */
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
  /** An attached client left, and SIGHUP was sent this many times so far. */
  readonly hangUps: number;
  /** Its machine will be removed (`lost`: can no longer be reached); moving the dyno is no crash. */
  readonly hostFault?: HostFault;
  readonly exit?: TaskExit;
}

export type HostFault = 'draining' | 'spot-notice' | 'retiring' | 'lost';

export interface Observations {
  /** False: some tasks could not be read, so absence proves nothing and nothing may be stopped because of it. */
  readonly complete: boolean;
  readonly tasks: readonly TaskObservation[];
  /** When they were made, if not just now: old ones do not prove either that a task is missing. */
  readonly takenAtMs?: number;
}

export type RuntimeEvent =
  /** Something about this app's tasks changed: observe it. May repeat, may be lost. */
  | { readonly kind: 'task'; readonly appId: string; readonly dynoId: string }
  /** About every 20 s per running dyno. */
  | { readonly kind: 'memory'; readonly appId: string; readonly dynoId: string; readonly usedMiB: number };

export interface DynoRuntime {
  /** Returns when the task is accepted, before it runs. Idempotent per (dynoId, attempt): a repeat returns the same `taskRef`. */
  start(spec: DynoSpec): Promise<StartResult>;
  /**
   * SIGTERM to every process, SIGKILL after the grace; `graceSeconds: 0` kills at once. Returns when the request is
   * accepted. Idempotent; a shorter grace than a running one wins. Unknown tasks are fine.
   */
  stop(taskRef: string, graceSeconds: number): Promise<void>;
  /** All live tasks of the app, and those that stopped within the last 10 minutes. */
  observe(appId: string): Promise<Observations>;
}

/** For a runtime in the dyno manager's own process. On AWS a function receives ECS's events and requests passes. */
export interface RuntimeEvents {
  /** A new listener is called at once for every existing task. */
  onEvent(listener: (event: RuntimeEvent) => void): void;
}
