/** Heroku's log lines (Dev Center: Error Codes, Dyno Restarts; and real logs). */
export const became = (from: string, to: string): string => `State changed from ${from} to ${to}`;
export const starting = (command: string): string => `Starting process with command \`${command}\``;
export const exitedWith = (status: number): string => `Process exited with status ${status}`;
export const notStarted = (reason: string): string =>
  `Error R99 (Platform error) -> Failed to start process: ${reason}`;

export const WORDS = {
  restarting: 'Restarting',
  cycling: 'Cycling',
  idling: 'Idling',
  unidling: 'Unidling',
  sigterm: 'Stopping all processes with SIGTERM',
  sigkillRest: 'Stopping remaining processes with SIGKILL',
  sigkill: 'Stopping process with SIGKILL',
  awaitingClient: 'Awaiting client',
  hangUp: 'Client connection closed. Sending SIGHUP to all processes',
  r10: 'Error R10 (Boot timeout) -> Web process failed to bind to $PORT within 60 seconds of launch',
  r12: 'Error R12 (Exit timeout) -> At least one process failed to exit within 30 seconds of SIGTERM',
  r13: 'Error R13 (Attach error) -> Failed to attach to process',
  r14: 'Error R14 (Memory quota exceeded)',
  r15: 'Error R15 (Memory quota vastly exceeded)',
  r16: 'Error R16 (Detached) -> An attached process is not responding to SIGHUP after its external connection was closed.',
  hostGoes: 'Moving to another host: this one is going away',
  hostLost: 'Host is lost',
} as const;
