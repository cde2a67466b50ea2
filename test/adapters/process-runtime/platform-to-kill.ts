/** For crash.test.ts: starts a runtime and dynos, prints the pids of the host and of the dynos' processes, and waits to be killed. */
import { randomUUID } from 'node:crypto';
import { readFileSync, writeSync } from 'node:fs';
import { startProcessRuntime } from '../../../adapters/local/process-runtime/process-runtime.ts';
import { tarball } from '../../artifacts.ts';
import { blobsOf, checksum, slugArchive } from './slug-archive.ts';

const [dataDirectory = '', enforceLimits] = process.argv.slice(2);
const archive = await slugArchive({ 'hello.txt': 'hello\n' });
const runtime = await startProcessRuntime({
  dataDirectory,
  enforceLimits: enforceLimits === 'true',
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
const host = children.find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('dyno-host'));
writeSync(1, `${host}\n`);
const stubborn = `bash -c 'trap "" TERM HUP; echo $$; while :; do sleep 0.1; done'`;
for (const command of [
  'echo $$; exec sleep 600',
  'echo $$; setsid sleep 600 & wait',
  `setsid ${stubborn} & echo $$; wait`,
  `env -i PATH="$PATH" setsid ${stubborn} & sleep 600 & echo $!; wait`,
]) {
  await runtime.start({
    appId: 'app',
    appName: 'shop',
    dynoId: randomUUID(),
    name: 'worker.1',
    type: 'worker',
    attempt: 1,
    slug: { id: 'slug', artifact: tarball('slug'), checksum: checksum(archive) },
    command,
    config: { version: 1, open: async () => ({}) },
    environment: {},
    size: { name: 'Basic', memoryMiB: 512, processLimit: 256 },
    logged: true,
  });
}
