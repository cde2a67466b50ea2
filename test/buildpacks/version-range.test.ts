const { satisfies } = require('../../buildpacks/heroku-nodejs/lib/version-range.cjs');

test.each([
  { range: '20.x', fits: ['20.0.0', '20.19.1'], not: ['19.9.9', '21.0.0'] },
  { range: '>=20', fits: ['20.0.0', '24.1.0'], not: ['18.20.0'] },
  { range: '>= 18 < 21', fits: ['18.0.0', '20.20.2'], not: ['21.0.0'] },
  { range: '^20.5.1', fits: ['20.5.1', '20.9.0'], not: ['20.5.0', '21.0.0'] },
  { range: '~20.5', fits: ['20.5.0', '20.5.9'], not: ['20.6.0'] },
  { range: '18 || 20', fits: ['18.1.0', '20.1.0'], not: ['19.0.0'] },
  { range: '18.1 - 20', fits: ['18.1.0', '20.99.0'], not: ['18.0.9', '21.0.0'] },
  { range: '>20', fits: ['21.0.0'], not: ['20.0.0', '20.20.2'] },
  { range: '<=20', fits: ['20.20.2'], not: ['21.0.0'] },
  { range: '20.1.2', fits: ['20.1.2'], not: ['20.1.3'] },
  { range: 'v20', fits: ['20.1.2'], not: ['22.0.0'] },
  { range: '*', fits: ['20.1.2'], not: [] },
  { range: 'lts/iron', fits: ['20.1.2', '1.0.0'], not: [] },
])('$range', ({ range, fits, not }) => {
  expect(fits.filter((version) => !satisfies(version, range))).toEqual([]);
  expect(not.filter((version) => satisfies(version, range))).toEqual([]);
});
