import { failureLines, releasedLines } from '../../../core/build/build-output.ts';
import { release } from '../dyno-manager/records.ts';

const MEGABYTE = 1_024 * 1_024;
const LARGE = (megabytes: number) =>
  ` !     Warning: Your slug size (${megabytes} MB) exceeds our soft limit (300 MB) which may affect boot time.\n`;
const PHASE = ' !     Release command declared: this new release will not be available until the command succeeds.\n';

test.each([
  { name: 'an ordinary slug', bytes: 1, types: { web: 'w' }, says: '' },
  { name: 'one of 300 MB', bytes: 300 * MEGABYTE, types: { web: 'w' }, says: '' },
  { name: 'one of a byte more', bytes: 300 * MEGABYTE + 1, types: { web: 'w' }, says: LARGE(301) },
  { name: 'one with a release command', bytes: 1, types: { release: 'r' }, says: PHASE },
  { name: 'one with both', bytes: 400 * MEGABYTE, types: { release: 'r' }, says: `${LARGE(400)}${PHASE}` },
])('what a deploy says at its end: $name', ({ bytes, types, says }) => {
  expect(releasedLines(release(7, { processTypes: types }), bytes, 'https://shop.example/')).toBe(
    `-----> Launching...\n${says}       Released v7\n       https://shop.example/ deployed to Heroku\n\n`,
  );
});

test('what a push says at its end when it failed', () => {
  expect(failureLines('No such thing.')).toBe('\n !     No such thing.\n\n !     Push failed\n');
});
