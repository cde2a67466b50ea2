import { execFile } from 'node:child_process';
import path from 'node:path';
import { ROOT } from './background.ts';
import { TARGET } from './emulator.ts';

/** CloudFormation waits an hour for a custom resource without an answer; this only ends a test that would never pass. */
const BOUND_MS = 200_000;

const STAGE = 'stage.config.ts';

export interface Deployed {
  readonly output: string;
}

/** The CDK's own command, as a user runs it, for this environment's account. */
export class Cdk {
  readonly #environment: Readonly<Record<string, string>>;
  readonly #directory: string;

  constructor(environment: Readonly<Record<string, string>>, directory: string) {
    this.#directory = directory;
    this.#environment = {
      ...environment,
      // The CDK caches accounts by access key there.
      HOME: directory,
      CDK_DISABLE_CLI_TELEMETRY: '1',
      CDK_DOCKER: `${__dirname}/docker-stand-in.sh`,
    };
  }

  bootstrap(): Promise<Deployed> {
    // Its default directory is the project's, in which only one CLI may synthesize at a time.
    return this.#run(STAGE, ['bootstrap', TARGET, '--no-notices', '--output', `${this.#directory}/cdk.bootstrap`]);
  }

  deploy(config = STAGE): Promise<Deployed> {
    const quiet = ['--require-approval', 'never', '--no-notices', '--progress', 'events'];
    return this.#run(config, ['deploy', '**', '--output', `${this.#directory}/cdk.out`, ...quiet]);
  }

  #run(config: string, args: readonly string[]): Promise<Deployed> {
    return new Promise((resolve, reject) => {
      execFile(
        `${ROOT}/node_modules/.bin/cdk`,
        args,
        {
          cwd: ROOT,
          env: { ...process.env, ...this.#environment, DYNOFORM_CONFIG: path.join(__dirname, config) },
          maxBuffer: 64 << 20,
          timeout: BOUND_MS,
        },
        (error, stdout, stderr) => {
          const output = `${stdout}${stderr}`;
          if (error === null) resolve({ output });
          else reject(new Error(`cdk ${args[0]} failed:\n${output.slice(-8_000)}`));
        },
      );
    });
  }
}
