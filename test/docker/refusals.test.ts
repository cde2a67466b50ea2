import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DockerRefused } from '../../adapters/local/docker-runtime/container-host.ts';
import { docker, until, Workbench } from './workbench.ts';

jest.setTimeout(180_000);

const directory = mkdtempSync(join(tmpdir(), 'docker-refusals-'));
let bench: Workbench | undefined;
afterEach(async () => {
  delete process.env.DOCKER_HOST;
  await bench?.close();
  bench = undefined;
});
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** An image of one empty directory. */
function importImage(name: string): void {
  const tar = spawnSync('tar', ['-c', '-C', directory, '.']).stdout;
  const imported = spawnSync('docker', ['import', '-', name], { input: tar });
  if (imported.status !== 0) throw new Error(imported.stderr.toString());
}

async function refusal(options: Parameters<typeof Workbench.open>[0] = {}): Promise<string> {
  const error = await Workbench.open(options).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DockerRefused);
  return (error as Error).message;
}

test('an image without bash', async () => {
  importImage('dynoform-test:empty');
  expect(await refusal({ image: 'dynoform-test:empty' })).toMatch(/--docker-image dynoform-test:empty has no bash/);
  await docker.getImage('dynoform-test:empty').remove();
});

test('no Docker at all', async () => {
  process.env.DOCKER_HOST = `unix://${directory}/nobody.sock`;
  expect(await refusal()).toMatch(
    /^Docker does not answer \(.*ENOENT.*\)\. Start it, set DOCKER_HOST, or start without/,
  );
});

test('a Docker that never answers', async () => {
  const silent = createServer((socket) => sockets.push(socket));
  const sockets: Socket[] = [];
  const path = join(directory, 'silent.sock');
  await new Promise<void>((resolve) => silent.listen(path, resolve));
  process.env.DOCKER_HOST = `unix://${path}`;
  expect(await refusal()).toMatch(/^Docker does not answer \(no answer in 15 s\)/);
  silent.close();
  for (const socket of sockets) socket.destroy();
});

test('a network of that name whose containers reach each other', async () => {
  await until(async () => {
    try {
      await docker.getNetwork('dynoform').remove();
      return true;
    } catch (error) {
      const { statusCode } = error as { statusCode?: number };
      // A container that is about to end is still in the network, or there is none yet.
      if (statusCode !== 403 && statusCode !== 404) throw error;
      return statusCode === 404;
    }
  });
  await docker.createNetwork({ Name: 'dynoform' });
  expect(await refusal()).toMatch(/"dynoform" lets containers reach each other.*docker network rm dynoform/);
  await docker.getNetwork('dynoform').remove();
  bench = await Workbench.open();
});

test('a container that Docker does not make is a failed start, in Docker’s words', async () => {
  bench = await Workbench.open();
  const { spec } = await bench.run('true', { size: { name: 'Tiny', memoryMiB: 1, processLimit: 256 } });
  const { exit } = await bench.stopped(spec);
  expect(exit).toMatchObject({ status: 1, reason: 'start-failed' });
  expect(exit?.detail).toMatch(/^cannot start the dyno: Minimum memory limit allowed is 6MB/);
  expect(await bench.containersOf(spec)).toEqual([]);
});
