import fc from 'fast-check';
import { parseProcfile } from '../../../core/build/procfile.ts';

test.each([
  { name: 'one process type per line', text: 'web: a\nworker: b\n', expected: { web: 'a', worker: 'b' } },
  { name: 'a command keeps its colons and inner spaces', text: 'web:  a:b  "c  d" ', expected: { web: 'a:b  "c  d"' } },
  { name: 'no space is needed behind the colon', text: 'web:node a.js', expected: { web: 'node a.js' } },
  {
    name: 'Windows line ends and a byte order mark',
    text: '\uFEFFweb: a\r\nworker: b\r\n',
    expected: { web: 'a', worker: 'b' },
  },
  { name: 'dashes and underscores', text: 'a-b_c1: x', expected: { 'a-b_c1': 'x' } },
  { name: 'comments and blank lines', text: '# web: no\n\n  \nweb: a # kept', expected: { web: 'a # kept' } },
  { name: 'what is a byte order mark only at the beginning', text: 'web: a\uFEFFb', expected: { web: 'a\uFEFFb' } },
  { name: 'the later of two declarations', text: 'web: a\nweb: b', expected: { web: 'b' } },
  { name: 'an empty file', text: '', expected: {} },
  { name: 'the line ends of old Macs', text: 'web: a\rworker: b', expected: { web: 'a', worker: 'b' } },
  { name: 'spaces before the colon', text: 'web  : a', expected: { web: 'a' } },
  { name: 'an indented comment', text: '  # web: no\nweb: a', expected: { web: 'a' } },
  { name: 'a type of 128 letters', text: `${'a'.repeat(128)}: x`, expected: { ['a'.repeat(128)]: 'x' } },
])('reads $name', ({ text, expected }) => {
  expect(parseProcfile(text).processTypes).toEqual(expected);
});

const FORM = 'is ignored: it is not of the form "<process type>: <command>".';

test.each([
  { name: 'no colon', text: 'web a', says: `line 1 ${FORM}` },
  { name: 'a space in the type', text: 'ok: x\nmy web: a', says: `line 2 ${FORM}` },
  { name: 'an indented line', text: '  web: a', says: `line 1 ${FORM}` },
  { name: 'no command', text: 'web:   ', says: 'line 1 is ignored: process type web has no command.' },
  { name: 'a type that every object has', text: '__proto__: a', says: `line 1 ${FORM}` },
  { name: 'a type of 129 letters', text: `${'a'.repeat(129)}: x`, says: `line 1 ${FORM}` },
  { name: 'a null byte', text: 'web: a\0b', says: 'line 1 is ignored: its command holds a null byte.' },
  { name: 'a second declaration', text: 'web: a\nweb: b', says: 'line 2 replaces an earlier declaration of web.' },
])('warns of $name', ({ text, says }) => {
  expect(parseProcfile(text).warnings).toEqual([`Procfile ${says}`]);
});

test('what is meant so gets no warning', () => {
  expect(parseProcfile('\uFEFF# web: no\r\n\r\n  \r\n  # either\r\nweb: a\r\nworker: b').warnings).toEqual([]);
});

test('whatever is written as a type and a command is read back', () => {
  const type = fc.stringMatching(/^[-\w]{1,40}$/).filter((name) => name !== '__proto__');
  const command = fc
    .string({ minLength: 1 })
    .filter((text) => /^\S.*\S$|^\S$/.test(text) && !/[\0\r\n\u2028\u2029]/.test(text));
  fc.assert(
    fc.property(fc.dictionary(type, command), (types) => {
      const text = Object.entries(types).map(([name, line]) => `${name}: ${line}\n`);
      expect({ ...parseProcfile(text.join('')).processTypes }).toEqual({ ...types });
    }),
  );
});
