import { OwnTasks } from '../../../core/dyno-manager/observe/own-tasks.ts';
import { dyno, taskOf } from './records.ts';

const seen = (attempt: number, version: number) => ({ ...taskOf(dyno('web.1', { attempt })), attempt, version });

/** Observations of web.1's tasks, as attempt and version, in the order in which they are read. */
test.each([
  {
    pictures: [
      [1, 1],
      [1, 2],
    ],
    attempt: 1,
    own: 2,
  },
  {
    pictures: [
      [1, 2],
      [1, 1],
    ],
    attempt: 1,
    own: 2,
  },
  {
    pictures: [
      [1, 9],
      [2, 1],
    ],
    attempt: 2,
    own: 1,
  },
  {
    pictures: [
      [2, 1],
      [1, 3],
      [1, 9],
    ],
    attempt: 1,
    own: 9,
  },
  {
    pictures: [
      [2, 1],
      [1, 9],
      [1, 3],
    ],
    attempt: 1,
    own: 9,
  },
  { pictures: [[1, 1]], attempt: 2, own: undefined },
])('of $pictures attempt $attempt has version $own', ({ pictures, attempt, own }) => {
  const tasks = new OwnTasks(pictures.map(([of = 0, version = 0]) => seen(of, version)));
  expect(tasks.of(dyno('web.1', { attempt }))?.version).toBe(own);
});

test('an earlier attempt is looked for among its own tasks only', () => {
  const other = { ...taskOf(dyno('web.2')), attempt: 1, version: 99 };
  const tasks = new OwnTasks([other, seen(2, 1), seen(1, 3), other]);
  expect(tasks.of(dyno('web.1', { attempt: 1 }))).toEqual(seen(1, 3));
});
