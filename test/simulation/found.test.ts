import { FOUND } from './found.ts';
import { replay } from './simulate.ts';

test.each(FOUND)('$name', async ({ seed, script }) => {
  expect((await replay(seed, script)).violation).toBeUndefined();
});
