import { execSync } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');

test.each(['test', 'test:file'])('npm run %s -- PATH runs what is under that path, and nothing else', (name) => {
  const words = `npm run --silent ${name} -- test/core/account --listTests`;
  const listed = execSync(words, { cwd: ROOT, encoding: 'utf8' }).trim().split('\n');
  const found = listed.filter((line) => line.startsWith(ROOT)).map((file) => file.replace(`${ROOT}/`, ''));
  expect(found).toContain('test/core/account/accounts.test.ts');
  expect(found.filter((file) => !file.startsWith('test/core/account/'))).toEqual([]);
});
