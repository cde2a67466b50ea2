import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiClient } from './api-client.ts';
import { PlatformProcess } from './platform-process.ts';
import { isAlive, processesOf } from './processes.ts';
import { until } from './until.ts';

jest.setTimeout(180_000);

const platform = new PlatformProcess();
const api = new ApiClient(platform);

const SLOW_TO_END = {
  Procfile: 'web: node web.js\nstubborn: trap "" TERM; while true; do sleep 1; done\n',
  'web.js': `
require('node:http').createServer((request, response) => response.end('ok')).listen(Number(process.env.PORT));
process.on('SIGTERM', () => setTimeout(() => { console.log('finished politely'); process.exit(0); }, 1000));
`,
};

beforeAll(async () => {
  await platform.start('--no-demo');
  await api.call('POST', '/apps', { name: 'polite' });
  await api.deploy('polite', SLOW_TO_END);
  await api.dynosUp('polite', 1);
});
afterAll(async () => {
  await platform.stop();
  platform.remove();
});

/** Starts a second platform that must refuse; returns its message. */
function refused(...flags: readonly string[]): string {
  const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'bin/local.ts', ...flags], {
    cwd: path.resolve(__dirname, '../..'),
    encoding: 'utf8',
  });
  expect(status).toBe(1);
  return stderr;
}

test('a second instance on the same directory is told what to do', () => {
  const words = refused('--data-dir', platform.dataDirectory, '--port', '1025', '--router-port', '1026');
  expect(words).toContain(`Another Dynoform (process ${platform.pid()}`);
  expect(words).toContain('--data-dir');
});

test.each([
  { name: 'the API port', flag: '--port', other: '--router-port' },
  { name: 'the router port', flag: '--router-port', other: '--port' },
])('$name in use: the error names the port and the flag', async ({ flag, other }) => {
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
  const { port } = holder.address() as { port: number };
  const directory = `${platform.dataDirectory}-other`;
  try {
    const words = refused('--data-dir', directory, flag, String(port), other, '39999');
    expect(words).toMatch(new RegExp(`Port ${port} .*in use.*${flag}`));
  } finally {
    holder.close();
    rmSync(directory, { recursive: true, force: true });
  }
});

test('a directory that cannot be written is named with the fix', () => {
  expect(refused('--data-dir', '/proc/dynoform')).toMatch(/\/proc\/dynoform.*--data-dir/);
});

test('Ctrl-C lets dynos finish and keeps everything; the next start brings them back', async () => {
  platform.signal('SIGINT');
  expect(await platform.ended()).toBe(0);
  expect(processesOf(platform.dataDirectory)).toEqual([]);
  await platform.start();
  await api.dynosUp('polite', 1);
  expect(await api.logs('polite')).toContain('app[web.1]: finished politely');
});

test.each([
  { name: 'kill, a service manager or Docker ends npm start', signal: 'SIGTERM', group: false },
  { name: 'Ctrl-C reaches npm and the platform at once', signal: 'SIGINT', group: true },
  { name: 'a service manager ends the whole group', signal: 'SIGTERM', group: true },
] as const)('$name: dynos finish, then nothing is left running', async ({ signal, group }) => {
  const finished = async () => (await api.logs('polite')).split('finished politely').length;
  const before = await finished();
  const platformPid = platform.pid();
  platform.signalNpm(signal, { group });
  await platform.ended();
  // npm ends with the signal; what it started has its own end.
  await until('the platform to end', () => !isAlive(platformPid));
  expect(processesOf(platform.dataDirectory)).toEqual([]);
  await expect(platform.get('polite')).rejects.toThrow(/ECONNREFUSED/);
  await platform.start();
  await api.dynosUp('polite', 1);
  expect(await finished()).toBe(before + 1);
});

test('a second Ctrl-C does not wait for a dyno that will not end', async () => {
  await api.scale('polite', { stubborn: 1 });
  await api.dynosUp('polite', 2);
  platform.signal('SIGINT');
  await until('the first to be heard', () => platform.output.includes('again to stop them at once'));
  const started = processesOf(platform.dataDirectory);
  expect(started.length).toBeGreaterThan(0);
  // Somebody's second one, not the first again by way of npm.
  await sleep(600);
  platform.signal('SIGINT');
  expect(await platform.ended()).toBe(0);
  expect(processesOf(platform.dataDirectory)).toEqual([]);
});
