import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const words = (file: string) => readFileSync(join(__dirname, file), 'utf8').trimEnd().split('\n');
const DICTIONARIES = ['words.txt', 'words-of-tests.txt'];

test.each(DICTIONARIES)('%s is sorted, in small letters, and has no word twice', (file) => {
  expect(words(file)).toContain(file === 'words.txt' ? 'dynoform' : 'kolkata');
  const sorted = [...new Set(words(file).map((word) => word.toLowerCase()))].sort();
  expect(words(file)).toEqual(sorted);
});

test('a word of the project needs no second place among those of tests', () => {
  const [ours = [], ofTests = []] = DICTIONARIES.map(words);
  expect(ofTests.filter((word) => ours.includes(word))).toEqual([]);
});
