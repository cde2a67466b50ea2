import { matchesGlob, parseGlob } from '../../../core/build/glob.ts';

function matches(pattern: string, path: string): boolean {
  const glob = parseGlob(pattern);
  if (glob === undefined) throw new Error(`${pattern} is broken`);
  return matchesGlob(glob, path);
}

test.each([
  { pattern: '', yes: [''], no: ['a'] },
  { pattern: 'ab', yes: ['ab'], no: ['', 'a', 'b', 'abc', 'xab', 'aB'] },
  { pattern: '?', yes: ['a', '.', '💜'], no: ['', '/', 'ab'] },
  { pattern: 'a?c', yes: ['abc', 'a?c'], no: ['ac', 'a/c', 'abbc'] },
  { pattern: '*', yes: ['', 'a', 'abc'], no: ['/', 'a/b'] },
  { pattern: '*a', yes: ['a', 'ba', 'aa', 'bba'], no: ['', 'ab', 'b/a'] },
  { pattern: 'a*', yes: ['a', 'ab', 'abc'], no: ['', 'ba', 'a/'] },
  { pattern: 'a*b*c', yes: ['abc', 'axbyc', 'abcbc'], no: ['ac', 'acb', 'a/bc'] },
  { pattern: '\\*', yes: ['*'], no: ['', 'a', '\\*', '**'] },
  { pattern: '\\a\\\\', yes: ['a\\'], no: ['a', '\\a\\'] },
  { pattern: 'x\\?y', yes: ['x?y'], no: ['xay'] },
])('$pattern: characters of one part', ({ pattern, yes, no }) => {
  expect(yes.filter((path) => !matches(pattern, path))).toEqual([]);
  expect(no.filter((path) => matches(pattern, path))).toEqual([]);
});

test.each([
  { pattern: '**', yes: ['a', 'a/b', 'a/b/c', '/'], no: [''] },
  { pattern: '**/', yes: ['', 'a/', 'a/b/'], no: ['a', 'a/b', '/'] },
  { pattern: '**/a', yes: ['a', 'x/a', 'x/y/a'], no: ['xa', 'x/ya', '/a', 'a/x', 'x//a'] },
  { pattern: '**/*a', yes: ['a', 'ba', 'x/ba'], no: ['ab', 'a/b'] },
  { pattern: 'a/**', yes: ['a/b', 'a/b/c', 'a//'], no: ['a', 'a/', 'b/a', 'ab'] },
  { pattern: 'a/**/z', yes: ['a/z', 'a/b/z', 'a/b/c/z'], no: ['az', 'a/bz', 'a/zz', 'b/a/z'] },
  { pattern: '**/a/**/b', yes: ['a/b', 'x/a/b', 'x/a/y/b', 'a/a/b/b'], no: ['b', 'a', 'ab', 'xa/b'] },
  // In any other place, and in longer runs, they are one star.
  { pattern: 'a**', yes: ['a', 'ab'], no: ['a/b'] },
  { pattern: 'a**/b', yes: ['a/b', 'ax/b'], no: ['a/x/b', 'b'] },
  { pattern: '**a', yes: ['a', 'ba'], no: ['x/a'] },
  { pattern: 'x/**a', yes: ['x/a', 'x/ba'], no: ['x/y/a'] },
  { pattern: '***', yes: ['', 'ab'], no: ['a/b'] },
  { pattern: '***/a', yes: ['x/a', '/a'], no: ['a', 'x/y/a'] },
  { pattern: '**?', yes: ['a', 'ab'], no: ['', 'a/b'] },
])('$pattern: whole parts', ({ pattern, yes, no }) => {
  expect(yes.filter((path) => !matches(pattern, path))).toEqual([]);
  expect(no.filter((path) => matches(pattern, path))).toEqual([]);
});

