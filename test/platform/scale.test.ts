import { readdirSync } from 'node:fs';
import path from 'node:path';
import { ApiClient } from './api-client.ts';
import { SMALL_APP } from './apps.ts';
import { PlatformProcess } from './platform-process.ts';
import { processesOf } from './processes.ts';
import { until } from './until.ts';

jest.setTimeout(180_000);

const platform = new PlatformProcess();
const api = new ApiClient(platform);

beforeAll(() => platform.start('--no-demo'));
afterAll(async () => {
  await platform.stop();
  platform.remove();
});

test('scale to 50 and back leaves no process and no directory', async () => {
  await api.call('POST', '/apps', { name: 'crowd' });
  await api.deploy('crowd', SMALL_APP);
  await api.scale('crowd', { web: 50 });
  const dynos = await api.dynosUp('crowd', 50);
  expect(new Set(dynos.map((dyno) => dyno.name)).size).toBe(50);

  const answering = new Set<string>();
  await until('every dyno to have answered', async () => {
    answering.add((await platform.get('crowd')).text);
    return answering.size === 50;
  });

  await api.scale('crowd', { web: 0 });
  await until('no dyno', async () => (await api.dynos('crowd')).length === 0);
  await until('no process', () => processesOf(platform.dataDirectory).length === 0);
  await until('no directory', () => dynoDirectories().length === 0);
});

/** Without the runtime's own directories, which begin with a dot. */
function dynoDirectories(): readonly string[] {
  return readdirSync(path.join(platform.dataDirectory, 'dynos')).filter((name) => !name.startsWith('.'));
}

test('scaling down again and again while dynos start leaves what was asked for last', async () => {
  for (const quantity of [12, 3, 20, 0, 7, 1, 9, 2]) await api.scale('crowd', { web: quantity, worker: quantity % 3 });
  await api.dynosUp('crowd', 4);
  await until('four processes', () => processesOf(platform.dataDirectory).length === 4);
  expect((await api.dynos('crowd')).map((dyno) => dyno.name).sort()).toEqual([
    'web.1',
    'web.2',
    'worker.1',
    'worker.2',
  ]);
});
