import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import type { ConfigInput } from '../../lib/config/schema.ts';
import { STAGE_VARIABLE } from './stage.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** Runs `cdk deploy` of the stage and shows its output. The terminal's Ctrl-C ends it too. */
export class Deploy {
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;

  constructor(stage: ConfigInput['stages'][number], output: string) {
    const args = [
      'deploy',
      '**',
      '--output',
      output,
      '--require-approval',
      'never',
      '--no-notices',
      '--progress',
      'events',
    ];
    this.#child = spawn(path.join(ROOT, 'node_modules/.bin/cdk'), args, {
      cwd: ROOT,
      env: {
        ...process.env,
        DYNOFORM_CONFIG: path.join(import.meta.dirname, 'stage.config.ts'),
        [STAGE_VARIABLE]: JSON.stringify(stage),
      },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    this.#ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', resolve);
    });
  }

  async done(): Promise<void> {
    const code = await this.#ended;
    if (code !== 0) throw new Error(`cdk deploy ended with ${code ?? 'a signal'}: see above`);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGINT');
    await this.#ended.catch(() => undefined);
  }
}
