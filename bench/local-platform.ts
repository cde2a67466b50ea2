import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PlatformClient } from '../client/platform-client.ts';
import { freePorts } from '../test/free-ports.ts';

const ROOT = path.resolve(import.meta.dirname, '..');

/** The platform as `npm start` runs it, in its own process and with a fresh directory. */
export class LocalPlatform {
  readonly directory = mkdtempSync(path.join(tmpdir(), 'dynoform-bench-'));
  readonly dataDirectory = path.join(this.directory, 'data');
  routerPort = 0;
  #apiPort = 0;
  #child: ChildProcess | undefined;

  async start(): Promise<void> {
    [this.#apiPort = 0, this.routerPort = 0] = await freePorts(2);
    const child = spawn(
      process.execPath,
      [
        '--import',
        'tsx',
        'bin/local.ts',
        '--no-demo',
        '--data-dir',
        this.dataDirectory,
        '--port',
        `${this.#apiPort}`,
        '--router-port',
        `${this.routerPort}`,
      ],
      { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    this.#child = child;
    let output = '';
    child.stdout?.on('data', (text) => {
      output += text;
    });
    while (!output.includes('Ready.')) {
      if (child.exitCode !== null) throw new Error(`the platform ended: ${output}`);
      await sleep(20);
    }
  }

  get api(): PlatformClient {
    const token = readFileSync(path.join(this.dataDirectory, 'api-key'), 'utf8').trim();
    return new PlatformClient(`http://localhost:${this.#apiPort}`, token);
  }

  /** The URL that the CLI writes: TLS on the API port. */
  gitUrl(app: string): string {
    return `https://localhost:${this.#apiPort}/${app}.git`;
  }

  /** Runs a command line with the settings of `bin/dynoform env`. What it prints. */
  shell(line: string, directory: string): string {
    const script = `eval "$('${ROOT}/bin/dynoform' env --data-dir '${this.dataDirectory}')"; ${line}`;
    return execFileSync('bash', ['-c', script], {
      cwd: directory,
      stdio: ['ignore', 'pipe', 'pipe'],
      encoding: 'utf8',
    });
  }

  appUrl(app: string): string {
    return `http://${app}.localhost:${this.routerPort}/`;
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child !== undefined && child.exitCode === null) {
      const exit = once(child, 'exit');
      child.kill('SIGINT');
      // Twice within half a second is once.
      const again = setTimeout(() => child.kill('SIGINT'), 600);
      await exit;
      clearTimeout(again);
    }
    rmSync(this.directory, { recursive: true, force: true });
  }
}
