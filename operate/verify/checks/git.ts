import { execFile, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Check, proven, refuted, unproven } from '../check.ts';
import { APP } from '../deploy-app.ts';
import { eventually, type World } from '../world.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const PUSH = `eval "$(node bin/command.mjs env --data-dir "$DATA")" && cd "$DATA/app" && git init -q -b main && git add -A &&
  git -c user.name=verify -c user.email=verify@dynoform.localhost commit -qm Verify && git push "https://\${HEROKU_HOST#http://}/${APP}.git" main 2>&1`;

export const git: Check = {
  name: 'git',
  proves: 'a git push through the bridge is built and released',
  how: 'bin/dynoform connect, and git push of examples/node-web',
  run: async (world) => {
    if (new URL(world.apiUrl).protocol !== new URL(world.servicesUrl).protocol) return unproven('needs --domain');
    const directory = mkdtempSync(path.join(tmpdir(), 'dynoform-verify-'));
    const bridge = await openBridge(world, directory);
    try {
      cpSync(path.join(ROOT, 'examples/node-web'), path.join(directory, 'app'), { recursive: true });
      const env = { ...process.env, DATA: directory };
      const { stdout } = await promisify(execFile)('bash', ['-c', PUSH], { cwd: ROOT, env, maxBuffer: 1 << 26 });
      const released = /Released v\d+/.exec(stdout)?.[0];
      return released === undefined ? refuted(stdout) : proven(released);
    } catch (error) {
      const { message, stdout = '' } = error as Error & { stdout?: string };
      return refuted(`${message}\n${stdout}`);
    } finally {
      bridge.kill();
      rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
    }
  },
};

async function openBridge(world: World, directory: string) {
  const args = [
    'connect',
    world.apiUrl,
    '--token-file',
    '-',
    '--port',
    String(await freePort()),
    '--data-dir',
    directory,
  ];
  const bridge = spawn(process.execPath, ['bin/command.mjs', ...args], {
    cwd: ROOT,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  bridge.stdin.end(world.token);
  let output = '';
  bridge.stdout.on('data', (chunk) => {
    output += chunk;
  });
  await eventually(world, 'the bridge', 2, async () =>
    output.includes('Ready.') || bridge.exitCode !== null ? output : undefined,
  );
  return bridge;
}

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
