import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MUTANTS } from './mutants.ts';

const read = (file: string) => {
  const path = join(__dirname, '../..', file);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
};

/** Whether each is caught takes minutes (`npm run simulate:mutations`); whether each can be planted is quick. */
test.each(MUTANTS)('$name: what it replaces is there, once', ({ edits, test: file }) => {
  expect(edits.length).toBeGreaterThan(0);
  const times = edits.map(({ file, find }) => `${file}: ${read(file).split(find).length - 1}`);
  expect(times).toEqual(edits.map((edit) => `${edit.file}: 1`));
  if (file !== undefined) expect(read(file)).toContain('test');
});
