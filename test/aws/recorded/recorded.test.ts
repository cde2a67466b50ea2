import path from 'node:path';
import { decide } from '../../infrastructure/permissions/decide.ts';
import { Recording } from './recording.ts';

/** What functions and services did in the end-to-end session, judged by the policies that were deployed with them. */
const recordings = Recording.in(
  process.env.EMULATOR_RECORDING ?? path.join(__dirname, '../../../.cache/aws/recording'),
);

test('every call of a role was understood', () => {
  const problems = recordings.flatMap(({ calls }) => calls.flatMap(({ problem }) => problem ?? []));
  expect(problems).toEqual([]);
});

test('everything that a role has asked for is granted to it', async () => {
  const refused: string[] = [];
  for (const recording of recordings) {
    for (const [name, asked] of recording.asked()) {
      for (const one of asked) {
        const decision = await decide(recording.roles, recording.roles.of(name), one);
        if (decision !== 'Allowed')
          refused.push(`${name}: ${one.action} on ${one.resource} ${JSON.stringify(one.context)}`);
      }
    }
  }
  expect(refused).toEqual([]);
});
