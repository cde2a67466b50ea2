import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { dataPaths, writeRunning } from '../../bin/local/data-directory.ts';
import { terminalLine } from '../../bin/terminal-line.ts';

const ROOT = path.resolve(__dirname, '../..');

let parent: string;
let home: string;
let shop: string;
beforeEach(() => {
  parent = mkdtempSync(path.join(tmpdir(), 'dynoform-env-'));
  home = path.join(parent, 'home');
  shop = path.join(parent, 'shop');
  mkdirSync(home);
  mkdirSync(shop);
  writeFileSync(path.join(shop, 'package.json'), '{"name":"shop"}');
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

/** As a platform leaves it that was started on this directory. */
function started(directory: string): string {
  mkdirSync(directory, { recursive: true });
  const paths = dataPaths(directory);
  const caCertificatePath = path.join(directory, 'ca.pem');
  writeFileSync(caCertificatePath, 'A CERTIFICATE\n');
  writeFileSync(paths.apiKey, 'the-key\n');
  writeRunning(paths, { pid: 4711, apiUrl: 'http://localhost:5999', routerPort: 8080, caCertificatePath });
  return directory;
}

function type(line: string, directory: string, variables: Readonly<Record<string, string>> = {}) {
  const { DYNOFORM_DATA_DIR: _, ...inherited } = process.env;
  const env = { ...inherited, HOME: home, ...variables };
  const { stdout, stderr } = spawnSync('bash', ['-c', line], { cwd: directory, env, encoding: 'utf8' });
  return { stdout, stderr };
}

const SHOW = 'echo "$? $HEROKU_HOST $HEROKU_API_KEY"';

test('the printed line sets up a terminal in my app’s own directory, and runs nothing of my environment', () => {
  started(path.join(home, '.dynoform'));
  const line = terminalLine(ROOT, undefined);
  const { stdout, stderr } = type(`${line}; ${SHOW}`, shop, { EVIL: 'a $(echo INJECTED >&2) b' });
  expect({ stdout, stderr }).toEqual({ stdout: '0 http://localhost:5999 the-key\n', stderr: '' });
});

test('the printed line names my --data-dir, whatever its name is', () => {
  const directory = started(path.join(parent, "it's $HOME & more"));
  expect(type(`${terminalLine(ROOT, directory)}; ${SHOW}`, shop).stdout).toBe('0 http://localhost:5999 the-key\n');
});

test('a plain path is printed without quotes', () => {
  expect(terminalLine('/home/me/dynoform', '/srv/data')).toBe(
    'eval "$(/home/me/dynoform/bin/dynoform env --data-dir /srv/data)"',
  );
});

test('where nothing was started the eval fails aloud, and what follows it is not run on heroku.com', () => {
  const { stdout, stderr } = type(`${terminalLine(ROOT, undefined)} && echo heroku apps:destroy; ${SHOW}`, shop);
  expect(stdout).toBe('1  \n');
  expect(stderr).toContain(`Nothing was started on ${home}/.dynoform: run "npm start"`);
});

test('the README’s line fails aloud in another directory than the clone', () => {
  const { stdout, stderr } = type(`eval "$(bin/dynoform env)"; ${SHOW}`, shop);
  expect(stdout).toBe('0  \n');
  expect(stderr).toContain('bin/dynoform: No such file or directory');
});

test('the command may be linked to from my PATH', () => {
  started(path.join(home, '.dynoform'));
  execFileSync('ln', ['-s', path.join(ROOT, 'bin/dynoform'), path.join(parent, 'dynoform')]);
  expect(type(`eval "$(${parent}/dynoform env)"; ${SHOW}`, shop).stdout).toContain('0 http://localhost:5999');
});

test('npm run env of older versions still works in the clone, and names what replaces it', () => {
  started(path.join(home, '.dynoform'));
  const { stdout, stderr } = type(`eval "$(npm run -s env)"; ${SHOW}`, ROOT);
  expect(stdout).toBe('0 http://localhost:5999 the-key\n');
  expect(stderr).toContain(`Use: ${terminalLine(ROOT, undefined)}`);
});

test('--help of it helps', () => {
  const { stdout } = type(`'${ROOT}/bin/dynoform' env --help; echo "status $?"`, shop);
  expect(stdout).toContain(`Usage: ${terminalLine(ROOT, undefined)}`);
  expect(stdout).toContain('--data-dir DIR');
  expect(stdout).toMatch(/status 0\n$/);
});

test('no document and no message tells anybody to ask the public registry for dynoform', () => {
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: ROOT });
  const named = String(files)
    .split('\0')
    .filter((file) => /\.(md|ts|mjs|json|sh)$|^bin\/|^\.ci\//.test(file) && !file.startsWith('test/bin/'))
    .filter((file) => /npx[^`\n]{0,20} dynoform\b|npx dynoform\b|npm exec dynoform/.test(read(file)));
  // Each says why not.
  expect([...named].sort()).toEqual(['CHANGELOG.md', 'bin/dynoform']);
});

const read = (file: string): string => {
  try {
    return readFileSync(path.join(ROOT, file), 'utf8');
  } catch {
    // Removed, and not yet in the index.
    return '';
  }
};

test('a terminal whose access token was revoked is told so, with the command that lets me in again', async () => {
  const directory = started(path.join(parent, 'data'));
  const asked: unknown[] = [];
  const server = createServer((request, response) => {
    asked.push([request.url, request.headers.authorization]);
    response.writeHead(401).end('{"id":"unauthorized","message":"Invalid credentials provided."}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const paths = dataPaths(directory);
  const { port } = server.address() as AddressInfo;
  const running = { pid: 4711, apiUrl: `http://127.0.0.1:${port}`, caCertificatePath: path.join(directory, 'ca.pem') };
  writeRunning(paths, { ...running, routerPort: 8080 });
  // In a process of its own: this one has to answer it.
  const child = spawn('bash', ['-c', `${terminalLine(ROOT, directory)}; ${SHOW}`], {
    cwd: shop,
    env: { ...process.env, HOME: home },
  });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  server.close();
  expect(asked).toEqual([['/account', 'Bearer the-key']]);
  expect(stdout).toMatch(/^1 /);
  expect(stderr).toBe(
    `The access token in ${paths.apiKey} was revoked. For a new one run: ${path.join(ROOT, 'bin/dynoform')} recover --data-dir ${directory}\n`,
  );
});
