/**
 * Makes docs/pictures/first-app.svg with the real output of a fresh platform and the official CLI (which `npm run test:cli` has
 * installed into .cache): `node --import tsx test/docs/picture/first-app.ts`
 */
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LocalPlatform } from '../../../bench/local-platform.ts';
import { terminalSvg } from './terminal-svg.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const PICTURE = path.join(ROOT, 'docs/pictures/first-app.svg');
const COMMANDS = [
  'heroku create shop',
  'git push heroku main',
  'curl http://shop.localhost:8080/',
  'heroku ps:scale web=3 worker=1',
  'heroku ps',
];
/** An output that would fill the picture is shortened to this many lines of its beginning and its end. */
const [FIRST_LINES, LAST_LINES] = [8, 10];

const cli = readdirSync(path.join(ROOT, '.cache')).find((name) => name.startsWith('heroku-cli-'));
if (cli === undefined) throw new Error('no Heroku CLI in .cache: npm run test:cli installs it');
process.env.PATH = `${path.join(ROOT, '.cache', cli, 'node_modules/.bin')}:${process.env.PATH}`;

const directory = mkdtempSync(path.join(tmpdir(), 'first-app-'));
process.env.HOME = directory;
const shop = path.join(directory, 'shop');
const platform = new LocalPlatform();
await platform.start();
try {
  cpSync(path.join(ROOT, 'examples/node-web'), shop, { recursive: true });
  const author = 'git config --global user.email me@example.com && git config --global user.name Me';
  platform.shell(`${author} && git init -q -b main && git add -A && git commit -qm First`, shop);
  // At its first use it prints its terms.
  platform.shell('heroku version', shop);
  const typed = COMMANDS.map((command) => ({ command, output: shortened(asInReadme(run(here(command)))) }));
  writeFileSync(PICTURE, terminalSvg('heroku create, git push and heroku ps against a platform of one machine', typed));
} finally {
  await platform.stop();
  rmSync(directory, { recursive: true, force: true });
}

/** A release begins to serve a moment after its push has ended, and dynos are up a moment after they are requested. */
function run(command: string): string {
  const starting = `heroku ps -a shop --json | grep -q '"state": "starting"'`;
  const wait = /^(curl|heroku ps)/.test(command) ? `while ${starting}; do sleep 0.2; done; ` : '';
  return platform.shell(`${wait}(${command}) 2>&1`, shop);
}

function here(command: string): string {
  return command.replace('http://shop.localhost:8080/', `-s ${platform.appUrl('shop')}`);
}

/** With the ports that the README names. */
function asInReadme(output: string): string {
  return output
    .replaceAll(`:${platform.routerPort}/`, ':8080/')
    .replaceAll(new URL(platform.gitUrl('shop')).host, 'localhost:5000');
}

function shortened(output: string): string {
  const lines = output.trimEnd().split('\n');
  if (lines.length <= FIRST_LINES + LAST_LINES) return output;
  return [...lines.slice(0, FIRST_LINES), '  ⋮', ...lines.slice(-LAST_LINES)].join('\n');
}
