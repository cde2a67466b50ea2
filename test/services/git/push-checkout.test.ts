import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openPushPlatform, type PushPlatform } from './push-platform.ts';

// Real processes on a machine that may be busy.
jest.setTimeout(120_000);

let platform: PushPlatform;
beforeEach(async () => {
  platform = await openPushPlatform();
  await platform.api('POST', '/apps', { name: 'shop' });
});
afterEach(() => platform.close());

const MEBIBYTE = 1024 * 1024;

/** A commit of one file under many names: large when checked out, small when sent. */
async function commitOfCopies(work: string, count: number, bytes: number): Promise<void> {
  const input = (args: string[], text: string | Buffer) =>
    execFileSync('git', args, { cwd: work, input: text, encoding: 'utf8' }).trim();
  const id = input(['hash-object', '-w', '--stdin'], Buffer.alloc(bytes));
  const names = Array.from({ length: count }, (_, index) => `100644 ${id}\tcopy-${index}\n`);
  input(['update-index', '--add', '--index-info'], names.join(''));
  await platform.git(work, ['commit', '--quiet', '--message', 'Copies']);
}

test('a checkout of more than 1 GB is refused before anything is built', async () => {
  const work = await platform.repository({ Procfile: 'web: a' });
  await commitOfCopies(work, 257, 4 * MEBIBYTE);
  const pushed = await platform.git(work, ['push', platform.remote('shop'), 'main']);
  expect(pushed.status).not.toBe(0);
  expect(pushed.text).toContain('Your checkout has 1029 MB, the limit is 1 GB (1024 MB).');
  expect(await platform.api('GET', '/apps/shop/builds')).toEqual([]);
});

test('what a disk refused is tried anew, what an earlier run left behind goes, and a push leaves nothing', async () => {
  const directory = join(platform.directory, 'git');
  const work = await platform.repository({ Procfile: 'web: a' });
  writeFileSync(directory, 'a file where the directory should be');
  const refused = await platform.git(work, ['push', platform.remote('shop'), 'main']);
  expect(refused.text).toContain('The platform had a problem. Try again.');
  rmSync(directory);
  mkdirSync(join(directory, 'uploads'), { recursive: true });
  writeFileSync(join(directory, 'uploads', 'left.tgz'), 'of a run that was killed');
  // A submodule is not fetched, and the pusher gets a warning.
  const head = (await platform.git(work, ['rev-parse', 'HEAD'])).text.trim();
  await platform.git(work, ['update-index', '--add', '--cacheinfo', `160000,${head},vendored`]);
  await platform.git(work, ['commit', '--quiet', '--message', 'Submodule']);
  const pushed = await platform.git(work, ['push', platform.remote('shop'), 'main']);
  expect(pushed.status).toBe(0);
  expect(pushed.text).toContain('Updated 1 paths from');
  expect(pushed.text).toContain('Warning: submodules are not fetched');
  expect(readdirSync(join(directory, 'uploads'))).toEqual([]);
});
