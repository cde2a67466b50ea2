/** For adoption.test.ts: a runtime that starts the given dynos and prints their log lines until it is killed. */
import { readFileSync, writeSync } from 'node:fs';
import { startDockerRuntime } from '../../adapters/local/docker-runtime/docker-runtime.ts';
import type { DynoSpec } from '../../core/ports/dyno-runtime.ts';
import { blobsOf, checksum, slugArchive } from '../adapters/process-runtime/slug-archive.ts';
import { tarball } from '../artifacts.ts';

export interface Orders {
  readonly dataDirectory: string;
  readonly image: string;
  readonly dynos: readonly Omit<DynoSpec, 'config' | 'slug'>[];
}

const { dataDirectory, image, dynos } = JSON.parse(process.argv[2] ?? '') as Orders;
const archive = await slugArchive({ 'hello.txt': 'hello\n' });
const runtime = await startDockerRuntime({
  dataDirectory,
  image,
  blobs: blobsOf(new Map([['slug', archive]])),
  outputs: {
    append: () => undefined,
    end: async () => undefined,
    read: () => undefined,
    remove: async () => undefined,
  },
  logs: {
    append: (lines) => {
      for (const { message } of lines) writeSync(1, `${message}\n`);
    },
  },
  problems: { report: (message) => process.stderr.write(`${message}\n`) },
});
const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'latin1').split(' ').filter(Boolean);
const host = children.find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('container-host'));
writeSync(1, `host ${host}\n`);
for (const dyno of dynos) {
  await runtime.start({
    ...dyno,
    slug: { id: 'slug', artifact: tarball('slug'), checksum: checksum(archive) },
    config: { version: 1, open: async () => ({}) },
  });
  if (dyno.attach !== undefined) runtime.attach(dyno.dynoId)?.on('data', (chunk) => writeSync(1, chunk));
}
