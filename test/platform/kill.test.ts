import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiClient } from './api-client.ts';
import { SMALL_APP } from './apps.ts';
import { PlatformProcess } from './platform-process.ts';
import { isAlive, processesOf } from './processes.ts';
import { until } from './until.ts';

jest.setTimeout(300_000);

const ROUNDS = 6;
const seed = Number(process.env.KILL_SEED ?? Math.floor(Math.random() * 2 ** 31));
const random = mulberry(seed);

const platform = new PlatformProcess();
const api = new ApiClient(platform);

beforeAll(() => platform.start('--no-demo'));
afterAll(async () => {
  await platform.stop();
  platform.remove();
});

test(`a kill -9 at a random moment loses nothing that was answered (KILL_SEED=${seed})`, async () => {
  await api.call('POST', '/apps', { name: 'survivor' });
  await api.deploy('survivor', SMALL_APP);
  await api.scale('survivor', { web: 3, worker: 1 });
  await api.dynosUp('survivor', 4);

  for (let round = 0; round < ROUNDS; round += 1) {
    const before = processesOf(platform.dataDirectory);
    const acknowledged = { value: '', web: 0 };
    const user = changeUntilItFails(acknowledged);
    await sleep(random() * 1_500);
    platform.signal('SIGKILL');
    await Promise.all([user, platform.ended()]);
    // The platform's two child processes notice, and end everything that they own.
    await until('no process of the killed platform', () => processesOf(platform.dataDirectory).length === 0);
    // A zombie keeps its pid until its parent has reaped it.
    await until('the numbers of its processes to be free', () => !before.some(isAlive));

    const restartedAt = new Date().toISOString();
    await platform.start();
    // The log history also contains lines from before the kill.
    const first = (await api.logs('survivor')).slice(0, restartedAt.length);
    expect(first).not.toBe('');
    expect(first < restartedAt).toBe(true);
    const config = await api.call<Record<string, string>>('GET', '/apps/survivor/config-vars');
    const formation = await api.call<{ type: string; quantity: number }[]>('GET', '/apps/survivor/formation');
    const web = formation.find((entry) => entry.type === 'web')?.quantity ?? -1;
    // A change without an answer may have been made or not; an answered one was made.
    expect(Number(config.VALUE ?? 0)).toBeGreaterThanOrEqual(Number(acknowledged.value || 0));
    if (acknowledged.web > 0) expect([acknowledged.web, next(acknowledged.web)]).toContain(web);
    await api.dynosUp('survivor', web + 1);
    await until('the newest config to answer', async () => {
      const answer = await platform.get('survivor');
      return answer.status === 200 && JSON.parse(answer.text).value === config.VALUE;
    });
    const releases = await api.call<{ version: number; current: boolean }[]>('GET', '/apps/survivor/releases');
    const versions = releases.map((release) => release.version).sort((a, b) => a - b);
    expect(versions).toEqual(versions.map((_version, index) => index + 1));
    expect(releases.filter((release) => release.current)).toHaveLength(1);
    await until('an event of each release', () => {
      const told = createdVersions('survivor');
      return versions.every((version) => told.has(version));
    });
  }
});

test('a build that the kill cut off ends as failed, and the next one works', async () => {
  const built = { ...SMALL_APP, 'package.json': JSON.stringify({ scripts: { build: 'sleep 60' } }) };
  await api.call('POST', '/apps', { name: 'builder' });
  const { id, output_stream_url: output } = await api.startBuild('builder', built);
  await until('the build script to run', async () => /sleep 60/.test(await soFar(output)));
  platform.signal('SIGKILL');
  await platform.ended();
  await platform.start();
  expect((await api.build('builder', id)).status).toBe('failed');
  expect(await (await fetch(output)).text()).toContain('interrupted');
  await api.deploy('builder', { ...SMALL_APP, 'package.json': '{}' });
  await until('the app to answer', async () => (await platform.get('builder')).status === 200);
  expect(commands().filter((command) => command.includes('sleep 60'))).toEqual([]);
});

/** The releases of an app of which an event says that they were created. A line may be there twice, or cut off by a kill. */
function createdVersions(appName: string): ReadonlySet<number> {
  const versions = new Set<number>();
  for (const line of readFileSync(join(platform.dataDirectory, 'events.jsonl'), 'utf8').split('\n')) {
    if (!line.endsWith('}')) continue;
    const { resource, action, app, data } = JSON.parse(line);
    if (resource === 'api:release' && action === 'create' && app.name === appName) versions.add(data.version);
  }
  return versions;
}

/** The stream's content now, without waiting for its end. */
async function soFar(url: string): Promise<string> {
  const response = await fetch(url, { headers: { Connection: 'close' } });
  if (response.status !== 200 || response.body === null) return '';
  const reader = response.body.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  return new TextDecoder().decode(value);
}

function commands(): readonly string[] {
  return processesOf(platform.dataDirectory).map((pid) =>
    readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' '),
  );
}

/** A user who makes changes until the platform is gone; remembers what was answered. */
async function changeUntilItFails(acknowledged: { value: string; web: number }): Promise<void> {
  try {
    acknowledged.web = 3;
    await api.scale('survivor', { web: 3 });
    for (;;) {
      const value = String(Date.now());
      await api.call('PATCH', '/apps/survivor/config-vars', { VALUE: value });
      acknowledged.value = value;
      await api.scale('survivor', { web: next(acknowledged.web) });
      acknowledged.web = next(acknowledged.web);
      await sleep(random() * 100);
    }
  } catch (error) {
    // The kill may break a request, but the API must not refuse one.
    if (/: 4\d\d /.test(String(error))) throw error;
  }
}

function next(web: number): number {
  return web === 5 ? 1 : web + 1;
}

/** A small seeded generator (mulberry32), so that a failing run can be repeated. */
function mulberry(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
