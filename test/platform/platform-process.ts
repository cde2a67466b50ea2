import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { freePorts } from '../free-ports.ts';
import { until } from './until.ts';

const ROOT = path.resolve(__dirname, '../..');

/** A newcomer's clone and empty home, who names no data directory. */
export interface Newcomer {
  readonly clone: string;
  readonly home: string;
  /** Where the state must be; absent: in the home. */
  readonly dataDirectory?: string;
}

/** A separate platform, started like a user does, on free ports and in a fresh directory. */
export class PlatformProcess {
  readonly dataDirectory: string;
  readonly #newcomer: Newcomer | undefined;
  apiPort = 0;
  routerPort = 0;
  output = '';
  #child: ChildProcess | undefined;

  constructor(newcomer?: Newcomer) {
    this.#newcomer = newcomer;
    if (newcomer === undefined) this.dataDirectory = mkdtempSync(path.join(tmpdir(), 'dynoform-cli-'));
    else this.dataDirectory = newcomer.dataDirectory ?? path.join(newcomer.home, '.dynoform');
  }

  async start(...flags: readonly string[]): Promise<void> {
    if (this.apiPort === 0) [this.apiPort = 0, this.routerPort = 0] = await freePorts(2);
    const ports = ['--port', String(this.apiPort), '--router-port', String(this.routerPort)];
    const from = this.output.length;
    const directory = this.#newcomer === undefined ? ['--data-dir', this.dataDirectory] : [];
    const child = spawn('npm', ['start', '--', ...directory, ...ports, ...flags], {
      cwd: this.#newcomer?.clone ?? ROOT,
      env: { ...process.env, ...(this.#newcomer === undefined ? {} : { HOME: this.#newcomer.home }) },
      // A separate group, so that a test can end only npm and the platform.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk) => {
        this.output += chunk;
      });
    }
    await until('the platform to be ready', () => {
      if (child.exitCode !== null) throw new Error(`npm start ended: ${this.output.slice(from)}`);
      return /Ready\./.test(this.output.slice(from));
    });
  }

  /** The variables that `eval "$(bin/dynoform env)"` sets in a terminal. */
  environment(): Record<string, string> {
    const script = `eval "$(bin/dynoform env --data-dir "$DATA")" && env -0`;
    const text = execFileSync('bash', ['-c', script], {
      cwd: ROOT,
      env: { ...process.env, DATA: this.dataDirectory },
      encoding: 'utf8',
    });
    const pairs = text.split('\0').filter((line) => line.includes('='));
    return Object.fromEntries(
      pairs.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
  }

  /** By address and Host header: not every resolver knows that *.localhost is this machine. Opens a new connection. */
  get(app: string, target = '/'): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const host = `${app}.localhost:${this.routerPort}`;
      const options = { host: '127.0.0.1', port: this.routerPort, path: target, headers: { host }, agent: false };
      const request = get(options, (response) => {
        text(response).then((body) => resolve({ status: response.statusCode ?? 0, text: body }), reject);
      });
      request.on('error', reject);
    });
  }

  /** The process id of the platform itself, beneath npm. */
  pid(): number {
    return JSON.parse(execFileSync('cat', [path.join(this.dataDirectory, 'running.json')], { encoding: 'utf8' })).pid;
  }

  signal(name: NodeJS.Signals): void {
    process.kill(this.pid(), name);
  }

  #signalIfItRuns(name: NodeJS.Signals): void {
    try {
      this.signal(name);
    } catch {
      // It has ended, and npm not yet.
    }
  }

  /** To npm alone, as `kill` and Docker do; with its group also to all others, as Ctrl-C in a terminal does. */
  signalNpm(name: NodeJS.Signals, { group }: { readonly group: boolean }): void {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error('npm start does not run');
    process.kill(group ? -pid : pid, name);
  }

  async ended(): Promise<number | null> {
    const child = this.#child;
    if (child === undefined) return null;
    await until('the platform to end', () => child.exitCode !== null || child.signalCode !== null);
    return child.exitCode;
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    try {
      this.signal('SIGINT');
      // Twice within half a second is once: npm passes on what a terminal sends.
      const again = setTimeout(() => this.#signalIfItRuns('SIGINT'), 600);
      await this.ended().finally(() => clearTimeout(again));
    } catch (error) {
      // It never came up, or does not end. Its child processes notice that it is gone.
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      await this.ended();
      throw error;
    }
  }

  remove(): void {
    rmSync(this.dataDirectory, { recursive: true, force: true, maxRetries: 5 });
  }
}
