import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DockerRefused } from '../../adapters/local/docker-runtime/container-host.ts';
import type { Orders } from './platform-to-kill.ts';
import { Registry } from './registry.ts';
import { docker, until, Workbench } from './workbench.ts';

jest.setTimeout(180_000);

let registry: Registry;
let bench: Workbench | undefined;
let child: ChildProcess | undefined;
let dataDirectory: string;
beforeEach(async () => {
  dataDirectory = await realpath(await mkdtemp(join(tmpdir(), 'docker-fetch-')));
  registry = await Registry.open();
});
afterEach(async () => {
  child?.kill('SIGKILL');
  await bench?.close();
  bench = undefined;
  await registry.close();
  await rm(dataDirectory, { recursive: true, force: true });
});

async function refusal(image: string): Promise<string> {
  const error = await Workbench.open({ image }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DockerRefused);
  return (error as Error).message;
}

test('an image that is not here is fetched, once, and the operator is told', async () => {
  registry.offer('shell', 'bin/bash');
  const image = registry.name('shell');
  bench = await Workbench.open({ image });
  expect(bench.reports).toEqual([`Docker fetches the image ${image}, once.`]);
  expect(bench.runtime.limits).toContain(`The image ${image} has no Node.js; the slugs built here need`);
  await bench.close();
  bench = await Workbench.open({ image });
  expect(bench.reports).toEqual([]);
  await bench.close();
  bench = undefined;
  await docker.getImage(image).remove();
});

test.each([
  {
    name: 'its registry does not have',
    missing: async () => undefined,
    words: /cannot fetch it \(manifest [^()]*\)\. /,
  },
  {
    name: 'whose registry is not there',
    missing: () => registry.close(),
    words: /cannot fetch it \(Get "http.*refused\)\. /,
  },
])('an image $name: Docker’s reason, and what to do', async ({ missing, words }) => {
  const image = registry.name('nothing');
  await missing();
  const message = await refusal(image);
  expect(message).toMatch(words);
  expect(message).toMatch(/^--docker-image 127\.0\.0\.1:\d+\/nothing:1 is not on this machine, and Docker cannot/);
  expect(message).toMatch(/Get it with "docker pull" or "docker load", or choose one that "docker images" lists\.$/);
});

test('a platform that is ended while an image is fetched leaves no process behind', async () => {
  registry.fallSilentAbout('slow');
  const orders: Orders = { dataDirectory, image: registry.name('slow'), dynos: [] };
  child = spawn(process.execPath, ['--import', 'tsx', join(__dirname, 'platform-to-kill.ts'), JSON.stringify(orders)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await until(() => registry.waiting.size > 0);
  expect(hosts()).toHaveLength(1);
  child.kill('SIGKILL');
  await until(() => hosts().length === 0);
});

/** Container hosts of this test's platform. */
function hosts(): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(`${dataDirectory}/container-host`);
    } catch {
      // Not a process, or one that is gone.
      return false;
    }
  });
}
