import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');
const GUIDES = readdirSync(join(ROOT, 'docs/adding'));
const PATH = /`([\w.-]+(?:\/[\w.-]+)+\/?)`/g;

const isFile = (path: string) => existsSync(join(ROOT, path)) && statSync(join(ROOT, path)).isFile();
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

test('there are guides', () => {
  expect(GUIDES.sort()).toEqual(['function.md', 'port.md', 'reconciler.md', 'route.md', 'variable.md']);
});

describe.each(GUIDES)('docs/adding/%s', (guide) => {
  const text = read(`docs/adding/${guide}`).replace(/\s+/g, ' ');
  const files = [...text.matchAll(PATH)].map(([, path = '']) => path).filter(isFile);

  test('finds each name in the file that it says', () => {
    const pairs = [...text.matchAll(/`(\w+)` (?:of|in) `([\w-]+\/[\w./-]+)`/g)].map(([, name = '', file = '']) => ({
      name,
      file,
    }));
    expect(pairs).not.toEqual([]);
    expect(pairs.filter(({ name, file }) => !isFile(file) || !new RegExp(`\\b${name}\\b`).test(read(file)))).toEqual(
      [],
    );
  });

  test('has no name that none of its files has', () => {
    const names = [...new Set([...text.matchAll(/`([A-Za-z_]\w*)`/g)].map(([, name = '']) => name))];
    const code = files.map(read).join('\n');
    expect(names).not.toEqual([]);
    expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(code) && !existsSync(join(ROOT, name)))).toEqual(
      [],
    );
  });
});
