/** The dyno manager's log lines, as Heroku writes them: source `heroku`, process the dyno's name. */

export interface SystemLine {
  /** `web.1` */
  readonly process: string;
  readonly message: string;
}

export const RESTARTING = 'Restarting';
export const CYCLING = 'Cycling';
export const IDLING = 'Idling';
export const UNIDLING = 'Unidling';
export const SIGTERM_ALL = 'Stopping all processes with SIGTERM';
export const SIGKILL_REMAINING = 'Stopping remaining processes with SIGKILL';
export const SIGKILL_PROCESS = 'Stopping process with SIGKILL';
export const AWAITING_CLIENT = 'Awaiting client';
export const HANG_UP = 'Client connection closed. Sending SIGHUP to all processes';

export const BOOT_TIMEOUT =
  'Error R10 (Boot timeout) -> Web process failed to bind to $PORT within 60 seconds of launch';
export const EXIT_TIMEOUT =
  'Error R12 (Exit timeout) -> At least one process failed to exit within 30 seconds of SIGTERM';
export const ATTACH_ERROR = 'Error R13 (Attach error) -> Failed to attach to process';
export const MEMORY_EXCEEDED = 'Error R14 (Memory quota exceeded)';
export const MEMORY_VASTLY_EXCEEDED = 'Error R15 (Memory quota vastly exceeded)';
export const DETACHED =
  'Error R16 (Detached) -> An attached process is not responding to SIGHUP after its external connection was closed.';

/** Not among Heroku's lines: the reason for what follows, if nothing else in the log shows it. */
export const HOST_FAULT = 'Moving to another host: this one is going away';
export const HOST_LOST = 'Host is lost';
export const memoryThreshold = (percent: number): string =>
  `Memory stayed above ${percent}% of the quota, as set for this app`;
export const rolloutAbandoned = (type: string, release: number, from: number): string =>
  release === from
    ? `Restart abandoned: not all new ${type} dynos were up within 15 minutes. The old ones keep running.`
    : `Release v${release} abandoned: not all new ${type} dynos were up within 15 minutes. The dynos of v${from} keep running.`;

type LoggedState = 'created' | 'starting' | 'up' | 'crashed' | 'down' | 'complete';

export const stateChanged = (from: LoggedState, to: LoggedState): string => `State changed from ${from} to ${to}`;

/** Config vars in the command stay unexpanded: their values may be secrets. */
export const startingProcess = (command: string): string =>
  `Starting process with command \`${command.replace(/[\r\n]+/g, ' ')}\``;

export const exited = (status: number): string => `Process exited with status ${status}`;

/** `reason` comes from the runtime, which may already know the R code (R17 for a slug that is not the released one). */
export const startFailed = (reason: string): string =>
  reason.startsWith('Error R') ? reason : `Error R99 (Platform error) -> Failed to start process: ${reason}`;
