import { conflict, invalid, notFound } from '../../core/failure.ts';
import { appRecord } from '../../core/records/app.ts';
import { err, ok } from '../../core/result.ts';
import { apiDate, DAY_MS, HOUR_MS, logTimestamp, MINUTE_MS, SECOND_MS } from '../../core/time.ts';
import { isUuid } from '../../core/uuid.ts';

test('a second, a minute, an hour and a day', () => {
  expect([SECOND_MS, MINUTE_MS, HOUR_MS, DAY_MS]).toEqual([1_000, 60_000, 3_600_000, 86_400_000]);
});

test('dates of the API have no parts of seconds, times of the log have a millionth', () => {
  const ms = Date.UTC(2024, 3, 26, 16, 58, 32) + 999;
  expect(apiDate(ms)).toBe('2024-04-26T16:58:32Z');
  expect(logTimestamp(ms)).toBe('2024-04-26T16:58:32.999000+00:00');
  expect(logTimestamp(ms + 2)).toBe('2024-04-26T16:58:33.001000+00:00');
});

test('what goes well, and what does not', () => {
  expect([ok(1), err('x')]).toEqual([
    { ok: true, value: 1 },
    { ok: false, error: 'x' },
  ]);
  expect([notFound('app'), invalid('x'), conflict('y')]).toEqual([
    { id: 'not_found', message: "Couldn't find that app.", resource: 'app' },
    { id: 'invalid_params', message: 'x' },
    { id: 'conflict', message: 'y' },
  ]);
});

const UUID = '01234567-89ab-cdef-0123-456789abcdef';
test.each([
  [UUID, true],
  [UUID.toUpperCase(), false],
  [`${UUID}0`, false],
  [`0${UUID}`, false],
  [UUID.slice(1), false],
  [UUID.replaceAll('-', ''), false],
  [UUID.replace('a', 'g'), false],
  [`${UUID}\n`, false],
  ['', false],
])('%j is an id: %p', (text, is) => {
  expect(isUuid(text)).toBe(is);
});

test.each([
  { record: {}, problem: undefined },
  { record: { schemaVersion: 1 }, problem: undefined },
  { record: null, problem: undefined },
  { record: 'text', problem: undefined },
  { record: { schemaVersion: 2 }, problem: 'has schema version 2, and this platform knows 1' },
  { record: { schemaVersion: '1' }, problem: 'has schema version 1, and this platform knows 1' },
])('of $record: $problem', ({ record, problem }) => {
  expect(appRecord.foreignVersion(record)).toBe(problem);
});
