import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';

/** The release that this project is tested with; the unmodified package from the npm registry. */
export const HEROKU_CLI_VERSION = '11.10.0';

const ROOT = path.resolve(__dirname, '../..');
const CACHE = path.join(ROOT, '.cache', `heroku-cli-${HEROKU_CLI_VERSION}`);

/** Directory to put on the PATH. Installs the CLI once; later runs find it. */
export function installHerokuCli(): string {
  const directory = path.join(CACHE, 'node_modules', '.bin');
  if (!existsSync(path.join(directory, 'heroku'))) {
    mkdirSync(CACHE, { recursive: true });
    execFileSync(
      'npm',
      ['install', '--prefix', CACHE, '--ignore-scripts', '--no-audit', '--no-fund', `heroku@${HEROKU_CLI_VERSION}`],
      {
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
  }
  return directory;
}
