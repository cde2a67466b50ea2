import { DEFAULT_SIZE, DYNO_SIZES, findDynoSize } from '../../../core/dyno/dyno-size.ts';

/** As documented: name, MB of memory, `ulimit -u`, vCPUs, dollars per month, dyno units. */
test.each([
  ['Eco', 512, 256, 1, undefined, 0.28],
  ['Basic', 512, 256, 1, 7, 0.28],
  ['Standard-1X', 512, 256, 1, 25, 1],
  ['Standard-2X', 1024, 512, 2, 50, 2],
  ['Performance-M', 2560, 16_384, 2, 250, 8],
  ['Performance-L', 14_336, 32_768, 8, 500, 16],
  ['Performance-L-RAM', 30_720, 24_576, 4, 500, 16],
  ['Performance-XL', 63_488, 32_768, 8, 750, 30],
  ['Performance-2XL', 129_024, 32_768, 16, 1500, 60],
  ['Private-S', 1024, 512, 2, 125, 4],
  ['Shield-2XL', 129_024, 32_768, 16, 1800, 72],
  ['dyno-1c-0.5gb', 512, 32_768, 1, 25, 1],
  ['dyno-16c-128gb', 131_072, 32_768, 16, 1500, 60],
] as const)('%s', (name, memoryMiB, processLimit, compute, dollars, preciseDynoUnits) => {
  const size = findDynoSize(name);
  expect(size).toMatchObject({ name, memoryMiB, processLimit, compute, preciseDynoUnits });
  expect(size?.costCentsPerMonth).toBe(dollars === undefined ? undefined : dollars * 100);
});

test.each([
  ['standard-1x', 'Standard-1X'],
  ['STANDARD-1X', 'Standard-1X'],
  ['Hobby', 'Basic'],
  ['free', 'Eco'],
  ['1X', 'Standard-1X'],
  ['2x', 'Standard-2X'],
  ['PX', 'Performance-L'],
  ['performance', 'Performance-L'],
])('%s means %s', (given, name) => {
  expect(findDynoSize(given)?.name).toBe(name);
});

test.each(['', 'huge', 'constructor', '__proto__', 'Standard-3X'])('%j is no size', (name) => {
  expect(findDynoSize(name)).toBeUndefined();
});

test('names and ids are unique and lead back to their size', () => {
  for (const size of DYNO_SIZES) {
    expect(findDynoSize(size.name)).toBe(size);
    expect(findDynoSize(size.id)).toBe(size);
  }
  expect(new Set(DYNO_SIZES.map(({ id }) => id)).size).toBe(DYNO_SIZES.length);
  expect(DEFAULT_SIZE).toBe('Standard-1X');
});
