import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants as os } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import type { IPty } from '@lydell/node-pty';
import { closeWriteEnds, type Pipes } from './pipes.ts';
import { signal } from './processes.ts';

export interface LaunchOptions {
  readonly bash: string;
  readonly arguments: string[];
  readonly directory: string;
  readonly environment: Record<string, string>;
}

/** A dyno's first process, leader of its own session and process group. */
export interface Launched {
  readonly pid: number;
  /** Its exit code, or 128 + signal. */
  readonly exit: Promise<number>;
}

export interface LaunchedOnPipes extends Launched {
  readonly stdin: Writable | undefined;
  readonly outputs: readonly [Readable, Readable];
}

export async function launchOnPipes(
  options: LaunchOptions,
  pipes: Pipes,
  withInput: boolean,
): Promise<LaunchedOnPipes> {
  const ends = [await pipes.take(), await pipes.take()] as const;
  let child: ChildProcess;
  try {
    child = spawn(options.bash, options.arguments, {
      cwd: options.directory,
      env: options.environment,
      detached: true,
      stdio: [withInput ? 'pipe' : 'ignore', ends[0].writeEnd, ends[1].writeEnd],
    });
  } finally {
    closeWriteEnds(ends);
  }
  const exit = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, name) => resolve(name === null ? (code ?? 0) : 128 + os.signals[name]));
  });
  if (child.pid === undefined) {
    for (const { reader } of ends) reader.destroy();
    await exit;
  }
  return {
    pid: child.pid as number,
    exit,
    stdin: child.stdin ?? undefined,
    outputs: [ends[0].reader, ends[1].reader],
  };
}

export interface LaunchedOnTerminal extends Launched {
  readonly terminal: IPty;
}

export function launchOnTerminal(
  options: LaunchOptions,
  ptyModule: string,
  window: { readonly columns: number; readonly rows: number },
): LaunchedOnTerminal {
  // Loaded with the first terminal: most hosts never need it.
  const { spawn: spawnOnTerminal }: typeof import('@lydell/node-pty') = createRequire(import.meta.url)(ptyModule);
  const terminal = spawnOnTerminal(options.bash, options.arguments, {
    name: options.environment.TERM ?? 'xterm',
    cols: window.columns,
    rows: window.rows,
    cwd: options.directory,
    env: options.environment,
    encoding: null,
  });
  keepOpenUntilDrained(terminal as NamedTerminal);
  const exit = new Promise<number>((resolve) => {
    terminal.onExit(({ exitCode, signal: number }) => resolve(number ? 128 + number : exitCode));
  });
  return { pid: terminal.pid, exit, terminal };
}

/** node-pty has the name of the terminal's other end, but does not declare it. */
type NamedTerminal = IPty & { readonly ptsName: string };

const LOOK_MS = 10;
const QUIET_MS = 20;

/**
 * Holds the program's end of the terminal open a little longer than the program does. When the last holder closes it, Node
 * reads once more, at most 4 KiB, and discards what the kernel still has: the end of a long output.
 */
function keepOpenUntilDrained(terminal: NamedTerminal): void {
  // Without O_NOCTTY it would become the terminal of the host, which leads a session.
  let end: number | undefined = openSync(terminal.ptsName, constants.O_RDWR | constants.O_NOCTTY);
  let lastOutputMs = 0;
  const close = () => {
    clearInterval(timer);
    if (end !== undefined) closeSync(end);
    end = undefined;
  };
  const timer = setInterval(() => {
    if (!signal(terminal.pid, 0) && Date.now() - lastOutputMs > QUIET_MS) close();
  }, LOOK_MS);
  terminal.onData(() => {
    lastOutputMs = Date.now();
  });
  terminal.onExit(close);
}
