import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bin } from '../../package.json';
import { runAtHome } from './run-at-home.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'dynoform-command-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const run = (line: string) => runAtHome(home, line);

test('bin/dynoform alone, or with a word that it does not know, names its commands', () => {
  expect(bin).toEqual({ dynoform: 'bin/dynoform' });
  const usage =
    'Usage: bin/dynoform start|env|recover|connect|cost|doctor|teardown|verify [options]. See --help of each.\n';
  expect(run('bin/dynoform --help')).toMatchObject({ status: 0, stdout: usage });
  expect(run('bin/dynoform up')).toMatchObject({ status: 1, stderr: usage, stdout: '' });
  expect(run('bin/dynoform toString')).toMatchObject({ status: 1, stderr: usage });
});

describe('a Node.js that is too old', () => {
  const old = (version: string) =>
    `data:text/javascript,Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`;
  const start = (version: string, words: string) =>
    run(`node --import ${JSON.stringify(old(version).replaceAll(' ', '%20'))} bin/command.mjs ${words}`);

  test.each(['18.20.5', '20.18.1', '16.20.2'])('%s is told which one is needed, in one line', (version) => {
    expect(start(version, 'start --help')).toMatchObject({
      status: 1,
      stdout: '',
      stderr: `Dynoform needs Node.js 20.19 or later; this is ${version}.\n`,
    });
  });

  test('an eval of its settings fails too', () => {
    expect(start('18.20.5', 'env')).toMatchObject({ status: 1, stdout: 'false\n' });
  });

  test.each(['20.19.0', '22.0.0'])('%s will do', (version) => {
    expect(start(version, 'start --help')).toMatchObject({ status: 0, stderr: '' });
  });
});

test('a clone without its packages says npm ci', () => {
  const empty = path.join(home, 'clone');
  const { status, stderr } = run(
    `mkdir -p ${empty} && cp -r bin package.json ${empty} && node ${empty}/bin/command.mjs start`,
  );
  expect(status).toBe(1);
  expect(stderr).toBe('The packages of Dynoform are not installed: run "npm ci" in its directory.\n');
});
