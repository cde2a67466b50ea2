import { execFile, spawn as spawnChild } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { spawn } from '@lydell/node-pty';
import type { PlatformProcess } from '../platform/platform-process.ts';
import { until } from '../platform/until.ts';
import { installHerokuCli } from './heroku-cli.ts';

export interface Finished {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A user's terminal: the platform's environment, the stock CLI on the PATH, a copy of the example as working directory. */
export class Terminal {
  readonly directory = mkdtempSync(path.join(tmpdir(), 'dynoform-shop-'));
  readonly #home = mkdtempSync(path.join(tmpdir(), 'dynoform-home-'));
  readonly #environment: Record<string, string>;

  constructor(platform: Pick<PlatformProcess, 'environment'>) {
    const environment = platform.environment();
    // A separate home: the test proves that nothing global is needed, and leaves nothing behind.
    this.#environment = { ...environment, HOME: this.#home, PATH: `${installHerokuCli()}:${environment.PATH}` };
    cpSync(path.resolve(__dirname, '../../examples/node-web'), this.directory, { recursive: true });
  }

  /** Runs a line as typed. */
  run(line: string): Promise<Finished> {
    return new Promise((resolve) => {
      execFile(
        'bash',
        ['-c', line],
        { cwd: this.directory, env: this.#environment, maxBuffer: 32 << 20 },
        (error, stdout, stderr) => {
          const status = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
          resolve({ status, stdout, stderr });
        },
      );
    });
  }

  /** Runs a line that must succeed; returns both outputs together, without colors. */
  async ok(line: string): Promise<string> {
    const { status, stdout, stderr } = await this.run(line);
    if (status !== 0) throw new Error(`${line} ended with ${status}\n${stdout}\n${stderr}`);
    return `${stdout}${stderr}`;
  }

  /** Starts a line that runs until it is stopped, e.g. `heroku logs --tail`. */
  start(line: string): { output(): string; stop(): void } {
    const child = spawnChild('bash', ['-c', `exec ${line}`], { cwd: this.directory, env: this.#environment });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    return { output: () => output, stop: () => child.kill() };
  }

  /** Runs a line in a real terminal and types into it; resolves with everything that was shown. */
  async interactive(
    line: string,
    typed: readonly { readonly after: RegExp; readonly text: string }[],
  ): Promise<string> {
    const terminal = spawn('bash', ['-c', `exec ${line}`], {
      cwd: this.directory,
      env: this.#environment,
      cols: 97,
      rows: 31,
    });
    let shown = '';
    let ended = false;
    terminal.onData((text) => {
      shown += text;
    });
    terminal.onExit(() => {
      ended = true;
    });
    for (const { after, text } of typed) {
      await until(`${after} in ${JSON.stringify(shown)}`, () => after.test(shown) || ended);
      terminal.write(text);
    }
    await until(`${line} to end`, () => ended);
    return shown;
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
    rmSync(this.#home, { recursive: true, force: true });
  }
}
