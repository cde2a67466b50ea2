import { connectionOptions, withoutFields } from '../../../../services/router/http/connection-options.ts';

const NOTHING = { close: false, keepAlive: false, upgrade: false, named: [] };

test.each([
  ['', {}],
  ['close', { close: true }],
  ['Close', { close: true }],
  ['KEEP-ALIVE', { keepAlive: true }],
  ['Upgrade', { upgrade: true }],
  [' close ', { close: true }],
  ['keep-alive, Upgrade', { keepAlive: true, upgrade: true }],
  ['upgrade,close', { close: true, upgrade: true }],
  [' , ,', {}],
  ['X-B, keep-alive ,x-a,X-b', { keepAlive: true, named: ['x-b', 'x-a'] }],
  ['closed', { named: ['closed'] }],
])('Connection: %s', (value, expected) => {
  expect(connectionOptions(value)).toEqual({ ...NOTHING, ...expected });
});

test('fields go by their whole names, in whatever case, and the others stay as they are', () => {
  const lines = 'X-A: 1\r\nx-a:2\r\nX-AB: 3\r\nB: X-A: 4\r\n';
  expect(withoutFields(lines, ['x-a'])).toBe('X-AB: 3\r\nB: X-A: 4\r\n');
  expect(withoutFields(lines, ['x-ab', 'b'])).toBe('X-A: 1\r\nx-a:2\r\n');
  expect(withoutFields(lines, ['1', 'x', ''])).toBe(lines);
});
