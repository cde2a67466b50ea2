import { ApiClient } from '../platform/api-client.ts';
import { SMALL_APP } from '../platform/apps.ts';
import { PlatformProcess } from '../platform/platform-process.ts';
import { IMAGE } from './image.ts';
import { docker, until } from './workbench.ts';

jest.setTimeout(300_000);

const FLAGS = ['--no-demo', '--runtime', 'docker', '--docker-image', IMAGE];
const platform = new PlatformProcess();
const api = new ApiClient(platform);

beforeAll(() => platform.start(...FLAGS));
afterAll(async () => {
  await platform.stop();
  platform.remove();
});

/** Ids of the app's running containers. */
async function containers(appId: string): Promise<string[]> {
  const found = await docker.listContainers({ filters: { label: [`dynoform.app=${appId}`] } });
  return found.map(({ Id }) => Id).sort();
}

test('the platform runs apps in containers, which outlive it and are taken over', async () => {
  const { id } = await api.call<{ id: string }>('POST', '/apps', { name: 'boxed' });
  await api.deploy('boxed', SMALL_APP);
  await api.scale('boxed', { web: 3, worker: 1 });
  await api.dynosUp('boxed', 4);
  const before = await containers(id);
  expect(before).toHaveLength(4);
  expect((await platform.get('boxed')).status).toBe(200);

  platform.signal('SIGKILL');
  await platform.ended();
  expect(await containers(id)).toEqual(before);
  await platform.start(...FLAGS);
  expect((await platform.get('boxed')).status).toBe(200);
  await api.dynosUp('boxed', 4);
  expect(await containers(id)).toEqual(before);
  expect(await api.logs('boxed')).not.toMatch(/crashed|Restarting/);

  await api.scale('boxed', { web: 1, worker: 0 });
  await until(async () => (await containers(id)).length === 1 || undefined);
  expect((await platform.get('boxed')).status).toBe(200);

  // Deleting an app removes its containers; so does stopping the platform.
  const other = await api.call<{ id: string }>('POST', '/apps', { name: 'other' });
  await api.deploy('other', SMALL_APP);
  await api.scale('other', { web: 1 });
  await api.dynosUp('other', 1);
  await api.call('DELETE', '/apps/other');
  await until(async () => (await containers(other.id)).length === 0 || undefined);
  await platform.stop();
  expect(await docker.listContainers({ all: true, filters: { label: [`dynoform.app=${id}`] } })).toEqual([]);
});
