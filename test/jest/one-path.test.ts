import { execSync } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');

test.each(['test', 'test:file'])('npm run %s -- PATH runs what is under that path, and nothing else', (name) => {
  const words = `npm run --silent ${name} -- test/core/account --listTests`;
  // Its caches stay in the usual place, not with this test's files.
  const env = { ...process.env, TMPDIR: undefined };
  const listed = execSync(words, { cwd: ROOT, env, encoding: 'utf8' }).trim().split('\n');
  const found = listed.filter((line) => line.startsWith(ROOT)).map((file) => file.replace(`${ROOT}/`, ''));
  expect(found).toContain('test/core/account/accounts.test.ts');
  expect(found.filter((file) => !file.startsWith('test/core/account/'))).toEqual([]);
});
