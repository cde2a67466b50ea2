import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import type { IPty } from '@lydell/node-pty';
import { closeWriteEnds, type Pipes } from './pipes.ts';

export interface LaunchOptions {
  readonly bash: string;
  readonly arguments: string[];
  readonly directory: string;
  readonly environment: Record<string, string>;
}

/** A dyno's first process, leader of a session and process group of its own. */
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
    child.once('exit', (code, signal) => resolve(signal === null ? (code ?? 0) : 128 + constants.signals[signal]));
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
  const exit = new Promise<number>((resolve) => {
    terminal.onExit(({ exitCode, signal }) => resolve(signal ? 128 + signal : exitCode));
  });
  return { pid: terminal.pid, exit, terminal };
}
