import { formatLine } from '../../../core/log/format.ts';
import { logTimestamp } from '../../../core/time.ts';

const AT_MS = Date.UTC(2024, 3, 26, 16, 58, 32);

describe('a log line as readers see it', () => {
  test.each([
    {
      name: 'source and process',
      line: { atMs: AT_MS + 943.253, source: 'app', process: 'web.1', message: 'hello' },
      expected: '2024-04-26T16:58:32.943253+00:00 app[web.1]: hello',
    },
    {
      name: 'whole seconds',
      line: { atMs: AT_MS, source: 'app', process: 'api', message: 'Build succeeded' },
      expected: '2024-04-26T16:58:32.000000+00:00 app[api]: Build succeeded',
    },
    {
      name: 'no bracket without a process',
      line: { atMs: AT_MS + 1, source: 'heroku', process: '', message: 'x' },
      expected: '2024-04-26T16:58:32.001000+00:00 heroku: x',
    },
    {
      name: 'an empty message',
      line: { atMs: AT_MS + 1, source: 'app', process: 'web.1', message: '' },
      expected: '2024-04-26T16:58:32.001000+00:00 app[web.1]: ',
    },
  ] as const)('$name', ({ line, expected }) => {
    expect(formatLine(line)).toBe(expected);
  });
});

describe('microseconds', () => {
  test.each([
    { name: 'are rounded', ms: AT_MS + 0.0004, expected: '.000000' },
    { name: 'never round up into the next second', ms: AT_MS + 999.9997, expected: '.999999' },
    { name: 'survive the precision of a double', ms: AT_MS + 123.456, expected: '.123456' },
  ])('$name', ({ ms, expected }) => {
    expect(logTimestamp(ms)).toBe(`2024-04-26T16:58:32${expected}+00:00`);
  });

  test('going back in time gives the earlier second again', () => {
    expect([AT_MS, AT_MS + 1_000, AT_MS].map((ms) => logTimestamp(ms).slice(17, 19))).toEqual(['32', '33', '32']);
  });
});
