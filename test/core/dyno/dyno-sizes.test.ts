import { DYNO_SIZES } from '../../../core/dyno/dyno-size.ts';

const id = (number: number) => `5d6e0000-0000-4000-8000-${String(number).padStart(12, '0')}`;

/** In the order of the API's list, with what each kind has in common. */
test.each([
  { first: 1, names: 'Eco', tier: 'eco', dedicated: '-', architecture: 'amd64', space: false },
  { first: 2, names: 'Basic', tier: 'basic', dedicated: '-', architecture: 'amd64', space: false },
  { first: 3, names: 'Standard-1X Standard-2X', tier: 'standard', dedicated: '-', architecture: 'amd64', space: false },
  {
    first: 101,
    names: 'Performance-M Performance-L Performance-L-RAM Performance-XL Performance-2XL',
    tier: 'performance',
    dedicated: 'all',
    architecture: 'amd64',
    space: false,
  },
  {
    first: 201,
    names: 'Private-S Private-M Private-L Private-L-RAM Private-XL Private-2XL',
    tier: 'private',
    dedicated: 'all',
    architecture: 'amd64',
    space: true,
  },
  {
    first: 301,
    names: 'Shield-S Shield-M Shield-L Shield-L-RAM Shield-XL Shield-2XL',
    tier: 'shield',
    dedicated: 'all',
    architecture: 'amd64',
    space: true,
  },
  {
    first: 401,
    names:
      'dyno-1c-0.5gb dyno-2c-1gb dyno-1c-4gb dyno-2c-8gb dyno-4c-16gb dyno-8c-32gb dyno-16c-64gb dyno-2c-4gb ' +
      'dyno-4c-8gb dyno-8c-16gb dyno-16c-32gb dyno-32c-64gb dyno-1c-8gb dyno-2c-16gb dyno-4c-32gb dyno-8c-64gb dyno-16c-128gb',
    tier: 'fir',
    dedicated: 'all but two',
    architecture: 'arm64',
    space: true,
  },
])('$tier', ({ first, names, tier, dedicated, architecture, space }) => {
  const sizes = DYNO_SIZES.filter((size) => size.tier === tier);
  expect(sizes.map((size) => [size.id, size.name, size.dedicated, size.architecture, size.privateSpaceOnly])).toEqual(
    names
      .split(' ')
      .map((name, index) => [
        id(first + index),
        name,
        dedicated === 'all' || (dedicated === 'all but two' && index >= 2),
        architecture,
        space,
      ]),
  );
});

test('the order of the list, and what each size costs in cents and in dyno units', () => {
  expect(
    DYNO_SIZES.map(({ name, costCentsPerMonth, preciseDynoUnits }) => [name, costCentsPerMonth, preciseDynoUnits]),
  ).toEqual([
    ['Eco', undefined, 0.28],
    ['Basic', 700, 0.28],
    ['Standard-1X', 2_500, 1],
    ['Standard-2X', 5_000, 2],
    ['Performance-M', 25_000, 8],
    ['Performance-L', 50_000, 16],
    ['Performance-L-RAM', 50_000, 16],
    ['Performance-XL', 75_000, 30],
    ['Performance-2XL', 150_000, 60],
    ['Private-S', 12_500, 4],
    ['Private-M', 25_000, 8],
    ['Private-L', 50_000, 16],
    ['Private-L-RAM', 50_000, 16],
    ['Private-XL', 75_000, 30],
    ['Private-2XL', 150_000, 60],
    ['Shield-S', 15_000, 4.8],
    ['Shield-M', 30_000, 9.6],
    ['Shield-L', 60_000, 19.2],
    ['Shield-L-RAM', 60_000, 19.2],
    ['Shield-XL', 90_000, 36],
    ['Shield-2XL', 180_000, 72],
    ['dyno-1c-0.5gb', 2_500, 1],
    ['dyno-2c-1gb', 5_000, 2],
    ['dyno-1c-4gb', 8_000, 3.2],
    ['dyno-2c-8gb', 16_000, 6.4],
    ['dyno-4c-16gb', 32_000, 12.8],
    ['dyno-8c-32gb', 64_000, 25.6],
    ['dyno-16c-64gb', 100_000, 40],
    ['dyno-2c-4gb', 15_000, 6],
    ['dyno-4c-8gb', 30_000, 12],
    ['dyno-8c-16gb', 60_000, 24],
    ['dyno-16c-32gb', 120_000, 48],
    ['dyno-32c-64gb', 240_000, 96],
    ['dyno-1c-8gb', 10_000, 4],
    ['dyno-2c-16gb', 25_000, 10],
    ['dyno-4c-32gb', 50_000, 20],
    ['dyno-8c-64gb', 75_000, 30],
    ['dyno-16c-128gb', 150_000, 60],
  ]);
});