test.each([
  { pattern: '[abc]', yes: ['a', 'b', 'c'], no: ['d', '[abc]', ''] },
  { pattern: '[b-d]', yes: ['b', 'c', 'd'], no: ['a', 'e', '-'] },
  { pattern: '[!b-d]', yes: ['a', 'e', '-', '!'], no: ['b', 'c', 'd', '/'] },
  { pattern: '[^b-d]', yes: ['a', 'e', '-', '^'], no: ['b', 'c', 'd', '/'] },
  { pattern: '[a!^]', yes: ['a', '!', '^'], no: ['b'] },
  { pattern: '[]a]', yes: [']', 'a'], no: ['[', 'a]'] },
  { pattern: '[!]a]', yes: ['b', '['], no: [']', 'a'] },
  { pattern: '[]-a]', yes: [']', '^', '_', '`', 'a'], no: ['\\', 'b', '-'] },
  { pattern: '[a-]', yes: ['a', '-'], no: ['b', ']'] },
  { pattern: '[-a]', yes: ['a', '-'], no: ['b'] },
  { pattern: '[--0]', yes: ['-', '.', '0'], no: ['/', ',', '1'] },
  { pattern: '[c-a]', yes: [], no: ['a', 'b', 'c', '-'] },
  { pattern: '[ac-e]', yes: ['a', 'c', 'd', 'e'], no: ['b', 'f', '-'] },
  { pattern: '[/a]', yes: ['a'], no: ['/'] },
  { pattern: '[\\]]', yes: [']'], no: ['\\'] },
  { pattern: '[\\\\]', yes: ['\\'], no: [']'] },
  { pattern: '[\\a-\\c]x', yes: ['ax', 'bx', 'cx'], no: ['dx', '\\x', '-x'] },
  { pattern: '[[:digit:]-z]', yes: ['0', '9', '-', 'z'], no: ['a', ':'] },
  { pattern: '[[:digit:]a-c]', yes: ['5', 'a', 'b', 'c'], no: ['d', '-'] },
  { pattern: '[![:digit:]]', yes: ['a', ':'], no: ['0', '9', '/'] },
  { pattern: '[[:alpha:][:digit:]]x', yes: ['ax', '1x'], no: ['-x', ':x'] },
  // Text that only looks like a class is literal.
  { pattern: '[[:alpha]', yes: ['[', ':', 'a', 'l', 'p', 'h'], no: ['z', ']'] },
  { pattern: '[[:]', yes: ['[', ':'], no: ['a', ']'] },
  { pattern: '[[a]', yes: ['[', 'a'], no: [':'] },
  { pattern: '[a:]', yes: ['a', ':'], no: ['['] },
  { pattern: '[x:digit:]', yes: ['x', ':', 'd', 't'], no: ['5'] },
])('$pattern: one of several characters', ({ pattern, yes, no }) => {
  expect(yes.filter((path) => !matches(pattern, path))).toEqual([]);
  expect(no.filter((path) => matches(pattern, path))).toEqual([]);
});

const DIGITS = '0123456789';
const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const UPPER = LOWER.toUpperCase();
/** POSIX, in the order of ASCII, without the slash. */
test.each([
  ['alnum', DIGITS + UPPER + LOWER],
  ['alpha', UPPER + LOWER],
  ['blank', '\t '],
  ['digit', DIGITS],
  ['lower', LOWER],
  ['punct', '!"#$%&\'()*+,-.:;<=>?@[\\]^_`{|}~'],
  ['space', '\t\n\v\f\r '],
  ['upper', UPPER],
  ['xdigit', `${DIGITS}ABCDEFabcdef`],
])('[[:%s:]]', (name, expected) => {
  const ascii = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));
  expect(ascii.filter((character) => matches(`[[:${name}:]]`, character)).join('')).toBe(expected);
});

test.each(['[', '[a', '[!', '[!]', '[]', '[a-', '[a-c', '[a\\', '[a-\\', 'a\\', '[[:word:]]', '[[::]]', '[[:alpha:]'])(
  '%s is broken',
  (pattern) => {
    expect(parseGlob(pattern)).toBeUndefined();
  },
);
