import fc from 'fast-check';
import {
  type ConfigChanges,
  type ConfigUpdate,
  type ConfigVars,
  changeConfig,
  describeUpdate,
} from '../../../core/config/config-vars.ts';

const KIB = 1_024;
const INVALID = 'is invalid: use up to 255 letters, digits and underscores.';
const tooLarge = (kilobytes: number) =>
  `Config vars can hold at most 64 KB, keys and values together. With this change they would hold ${kilobytes} KB.`;

describe('changing config vars', () => {
  test.each<{ name: string; current: ConfigVars; changes: ConfigChanges; expected: ConfigUpdate }>([
    {
      name: 'sets new and different values',
      current: { A: '1', B: '2' },
      changes: { B: '3', C: '4' },
      expected: { config: { A: '1', B: '3', C: '4' }, set: ['B', 'C'], removed: [] },
    },
    {
      name: 'changes nothing when the values are there already',
      current: { A: '1' },
      changes: { A: '1' },
      expected: { config: { A: '1' }, set: [], removed: [] },
    },
    {
      name: 'removes with null',
      current: { A: '1', B: '2' },
      changes: { A: null },
      expected: { config: { B: '2' }, set: [], removed: ['A'] },
    },
    {
      name: 'does not mind removing what is not there, whatever its name',
      current: { A: '1' },
      changes: { 'no such key': null, __gone: null },
      expected: { config: { A: '1' }, set: [], removed: [] },
    },
    {
      name: 'keeps an empty value',
      current: {},
      changes: { A: '' },
      expected: { config: { A: '' }, set: ['A'], removed: [] },
    },
    {
      name: 'takes names that every object inherits',
      current: {},
      changes: { constructor: 'x', toString: 'y' },
      expected: { config: { constructor: 'x', toString: 'y' }, set: ['constructor', 'toString'], removed: [] },
    },
    {
      name: 'accepts its own HEROKU_ vars when they are sent back',
      current: { HEROKU_X: '1' },
      changes: { HEROKU_X: '1', A: '2' },
      expected: { config: { HEROKU_X: '1', A: '2' }, set: ['A'], removed: [] },
    },
    {
      name: 'takes 64 KB to the byte',
      current: {},
      changes: { A: 'x'.repeat(64 * KIB - 1) },
      expected: { config: { A: 'x'.repeat(64 * KIB - 1) }, set: ['A'], removed: [] },
    },
    {
      name: 'takes a name of 255 characters, and one that begins with one underscore',
      current: {},
      changes: { ['A'.repeat(255)]: '1', _A: '2', HEROKUX: '3' },
      expected: {
        config: { ['A'.repeat(255)]: '1', _A: '2', HEROKUX: '3' },
        set: ['A'.repeat(255), '_A', 'HEROKUX'],
        removed: [],
      },
    },
    {
      name: 'lets a HEROKU_ var that is there have another value',
      current: { HEROKU_X: '1' },
      changes: { HEROKU_X: '2' },
      expected: { config: { HEROKU_X: '2' }, set: ['HEROKU_X'], removed: [] },
    },
    {
      name: 'takes control characters to the last byte that the record holds',
      current: {},
      // {"A":"…"} are eight bytes around six for each.
      changes: { A: `${'\u0001'.repeat(40_958)}xxxx` },
      expected: { config: { A: `${'\u0001'.repeat(40_958)}xxxx` }, set: ['A'], removed: [] },
    },
  ])('$name', ({ current, changes, expected }) => {
    expect(changeConfig(current, changes)).toEqual({ ok: true, value: expected });
  });

  test.each([
    { name: 'a dash', changes: { 'A-B': '1' }, message: `Config var key "A-B" ${INVALID}` },
    { name: 'a line break behind a word', changes: { 'A\n': '1' }, message: `Config var key "A\\n" ${INVALID}` },
    { name: 'a line of its own within', changes: { 'A=1;\nB': '1' }, message: `Config var key "A=1;\\nB" ${INVALID}` },
    { name: 'a path', changes: { '../../etc/passwd': '1' }, message: `Config var key "../../etc/passwd" ${INVALID}` },
    { name: 'an empty name', changes: { '': '1' }, message: `Config var key "" ${INVALID}` },
    {
      name: 'a name of 256 characters',
      changes: { ['A'.repeat(256)]: '1' },
      message: `Config var key "${'A'.repeat(60)}" ${INVALID}`,
    },
    {
      name: 'a double underscore',
      changes: { __A: '1' },
      message: 'Config var key __A is invalid: it must not begin with a double underscore.',
    },
    {
      name: 'a HEROKU_ name',
      changes: { HEROKU_APP_ID: '1' },
      message: 'Config var key HEROKU_APP_ID is invalid: names that begin with HEROKU_ are reserved for the platform.',
    },
    { name: 'a null byte', changes: { A: 'x\0y' }, message: 'Config var A must not contain a null byte.' },
    { name: 'half a character', changes: { A: '\ud800' }, message: 'Config var A must be valid Unicode text.' },
    { name: 'one byte too many', changes: { A: 'x'.repeat(64 * KIB) }, message: tooLarge(65) },
    { name: 'too many bytes of few characters', changes: { A: '€'.repeat(22 * KIB) }, message: tooLarge(67) },
    { name: 'more than an item of the store holds', changes: { A: '\u0001'.repeat(60 * KIB) }, message: tooLarge(61) },
    {
      name: 'a byte more than the record holds',
      changes: { A: `${'\u0001'.repeat(40_958)}xxxxx` },
      message: tooLarge(41),
    },
    { name: '100 MB', changes: { A: 'x'.repeat(100 * KIB * KIB) }, message: tooLarge(102_401) },
  ])('refuses $name without repeating the value', ({ changes, message }) => {
    const refused = changeConfig({}, changes);
    expect(refused).toEqual({ ok: false, error: { id: 'invalid_params', message } });
    expect(JSON.stringify(refused).length).toBeLessThan(400);
  });

  test('an app that is over the limit can still remove', () => {
    const current = { A: 'x'.repeat(65 * KIB), B: '1' };
    expect(changeConfig(current, { B: null })).toMatchObject({ ok: true, value: { removed: ['B'] } });
  });

  test.each([
    { set: ['FOO'], removed: [], expected: 'Set FOO config vars' },
    { set: ['FOO', 'BAR'], removed: [], expected: 'Set FOO, BAR config vars' },
    { set: [], removed: ['FOO', 'BAR'], expected: 'Remove FOO, BAR config vars' },
    { set: ['FOO'], removed: ['BAR'], expected: 'Set FOO and remove BAR config vars' },
    { set: [], removed: [], expected: undefined },
  ])('is described as $expected', ({ set, removed, expected }) => {
    expect(describeUpdate({ set, removed })).toBe(expected);
  });

  test('fifty keys are named, and of more how many', () => {
    const keys = (count: number) => Array.from({ length: count }, (_, index) => `K${index}`);
    expect(describeUpdate({ set: keys(50), removed: [] })).toBe(`Set ${keys(50).join(', ')} config vars`);
    expect(describeUpdate({ set: ['A'], removed: keys(51) })).toBe(
      `Set A and remove ${keys(50).join(', ')} and 1 more config vars`,
    );
  });

  test('a description never grows with the number of keys', () => {
    const set = Array.from({ length: 4_000 }, (_, index) => `KEY_${index}`);
    expect(describeUpdate({ set, removed: [] })).toMatch(/^Set KEY_0, .*KEY_49 and 3950 more config vars$/);
  });

  test('changing and changing back gives the same config', () => {
    const key = fc.stringMatching(/^[A-Z][A-Z0-9]{0,5}$/);
    const value = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((text) => !text.includes('\0'));
    fc.assert(
      fc.property(fc.dictionary(key, value), fc.dictionary(key, fc.option(value)), (current, changes) => {
        const there = changeConfig(current, changes);
        if (!there.ok) throw new Error(there.error.message);
        const undo = Object.fromEntries(
          [...there.value.set, ...there.value.removed].map((name) => [
            name,
            Object.hasOwn(current, name) ? (current[name] ?? null) : null,
          ]),
        );
        const back = changeConfig(there.value.config, undo);
        expect(back.ok && { ...back.value.config }).toEqual({ ...current });
      }),
    );
  });
});
