import { HOUR_MS, SECOND_MS } from '../../../core/time.ts';
import {
  INTAKE_CHARACTERS_PER_SECOND,
  INTAKE_LINES_PER_SECOND,
  IntakeLimit,
} from '../../../services/logs/intake-limit.ts';

const NOW_MS = Date.UTC(2026, 0, 1);

/** How many of these lines were accepted. */
function taken(limit: IntakeLimit, lines: number, characters: number, nowMs: number): number {
  let count = 0;
  for (let line = 0; line < lines; line += 1) if (limit.admits(characters, nowMs)) count += 1;
  return count;
}

const BY_LINES = { by: 'lines', characters: 1, max: INTAKE_LINES_PER_SECOND };
const MEBIBYTE = 1024 * 1024;
const BY_CHARACTERS = { by: 'characters', characters: MEBIBYTE, max: INTAKE_CHARACTERS_PER_SECOND / MEBIBYTE };

describe.each([BY_LINES, BY_CHARACTERS])('what an app may log in a second, counted by $by', ({ characters, max }) => {
  test.each([
    { name: 'in the same second: nothing more', afterMs: SECOND_MS - 1, expected: 0 },
    { name: 'a second later: as much again', afterMs: SECOND_MS, expected: max },
    { name: 'an hour later: as much again, and no more than that', afterMs: HOUR_MS, expected: max },
    { name: 'after the clock was set back by an hour: as much again, at once', afterMs: -HOUR_MS, expected: max },
    { name: 'after the clock was set back by a moment: as much again', afterMs: -1, expected: max },
  ])('$name', ({ afterMs, expected }) => {
    const limit = new IntakeLimit();
    expect(taken(limit, max + 3, characters, NOW_MS)).toBe(max);
    expect(taken(limit, max + 3, characters, NOW_MS + afterMs)).toBe(expected);
  });
});

describe('what was dropped', () => {
  const flooded = () => {
    const limit = new IntakeLimit();
    taken(limit, INTAKE_LINES_PER_SECOND + 7, 1, NOW_MS);
    return limit;
  };

  test.each([
    { name: 'while its second lasts: not yet', afterMs: SECOND_MS - 1, expected: undefined },
    { name: 'when its second is over', afterMs: SECOND_MS, expected: { count: 7, sinceMs: NOW_MS } },
    { name: 'when the clock was set back', afterMs: -HOUR_MS, expected: { count: 7, sinceMs: NOW_MS } },
  ])('is told $name', ({ afterMs, expected }) => {
    const limit = flooded();
    expect(limit.takeDropped(NOW_MS + afterMs)).toEqual(expected);
    expect(limit.dropping).toBe(expected === undefined);
  });

  test('is told once, and the next flood counts from nothing', () => {
    const limit = flooded();
    limit.takeDropped(NOW_MS + SECOND_MS);
    expect(limit.takeDropped(NOW_MS + 2 * SECOND_MS)).toBeUndefined();
    const laterMs = NOW_MS + HOUR_MS;
    taken(limit, INTAKE_LINES_PER_SECOND + 2, 1, laterMs);
    expect(limit.takeDropped(laterMs + SECOND_MS)).toEqual({ count: 2, sinceMs: laterMs });
  });
});
