import fc from 'fast-check';
import { loggableMessages, MESSAGE_BYTES_MAX } from '../../../core/log/message.ts';

test.each([
  { name: 'plain text', text: 'hello', expected: ['hello'] },
  { name: 'nothing', text: '', expected: [''] },
  { name: 'a carriage return at the end goes', text: 'hello\r', expected: ['hello'] },
  { name: 'tabs stay', text: 'a\tb', expected: ['a\tb'] },
  { name: 'colours stay', text: '\u001b[1;31mred\u001b[0m', expected: ['\u001b[1;31mred\u001b[0m'] },
  { name: 'a newline cannot make a second line', text: 'a\n2026 app[api]: b', expected: ['a␊2026 app[api]: b'] },
  { name: 'no cursor movement', text: '\u001b[2Jx\u001b]0;title\u0007', expected: ['␛[2Jx␛]0;title␇'] },
  { name: 'no 8-bit control sequences', text: '\u009b31mx', expected: ['\ufffd31mx'] },
  { name: 'a control character before what looks like a colour', text: '\u0000[31mx', expected: ['␀[31mx'] },
  { name: 'delete', text: 'a\u007f', expected: ['a␡'] },
  { name: 'exactly the limit', text: 'x'.repeat(10_000), expected: ['x'.repeat(10_000)] },
  { name: 'one byte more', text: `${'x'.repeat(10_000)}y`, expected: ['x'.repeat(10_000), 'y'] },
  {
    name: 'no character is torn',
    text: `${'x'.repeat(9_997)}💜é`,
    expected: ['x'.repeat(9_997), '💜é'],
  },
])('$name', ({ text, expected }) => {
  expect(loggableMessages(text)).toEqual(expected);
});

test('parts fit, hold no line break, and together are the text', () => {
  const text = fc.string({ unit: 'binary', maxLength: 40 }).map((piece) => piece.repeat(700));
  fc.assert(
    fc.property(text, (value) => {
      const parts = loggableMessages(value);
      for (const part of parts) {
        expect(Buffer.byteLength(part)).toBeLessThanOrEqual(MESSAGE_BYTES_MAX);
        expect(part).not.toMatch(/[\r\n]/);
      }
      const whole = value.endsWith('\r') ? value.slice(0, -1) : value;
      expect(parts.join('').length).toBe(whole.length);
      if (!/\p{Cc}/u.test(whole)) expect(parts.join('')).toBe(whole);
    }),
  );
});
