import fc from 'fast-check';
import { loggableMessages, MESSAGE_BYTES_MAX } from '../../../core/log/message.ts';

const codes = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const CONTROLS = `${String.fromCharCode(...codes(0, 31))}.${String.fromCharCode(...codes(0x7f, 0x9f))}.`;
const SIGNS = `␀␁␂␃␄␅␆␇␈\t␊␋␌␍␎␏␐␑␒␓␔␕␖␗␘␙␚␛␜␝␞␟.␡${'\ufffd'.repeat(32)}.`;

test.each([
  { name: 'plain text', text: 'hello', expected: ['hello'] },
  { name: 'nothing', text: '', expected: [''] },
  { name: 'a carriage return at the end goes', text: 'hello\r', expected: ['hello'] },
  { name: 'tabs stay', text: 'a\tb', expected: ['a\tb'] },
  { name: 'colors stay', text: '\u001b[1;31mred\u001b[0m', expected: ['\u001b[1;31mred\u001b[0m'] },
  { name: 'a newline cannot make a second line', text: 'a\n2026 app[api]: b', expected: ['a␊2026 app[api]: b'] },
  { name: 'no cursor movement', text: '\u001b[2Jx\u001b]0;title\u0007', expected: ['␛[2Jx␛]0;title␇'] },
  { name: 'no 8-bit control sequences', text: '\u009b31mx', expected: ['\ufffd31mx'] },
  { name: 'a control character before what looks like a color', text: '\u0000[31mx', expected: ['␀[31mx'] },
  { name: 'a carriage return within stays visible', text: 'a\rb\r', expected: ['a␍b'] },
  { name: 'a color without numbers', text: '\u001b[mx', expected: ['\u001b[mx'] },
  { name: 'colors of many parts', text: '\u001b[38:5;196mx\n', expected: ['\u001b[38:5;196mx␊'] },
  { name: 'a color beside what drives the terminal', text: '\u001b[31m\u001b[2K', expected: ['\u001b[31m␛[2K'] },
  { name: 'an escape at the end', text: 'x\u001b', expected: ['x␛'] },
  { name: 'all control characters but the tab', text: CONTROLS, expected: [SIGNS] },
  { name: 'what is no control character', text: ' ~\u00a0', expected: [' ~\u00a0'] },
  { name: 'delete', text: 'a\u007f', expected: ['a␡'] },
  { name: 'exactly the limit', text: 'x'.repeat(10_000), expected: ['x'.repeat(10_000)] },
  { name: 'one byte more', text: `${'x'.repeat(10_000)}y`, expected: ['x'.repeat(10_000), 'y'] },
  { name: 'three parts', text: 'x'.repeat(20_001), expected: ['x'.repeat(10_000), 'x'.repeat(10_000), 'x'] },
  { name: 'two bytes each', text: 'é'.repeat(5_001), expected: ['é'.repeat(5_000), 'é'] },
  { name: 'the last of two bytes', text: '\u07ff'.repeat(5_001), expected: ['\u07ff'.repeat(5_000), '\u07ff'] },
  { name: 'the first of two bytes', text: '\u00a0'.repeat(5_001), expected: ['\u00a0'.repeat(5_000), '\u00a0'] },
  { name: 'the last of one byte', text: '~'.repeat(10_001), expected: ['~'.repeat(10_000), '~'] },
  { name: 'the first of three bytes', text: '\u0800'.repeat(3_334), expected: ['\u0800'.repeat(3_333), '\u0800'] },
  { name: 'the last of three bytes', text: '\ufffd'.repeat(3_334), expected: ['\ufffd'.repeat(3_333), '\ufffd'] },
  { name: 'four bytes each', text: '💜'.repeat(2_501), expected: ['💜'.repeat(2_500), '💜'] },
  { name: 'the first of four bytes', text: '𐀀'.repeat(2_501), expected: ['𐀀'.repeat(2_500), '𐀀'] },
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
