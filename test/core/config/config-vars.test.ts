import fc from 'fast-check';
import {
  type ConfigChanges,
  type ConfigUpdate,
  type ConfigVars,
  changeConfig,
  describeUpdate,
} from '../../../core/config/config-vars.ts';

const KIB = 1_024;

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
  ])('$name', ({ current, changes, expected }) => {
    expect(changeConfig(current, changes)).toEqual({ ok: true, value: expected });
  });

  test.each([
    { name: 'a dash', changes: { 'A-B': '1' }, message: /Config var key "A-B" is invalid/ },
    { name: 'a line break behind a word', changes: { 'A\n': '1' }, message: /is invalid/ },
    { name: 'a line of its own within', changes: { 'A=1;\nB': '1' }, message: /is invalid/ },
    { name: 'a path', changes: { '../../etc/passwd': '1' }, message: /is invalid/ },
    { name: 'an empty name', changes: { '': '1' }, message: /Config var key "" is invalid/ },
    { name: 'a name of 500 characters', changes: { ['A'.repeat(500)]: '1' }, message: /up to 255 letters/ },
    { name: 'a double underscore', changes: { __A: '1' }, message: /double underscore/ },
    { name: 'a HEROKU_ name', changes: { HEROKU_APP_ID: '1' }, message: /reserved for the platform/ },
    { name: 'a null byte', changes: { A: 'x\0y' }, message: /null byte/ },
    { name: 'half a character', changes: { A: '\ud800' }, message: /valid Unicode/ },
    { name: 'one byte too many', changes: { A: 'x'.repeat(64 * KIB) }, message: /at most 64 KB/ },
    { name: 'too many bytes of few characters', changes: { A: '€'.repeat(22 * KIB) }, message: /at most 64 KB/ },
    { name: 'more than an item of the store holds', changes: { A: '\u0001'.repeat(60 * KIB) }, message: /64 KB/ },
    { name: '100 MB', changes: { A: 'x'.repeat(100 * KIB * KIB) }, message: /102401 KB/ },
  ])('refuses $name without repeating the value', ({ changes, message }) => {
    const refused = changeConfig({}, changes);
    expect(refused).toEqual({ ok: false, error: { id: 'invalid_params', message: expect.stringMatching(message) } });
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
