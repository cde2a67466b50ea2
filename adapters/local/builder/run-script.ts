import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

export interface Script {
  readonly command: readonly string[];
  readonly directory: string;
  /** The script's whole environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Standard output and error in the order in which they were written. */
  readonly onOutput: (chunk: Buffer) => void;
  /** Gets standard error, which is otherwise part of the output. */
  readonly onError?: (chunk: Buffer) => void;
  readonly signal: AbortSignal;
}

/** How long a daemon that keeps the output open may delay the end of its script. */
const OUTPUT_CLOSE_MS = 1_000;

/**
 * The watcher keeps a descriptor of the platform open: when the platform dies, even by SIGKILL, the watcher kills the
 * script's whole process group and itself.
 */
const WATCHED = '(read -r _ <&3; kill -KILL 0) </dev/null >/dev/null 2>&1 & exec 3<&-; exec "$@"';
const WATCHED_MERGED = `exec 2>&1; ${WATCHED}`;

/**
 * Runs a script in its own process group and returns its exit status (128 + signal). No process of the group outlives the
 * call; an abort kills it at once.
 */
export async function runScript(script: Script): Promise<number> {
  if (script.signal.aborted) return 137;
  const merged = script.onError === undefined;
  const child = spawn('/bin/sh', ['-c', merged ? WATCHED_MERGED : WATCHED, 'sh', ...script.command], {
    cwd: script.directory,
    env: { ...script.environment },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const killGroup = () => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // The group has already ended.
    }
  };
  script.signal.addEventListener('abort', killGroup, { once: true });
  child.stdout?.on('data', script.onOutput);
  child.stderr?.on('data', script.onError ?? script.onOutput);
  child.stdio[3]?.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  try {
    const status = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => resolve(code ?? 128 + (signal === 'SIGKILL' ? 9 : 15)));
    });
    killGroup();
    await Promise.race([closed, delay(OUTPUT_CLOSE_MS, undefined, { ref: false })]);
    return status;
  } finally {
    script.signal.removeEventListener('abort', killGroup);
    for (const stream of child.stdio) stream?.destroy();
  }
}
