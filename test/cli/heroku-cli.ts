import { execFileSync } from 'node:child_process';
import path from 'node:path';

/** The release that this project is tested with. */
export const HEROKU_CLI_VERSION = '11.10.0';

const ROOT = path.resolve(__dirname, '../..');
const CACHE = path.join(ROOT, '.cache', `heroku-cli-${HEROKU_CLI_VERSION}`);

/** Directory to put on the PATH. Installs the CLI once; later runs find it. */
export function installHerokuCli(): string {
  execFileSync(path.join(__dirname, 'install-heroku-cli.sh'), [HEROKU_CLI_VERSION, CACHE], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return path.join(CACHE, 'node_modules', '.bin');
}
