import { systemClock, systemIds, systemRandom } from '../../adapters/system.ts';

test('ids are version 4 uuids and do not repeat', () => {
  const ids = Array.from({ length: 1_000 }, () => systemIds.uuid());
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(new Set(ids).size).toBe(1_000);
});

test('secrets have the bytes that were asked for', () => {
  expect(systemIds.secret(16)).toMatch(/^[0-9a-f]{32}$/);
  expect(systemIds.secret(16)).not.toBe(systemIds.secret(16));
});

test('sha256 is that of the UTF-8 text', () => {
  expect(systemIds.sha256('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  expect(systemIds.sha256('é')).toBe('4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c');
});

test('random numbers spread over [0, 1)', () => {
  const tenths = new Set<number>();
  for (let i = 0; i < 1_000; i++) {
    const number = systemRandom.next();
    expect(number).toBeGreaterThanOrEqual(0);
    expect(number).toBeLessThan(1);
    tenths.add(Math.floor(number * 10));
  }
  expect(tenths.size).toBe(10);
});

test('the clock counts milliseconds since 1970', () => {
  const before = Date.now();
  const now = systemClock.nowMs();
  expect(now).toBeGreaterThanOrEqual(before);
  expect(now).toBeLessThanOrEqual(Date.now());
});

test('the numbers of a sequence only grow', () => {
  const numbers = Array.from({ length: 100 }, () => systemIds.sequence());
  expect(numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0))).toBe(true);
});
