import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { defaultDataDirectory, leakWarnings, projectFilesAbove } from '../../bin/local/default-directory.ts';

let parent: string;
let clone: string;
let home: string;
beforeEach(() => {
  parent = mkdtempSync(path.join(tmpdir(), 'dynoform-default-'));
  clone = path.join(parent, 'clone');
  home = path.join(parent, 'home');
  mkdirSync(clone);
  mkdirSync(home);
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

const older = () => {
  mkdirSync(path.join(clone, '.dynoform'));
  writeFileSync(path.join(clone, '.dynoform', 'store.db'), '');
  return path.join(clone, '.dynoform');
};

test('without --data-dir my apps are kept in my home, not in the clone', () => {
  expect(defaultDataDirectory(clone, home)).toBe(path.join(home, '.dynoform'));
});

test('the apps of an older version, in the clone, are found, also after another clone has used my home', () => {
  const directory = older();
  expect(defaultDataDirectory(clone, home)).toBe(directory);
  mkdirSync(path.join(home, '.dynoform'));
  expect(defaultDataDirectory(clone, home)).toBe(directory);
});

test('an empty .dynoform in the clone is not the state of an older version', () => {
  mkdirSync(path.join(clone, '.dynoform'));
  expect(defaultDataDirectory(clone, home)).toBe(path.join(home, '.dynoform'));
});

test('data of an older version: I am told what apps see, and the one command that moves it', () => {
  writeFileSync(path.join(clone, 'package.json'), '{"type":"module"}');
  mkdirSync(path.join(clone, '.git'));
  const directory = older();
  expect(leakWarnings(directory, clone, home)).toEqual([
    `WARNING: apps also see ${clone}/package.json and ${clone}/.git, so they may work here and fail on Heroku, or fail only here.`,
    `Your data is in the clone, where older versions kept it. To move it, stop and run: mv '${directory}' '${home}/.dynoform'`,
  ]);
});

test('data of an older version, and my home is in use: no command that would put one into the other', () => {
  writeFileSync(path.join(clone, 'package.json'), '{}');
  mkdirSync(path.join(home, '.dynoform'));
  const [, advice] = leakWarnings(older(), clone, home);
  expect(advice).toBe(
    'Keep the data where nothing of the kind lies above it: choose another directory with --data-dir.',
  );
});

test.each([
  { name: 'package.json', make: (file: string) => writeFileSync(file, '{}') },
  { name: 'node_modules', make: (file: string) => mkdirSync(file) },
  { name: '.git', make: (file: string) => mkdirSync(file) },
])('a --data-dir below a directory with $name is a warning that names it', ({ name, make }) => {
  const directory = path.join(home, 'project', 'deep', 'data');
  mkdirSync(directory, { recursive: true });
  const file = path.join(home, 'project', name);
  make(file);
  expect(projectFilesAbove(directory)).toEqual([file]);
  expect(leakWarnings(directory, clone, home)[0]).toContain(`apps also see ${file}, so`);
});

test('a --data-dir that is itself a project is no better', () => {
  writeFileSync(path.join(home, 'package.json'), '{}');
  expect(projectFilesAbove(home)).toEqual([path.join(home, 'package.json')]);
});

test('nothing above the data: no warning', () => {
  expect(leakWarnings(path.join(home, '.dynoform'), clone, home)).toEqual([]);
});
