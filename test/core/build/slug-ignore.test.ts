import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { parseSlugIgnore } from '../../../core/build/slug-ignore.ts';

test.each([
  { pattern: '*.psd', matches: ['a.psd', 'x/y/a.psd'], leaves: ['a.psd.txt', 'psd'] },
  { pattern: '/docs', matches: ['docs'], leaves: ['x/docs'] },
  { pattern: 'docs/internal', matches: ['docs/internal'], leaves: ['x/docs/internal'] },
  { pattern: 'a/**/z', matches: ['a/z', 'a/b/z', 'a/b/c/z'], leaves: ['a/zz', 'b/z'] },
  { pattern: '**/logs', matches: ['logs', 'x/y/logs'], leaves: ['xlogs'] },
  { pattern: 'a/**', matches: ['a/b', 'a/b/c'], leaves: ['a', 'b/a/c'] },
  { pattern: 'a?c', matches: ['abc'], leaves: ['a/c', 'ac'] },
  { pattern: '[a-c]x', matches: ['ax', 'cx'], leaves: ['dx', '/x'] },
  { pattern: '[!a]x', matches: ['bx'], leaves: ['ax', 'x'] },
  { pattern: '\\#x', matches: ['#x'], leaves: ['x'] },
  { pattern: 'x\\ ', matches: ['x '], leaves: ['x'] },
  { pattern: 'x   ', matches: ['x'], leaves: ['x   '] },
  { pattern: 'x\\\\ ', matches: ['x\\'], leaves: ['x\\ ', 'x'] },
  { pattern: 'x\\\\\\ ', matches: ['x\\ '], leaves: ['x\\', 'x'] },
  { pattern: ' x', matches: [' x'], leaves: ['x'] },
  { pattern: '   ', matches: [], leaves: ['', ' ', 'a'] },
  { pattern: '', matches: [], leaves: ['', 'a'] },
  { pattern: '\uFEFFx', matches: ['x', 'a/x'], leaves: ['\uFEFFx'] },
  { pattern: 'x\r\ny\n\nz', matches: ['x', 'y', 'z'], leaves: ['x\r', ''] },
  { pattern: '/a/b', matches: ['a/b'], leaves: ['b', 'x/a/b', '/a/b'] },
  { pattern: '# comment', matches: [], leaves: ['# comment', 'comment'] },
  { pattern: '[', matches: [], leaves: ['['] },
  { pattern: '/', matches: [], leaves: ['a'] },
  { pattern: 'a.b', matches: ['a.b'], leaves: ['aXb'] },
  { pattern: 'ü*', matches: ['übung'], leaves: ['u'] },
])('$pattern', ({ pattern, matches, leaves }) => {
  const ignore = parseSlugIgnore(pattern);
  expect(matches.filter((path) => !ignore.matches(path, false))).toEqual([]);
  expect(leaves.filter((path) => ignore.matches(path, false))).toEqual([]);
});

test('a pattern that ends in a slash is for directories', () => {
  expect(parseSlugIgnore('/build/').matches('build', true)).toBe(true);
  expect(parseSlugIgnore('/build/').matches('x/build', true)).toBe(false);
  expect(parseSlugIgnore('a/build/').matches('a/build', true)).toBe(true);
  const ignore = parseSlugIgnore('build/');
  expect(ignore.matches('build', true)).toBe(true);
  expect(ignore.matches('x/build', true)).toBe(true);
  expect(ignore.matches('build', false)).toBe(false);
});

test('a re-inclusion has no effect, and says so', () => {
  const ignore = parseSlugIgnore('*.log\n!keep.log\n');
  expect(ignore.matches('keep.log', false)).toBe(true);
  expect(parseSlugIgnore('*.log\n# !\n\n').warnings).toEqual([]);
  expect(ignore.warnings).toEqual(['.slugignore line 2 is ignored: files cannot be re-included with "!".']);
});

test('a hostile pattern is answered at once', () => {
  const ignore = parseSlugIgnore(`${'*a'.repeat(12)}b`);
  // Backtracking would take years: the call is interrupted, because otherwise it would never return.
  const context = { matches: () => ignore.matches('a'.repeat(40), false) };
  expect(runInNewContext('matches()', context, { timeout: 5_000 })).toBe(false);
});

describe('beside git itself', () => {
  const directory = mkdtempSync(join(tmpdir(), 'dynoform-ignore-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  /** Which of the files git ignores with the same patterns. */
  function gitIgnores(patterns: string, paths: readonly string[]): readonly string[] {
    writeFileSync(join(directory, 'patterns'), patterns);
    const asked = spawnSync(
      'git',
      [
        '-c',
        `core.excludesFile=${join(directory, 'patterns')}`,
        '-c',
        'core.ignoreCase=false',
        'check-ignore',
        '--no-index',
        '-z',
        '--stdin',
      ],
      { cwd: directory, input: paths.map((path) => `${path}\0`).join(''), encoding: 'utf8' },
    );
    return asked.stdout.split('\0').filter(Boolean);
  }

  test('the same files are ignored', () => {
    execFileSync('git', ['init', '--quiet', directory]);
    const part = fc.constantFrom('a', 'b', 'ab', 'a.b', 'log', 'x-1', '[a]', 'a b');
    const path = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
    const piece = fc.constantFrom(
      'a',
      'b',
      'log',
      '*',
      '?',
      '**',
      '/',
      '[ab]',
      '[!a]',
      '[a-c]',
      '.',
      '-',
      '\\[',
      ' ',
      '[[:alpha:]]',
      '[]a]',
    );
    const pattern = fc.array(piece, { minLength: 1, maxLength: 5 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(
        fc.array(pattern, { minLength: 1, maxLength: 3 }),
        fc.uniqueArray(path, { minLength: 1, maxLength: 12 }),
        (patterns, paths) => {
          const text = `${patterns.join('\n')}\n`;
          const ignore = parseSlugIgnore(text);
          // Like the builder: a directory that matches takes everything beneath it along.
          const ours = paths.filter((each) =>
            each
              .split('/')
              .some((_, index, parts) => ignore.matches(parts.slice(0, index + 1).join('/'), index < parts.length - 1)),
          );
          expect({ patterns, ignored: ours }).toEqual({ patterns, ignored: gitIgnores(text, paths) });
        },
      ),
      { numRuns: 150 },
    );
  });
});
