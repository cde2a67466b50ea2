import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { giveOwnRepository } from './own-repository.ts';

describe('the repository of a sandbox', () => {
  let sandbox: string;
  beforeEach(() => {
    sandbox = mkdtempSync(join(tmpdir(), 'sandbox-'));
  });
  afterEach(() => rmSync(sandbox, { recursive: true, force: true }));

  test('is the one that git finds there', () => {
    giveOwnRepository(sandbox);
    expect(execFileSync('git', ['rev-parse', '--git-dir'], { cwd: sandbox, encoding: 'utf8' })).toBe('.git\n');
  });

  test('is the first, where two workers make one at the same time, and nothing is left of the second', () => {
    giveOwnRepository(sandbox);
    execFileSync('git', ['config', 'dynoform.first', 'yes'], { cwd: sandbox });
    giveOwnRepository(sandbox);
    expect(execFileSync('git', ['config', 'dynoform.first'], { cwd: sandbox, encoding: 'utf8' })).toBe('yes\n');
    expect(readdirSync(sandbox)).toEqual(['.git']);
  });

  test('cannot be made where there is no directory', () => {
    expect(() => giveOwnRepository(join(sandbox, 'missing'))).toThrow('ENOENT');
    expect(existsSync(join(sandbox, 'missing'))).toBe(false);
  });
});
