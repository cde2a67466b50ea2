import fc from 'fast-check';
import { checkAppName, randomAppName } from '../../../core/app/app-name.ts';

test.each(['abc', 'a-1', 'pure-everglades-12329', `a${'b'.repeat(29)}`])('%s is a name', (name) => {
  expect(checkAppName(name)).toEqual({ ok: true, value: name });
});

test.each(['', 'ab', 'a'.repeat(31), '-abc', 'abc-', 'ABC', 'a.b', 'a b', 'a_b', 'é-abc', 'abc\n', 'git'])(
  '%j is no name',
  (name) => {
    expect(checkAppName(name)).toMatchObject({ ok: false, error: { id: 'invalid_params' } });
  },
);

test('every made-up name is allowed and has five digits', () => {
  fc.assert(
    fc.property(fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })), (stream) => {
      const name = randomAppName({ next: () => stream.next().value });
      expect(name).toMatch(/^[a-z]+-[a-z]+-\d{5}$/);
      expect(checkAppName(name).ok).toBe(true);
    }),
  );
});
