import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { keepGitConfig } from '../../bin/local/git-config.ts';

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'dynoform-git-config-'));
  file = path.join(directory, 'gitconfig');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const PLATFORM = 'http://localhost:5000';
const mine = () => path.join(directory, 'mine');

/** As in a terminal that is set up. */
function git(...words: readonly string[]): string {
  const env = { ...process.env, GIT_CONFIG_GLOBAL: file, GIT_CONFIG_NOSYSTEM: '1' };
  return execFileSync('git', [...words], { cwd: directory, env, encoding: 'utf8' }).trim();
}

const set = (apiUrl = PLATFORM, includes: readonly string[] = [mine()]) => keepGitConfig(file, apiUrl, includes);

test('the git identity that I set in such a terminal is there in the next one', () => {
  set();
  git('config', '--global', 'user.name', 'Me');
  git('config', '--global', 'user.email', 'me@example.com');
  expect(set()).toEqual({ ok: true, value: undefined });
  expect(git('config', 'user.name')).toBe('Me');
  expect(git('config', 'user.email')).toBe('me@example.com');
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('my own configuration is read, and what I set here wins over it', () => {
  writeFileSync(mine(), '[user]\n\tname = Old\n[alias]\n\tst = status\n');
  set();
  expect(git('config', 'user.name')).toBe('Old');
  git('config', '--global', 'user.name', 'New');
  set();
  expect([git('config', 'user.name'), git('config', 'alias.st')]).toEqual(['New', 'status']);
});

test('however often a terminal is set up, nothing is in the file twice', () => {
  set();
  const first = readFileSync(file, 'utf8');
  set();
  set();
  expect(readFileSync(file, 'utf8')).toBe(first);
});

test('another port, or another file of mine, is added to what is there', () => {
  set();
  git('config', '--global', 'user.name', 'Me');
  writeFileSync(path.join(directory, 'second'), '[alias]\n\tco = checkout\n');
  set('http://localhost:5001', [mine(), path.join(directory, 'second')]);
  expect(git('config', '--global', 'credential.https://localhost:5001.helper')).toBe('!heroku git:credentials');
  expect([git('config', 'alias.co'), git('config', 'user.name')]).toEqual(['checkout', 'Me']);
});

test('a file that git cannot read is named, with git’s reason', () => {
  writeFileSync(file, '[user\n');
  const kept = set();
  expect(!kept.ok && kept.error).toMatch(new RegExp(`^git cannot change ${file}: .*invalid config file`, 's'));
});
