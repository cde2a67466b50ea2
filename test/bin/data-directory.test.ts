import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { dataPaths, lockDataDirectory, openDataDirectory, writeRunning } from '../../bin/local/data-directory.ts';

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(path.join(tmpdir(), 'dynoform-data-'));
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

test('a new directory is its owner’s alone', () => {
  const directory = path.join(parent, 'a', 'b');
  expect(openDataDirectory(directory)).toEqual({ ok: true, value: dataPaths(directory) });
  expect(statSync(directory).mode & 0o777).toBe(0o700);
});

test.each([
  { name: 'a file', directory: () => path.join(parent, 'file') },
  { name: 'below a file', directory: () => path.join(parent, 'file', 'd') },
  { name: 'where nothing can be made', directory: () => '/proc/dynoform/d' },
])('$name cannot be the data directory', ({ directory }) => {
  writeFileSync(path.join(parent, 'file'), '');
  const opened = openDataDirectory(directory());
  expect(!opened.ok && opened.error).toContain('--data-dir');
});

test('a second lock is refused and names who holds the first; letting go frees it', () => {
  const paths = dataPaths(parent);
  const first = lockDataDirectory(paths);
  writeRunning(paths, { pid: 4711, apiUrl: 'http://localhost:5000', routerPort: 8080, caCertificatePath: '' });
  const second = lockDataDirectory(paths);
  expect(!second.ok && second.error).toContain('process 4711, http://localhost:5000');
  if (first.ok) first.value.release();
  const third = lockDataDirectory(paths);
  expect(third.ok).toBe(true);
  if (third.ok) third.value.release();
});

test('a lock that is kept survives garbage collection, and dies with a killed process', async () => {
  const root = path.resolve(__dirname, '../..');
  const program = `
    const { lockDataDirectory, dataPaths } = await import('${root}/bin/local/data-directory.ts');
    const lock = lockDataDirectory(dataPaths(process.argv[1]));
    process.on('exit', () => lock.value.release());
    for (let round = 0; round < 5; round += 1) { gc(); await new Promise((resolve) => setTimeout(resolve, 10)); }
    console.log('held');
    setInterval(() => {}, 1000);
  `;
  const holder = spawn(
    process.execPath,
    ['--expose-gc', '--import', 'tsx', '--input-type=module', '-e', program, parent],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  await once(holder.stdout, 'data');
  expect(lockDataDirectory(dataPaths(parent)).ok).toBe(false);
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  const freed = lockDataDirectory(dataPaths(parent));
  expect(freed.ok).toBe(true);
  if (freed.ok) freed.value.release();
});
