import { type SettingsChange, timeOfDay, windowMinutes, withChange } from '../../../core/dyno/manager-settings.ts';
import type { DynoManagerSettings } from '../../../core/records/dyno-manager-settings.ts';

const NOW = 7_000;
const START = 'cycle_window.start must be a time of day such as "02:00".';
const END = 'cycle_window.end must be a time of day such as "05:00".';
const ZONE = 'cycle_window.time_zone must be the name of a time zone such as "Europe/Berlin".';
const SHORT = 'cycle_window.end must be at least 30 minutes after cycle_window.start.';
const PERCENT = 'memory_threshold_percent must be a whole number from 50 to 200, or null.';

const night: DynoManagerSettings = {
  cycling: false,
  cycleWindow: { startMinute: 120, endMinute: 300, timeZone: 'UTC', sinceMs: 1 },
  memoryThresholdPercent: 90,
};
const window = (start: string, end: string, timeZone = 'UTC') => ({ cycleWindow: { start, end, timeZone } });

describe('settings are changed one by one', () => {
  test.each<{ name: string; change: SettingsChange; after: object }>([
    { name: 'nothing', change: {}, after: night },
    { name: 'cycling', change: { cycling: true }, after: { ...night, cycling: true } },
    {
      name: 'the window, which counts from now on',
      change: window('22:30', '05:15', 'Europe/Berlin'),
      after: {
        ...night,
        cycleWindow: { startMinute: 1_350, endMinute: 315, timeZone: 'Europe/Berlin', sinceMs: NOW },
      },
    },
    {
      name: 'the window goes',
      change: { cycleWindow: null },
      after: { cycling: false, memoryThresholdPercent: 90 },
    },
    {
      name: 'the lowest threshold',
      change: { memoryThresholdPercent: 50 },
      after: { ...night, memoryThresholdPercent: 50 },
    },
    {
      name: 'the highest threshold',
      change: { memoryThresholdPercent: 200 },
      after: { ...night, memoryThresholdPercent: 200 },
    },
    {
      name: 'the threshold goes',
      change: { memoryThresholdPercent: null },
      after: { cycling: false, cycleWindow: night.cycleWindow },
    },
  ])('$name', ({ change, after }) => {
    expect(withChange(night, change, NOW)).toEqual({ ok: true, value: after });
  });

  test('where nothing was set nothing is', () => {
    expect(withChange({ cycling: true }, {}, NOW)).toEqual({ ok: true, value: { cycling: true } });
  });

  test.each([
    { start: '00:00', end: '23:59', startMinute: 0, endMinute: 1_439 },
    { start: '02:00', end: '02:30', startMinute: 120, endMinute: 150 },
    { start: '23:45', end: '00:15', startMinute: 1_425, endMinute: 15 },
    { start: '19:09', end: '20:00', startMinute: 1_149, endMinute: 1_200 },
  ])('from $start to $end is a window', ({ start, end, startMinute, endMinute }) => {
    expect(withChange(night, window(start, end), NOW)).toMatchObject({
      ok: true,
      value: { cycleWindow: { startMinute, endMinute } },
    });
    expect([startMinute, endMinute].map(timeOfDay)).toEqual([start, end]);
  });

  test.each<{ change: SettingsChange; message: string }>([
    ...['2:00', '24:00', '29:00', '02:60', '02:0', '02:000', '102:00', '02-00', 'noon', ''].map((time) => ({
      change: window(time, '05:00'),
      message: START,
    })),
    { change: window('02:00', '25:00'), message: END },
    { change: window('02:00', '05:00', 'Moon/Sea'), message: ZONE },
    { change: window('02:00', '02:29'), message: SHORT },
    { change: window('02:00', '02:00'), message: SHORT },
    { change: window('23:45', '00:14'), message: SHORT },
    ...[49, 201, 80.5, Number.NaN].map((memoryThresholdPercent) => ({
      change: { memoryThresholdPercent },
      message: PERCENT,
    })),
  ])('$change is refused: $message', ({ change, message }) => {
    expect(withChange(night, change, NOW)).toEqual({ ok: false, error: { id: 'invalid_params', message } });
  });
});

test.each([
  [120, 300, 180],
  [1_350, 315, 405],
  [0, 1_439, 1_439],
  [60, 60, 0],
])('from minute %i to minute %i are %i minutes', (startMinute, endMinute, minutes) => {
  expect(windowMinutes({ startMinute, endMinute })).toBe(minutes);
});
