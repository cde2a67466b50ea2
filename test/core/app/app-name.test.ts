import fc from 'fast-check';
import { checkAppName, randomAppName } from '../../../core/app/app-name.ts';

test.each(['abc', 'a-1', 'pure-everglades-12329', `a${'b'.repeat(29)}`])('%s is a name', (name) => {
  expect(checkAppName(name)).toEqual({ ok: true, value: name });
});

const SHORT = 'Name is too short (minimum is 3 characters)';
const LONG = 'Name is too long (maximum is 30 characters)';
const FORM =
  'Name must start with a letter, end with a letter or digit and can only contain lowercase letters, digits, and dashes.';

test.each([
  ...['', 'ab'].map((name) => ({ name, message: SHORT })),
  ...['a'.repeat(31), 'A'.repeat(500)].map((name) => ({ name, message: LONG })),
  ...['-abc', '1abc', 'abc-', 'ABC', 'abC', 'a.b', 'a b', 'a_b', 'é-abc', 'abc\n', '\nabc'].map((name) => ({
    name,
    message: FORM,
  })),
  ...['api', 'git', 'www'].map((name) => ({ name, message: `Name ${name} is already taken` })),
])('$name is no name: $message', ({ name, message }) => {
  expect(checkAppName(name)).toEqual({ ok: false, error: { id: 'invalid_params', message } });
});

test.each([
  { draws: [0, 0, 0], name: 'ancient-beach-10000' },
  { draws: [0.9999999, 0.9999999, 0.9999999], name: 'young-woodland-99999' },
  { draws: [1 / 28, 2 / 28, 0.5], name: 'autumn-canyon-55000' },
])('of $draws the platform makes $name', ({ draws, name }) => {
  const left = [...draws];
  expect(randomAppName({ next: () => left.shift() ?? Number.NaN })).toBe(name);
});

test('every made-up name is allowed and has five digits', () => {
  fc.assert(
    fc.property(fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })), (stream) => {
      const name = randomAppName({ next: () => stream.next().value });
      expect(name).toMatch(/^[a-z]+-[a-z]+-\d{5}$/);
      expect(checkAppName(name).ok).toBe(true);
    }),
  );
});
