import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { copyTree } from '../../../adapters/local/process-runtime/host/trees.ts';
import { checksum } from './slug-archive.ts';
import { openWorkbench, until, type Workbench } from './workbench.ts';

jest.setTimeout(30_000);

let bench: Workbench;
beforeAll(async () => {
  bench = await openWorkbench();
});
afterAll(() => bench.close());

async function tarball(name: string, content = '', type: 'file' | 'symlink' = 'file', linkname = ''): Promise<Buffer> {
  const packing = pack();
  packing.entry({ name, type, linkname }, content);
  packing.finalize();
  const parts: Buffer[] = [];
  for await (const part of packing) parts.push(part as Buffer);
  return gzipSync(Buffer.concat(parts));
}

test.each([
  {
    name: 'is no archive',
    content: async () => Buffer.from('not an archive at all'),
    reason: /^slug archive is corrupt: not a readable/,
  },
  {
    name: 'has no app directory',
    content: () => tarball('web.js', 'x'),
    reason: /corrupt: it has no \.\/app directory$/,
  },
  { name: 'reaches out of its tree', content: () => tarball('app/../../evil', 'x'), reason: /corrupt: .*"\.\."/ },
  {
    name: 'links out of its tree',
    content: () => tarball('app/key', '', 'symlink', '../../../config.key'),
    reason: /corrupt: .*leads out of it: "app\/key"/,
  },
])('a slug that $name is refused for good, in plain words', async ({ content, reason }) => {
  const archive = await content();
  const id = randomUUID();
  bench.putBlob(id, archive);
  const spec = await bench.spec('echo ran', {
    slug: { id, artifact: { kind: 'tarball', blobKey: id }, checksum: checksum(archive) },
  });
  expect(await bench.runtime.start(spec)).toEqual({ ok: false, reason: expect.stringMatching(reason), retry: false });
  expect((await bench.runtime.observe(spec.appId)).tasks.filter(({ dynoId }) => dynoId === spec.dynoId)).toEqual([]);
  expect(
    (await readdir(join(bench.dataDirectory, 'slug-cache'))).filter((name) => name.startsWith('.') || name === id),
  ).toEqual([]);
});

test('a slug that is not the one that was made is refused with Heroku’s words', async () => {
  const slug = await bench.slug({ 'a.txt': 'a' });
  const expected = `SHA256:${'0'.repeat(64)}`;
  expect(await bench.runtime.start(await bench.spec('true', { slug: { ...slug, checksum: expected } }))).toEqual({
    ok: false,
    reason: `Checksum does match expected value. Expected: ${expected} Actual: ${slug.checksum}`,
    retry: false,
  });
});

test('a slug survives in the cache when its blob is gone, and what a dyno changes is not in the next one', async () => {
  const slug = await bench.slug({ 'a.txt': 'original\n', 'bin/tool': '#!/bin/sh\necho tool\n' });
  const first = await bench.run('echo changed > a.txt; bin/tool; echo x > new.txt', { slug });
  await bench.stopped(first.spec);
  bench.putBlob(slug.artifact.blobKey, Buffer.alloc(0));
  const second = await bench.run('cat a.txt; ls', { slug, name: 'second.1' });
  await bench.stopped(second.spec);
  expect(bench.messages('second.1')).toEqual(['original', 'a.txt', 'bin']);
});

test('a large slug is copied whole, and a spare copy serves the next start', async () => {
  const files = Object.fromEntries(
    Array.from({ length: 600 }, (_, index) => [`lib/${index % 20}/${index}.js`, `${index}`]),
  );
  const slug = await bench.slug(files);
  const first = await bench.run('find . -type f | wc -l; rm -r lib/1; echo changed > lib/2/2.js', {
    slug,
    name: 'big.1',
  });
  await bench.stopped(first.spec);
  const spares = join(bench.dataDirectory, 'dynos', '.spares');
  await until(async () => ((await readdir(spares)).length === 1 ? true : undefined));
  await bench.run('sleep 0', { slug }).then(({ spec }) => bench.stopped(spec));
  const second = await bench.run('find . -type f | wc -l; cat lib/2/2.js', { slug, name: 'big.2' });
  await bench.stopped(second.spec);
  expect(bench.messages('big.1').map((line) => line.trim())).toEqual(['600']);
  expect(bench.messages('big.2').map((line) => line.trim())).toEqual(['600', '2']);
});

test.each([{ entries: 3 }, { entries: 5_000 }])(
  'a copy of $entries entries keeps modes, times and links',
  async ({ entries }) => {
    const from = join(bench.dataDirectory, `from-${entries}`);
    const to = join(bench.dataDirectory, `to-${entries}`);
    await mkdir(join(from, 'bin'), { recursive: true });
    await writeFile(join(from, 'bin/run'), 'run', { mode: 0o755 });
    execFileSync('ln', ['-s', 'bin/run', join(from, 'link')]);
    execFileSync('ln', ['-s', 'nowhere', join(from, 'dangling')]);
    execFileSync('touch', ['-t', '202001020304', join(from, 'bin/run')]);
    await copyTree(from, to, entries);
    const list = (directory: string) =>
      execFileSync('find', ['.', '!', '-type', 'd', '-printf', '%p %m %T@ %l\\n'], { cwd: directory, encoding: 'utf8' })
        .split('\n')
        .sort();
    if (process.platform === 'linux') {
      expect(list(to).map((line) => line.replace(/ [\d.]+ (?=\S+$)/, ' '))).toEqual(
        list(from).map((line) => line.replace(/ [\d.]+ (?=\S+$)/, ' ')),
      );
    }
    expect(await readFile(join(to, 'link'), 'utf8')).toBe('run');
  },
);

/** Mounts a file system of this size at a new path, which the caller removes. Needs root. */
function mountSmallDisk(kilobytes: number): string {
  const at = mkdtempSync(join(tmpdir(), 'dynoform-small-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', at], { stdio: 'ignore' });
  } catch (error) {
    rmdirSync(at);
    throw error;
  }
  return at;
}

function removeSmallDisk(at: string): void {
  execFileSync('umount', ['-l', at]);
  rmdirSync(at);
}

function mayMount(): boolean {
  try {
    removeSmallDisk(mountSmallDisk(4));
    return true;
  } catch {
    return false;
  }
}

const testOnFullDisk = mayMount() ? test : test.skip;

testOnFullDisk(
  'a full disk is said to be full, and worth another try (skipped where no tmpfs may be mounted)',
  async () => {
    // Room for the host, for a slug of 150 kB and for one copy of it, but not for two.
    const { size } = await stat(join(bench.dataDirectory, 'dyno-host.mjs'));
    const small = mountSmallDisk(Math.ceil(size / 1_000) + 370);
    try {
      const full = await openWorkbench({ dataDirectory: join(small, 'data') });
      const slug = await full.slug({ 'large.bin': 'x'.repeat(2_000_000) });
      expect(await full.runtime.start(await full.spec('true', { slug }))).toEqual({
        ok: false,
        reason: 'disk full: free space in data',
        retry: true,
      });
      const copied = await full.slug({ 'medium.bin': 'x'.repeat(150_000) });
      const first = await full.run('sleep 60', { slug: copied });
      await full.task(first.spec, ({ state }) => state === 'running');
      const second = await full.run('sleep 60', { slug: copied });
      expect((await full.stopped(second.spec)).exit).toEqual({
        status: 1,
        reason: 'start-failed',
        detail: 'disk full: free space in data',
      });
      await full.close();
    } finally {
      removeSmallDisk(small);
    }
  },
);
