import fc from 'fast-check';
import { visibleDynos } from '../../../core/dyno/find-dyno.ts';
import { bumpEpoch } from '../../../core/dyno/restart-dynos.ts';
import { expandCommand, freeNumber } from '../../../core/dyno/run-dyno.ts';
import type { Dyno, FormationDyno } from '../../../core/records/dyno.ts';

const dyno = (name: string, more: Partial<FormationDyno> = {}): Dyno => {
  const [type = '', number] = name.split('.');
  return {
    id: `${name}-${more.createdAtMs ?? 0}`,
    appId: 'app',
    name,
    type,
    kind: 'formation',
    number: Number(number),
    releaseVersion: 3,
    releaseId: 'release',
    size: 'Standard-1X',
    command: 'node web.js',
    state: 'up',
    attempt: 1,
    stateChangedAtMs: 0,
    crashCount: 0,
    restartEpoch: 0,
    createdAtMs: 0,
    updatedAtMs: 0,
    ...more,
  };
};

describe('the dynos that users see', () => {
  test.each([
    { name: 'are those that run', dynos: [dyno('web.1'), dyno('run.1234')], ids: ['web.1-0', 'run.1234-0'] },
    {
      name: 'leave out an instance that is on its way out',
      dynos: [dyno('web.1', { state: 'stopping' }), dyno('web.1', { createdAtMs: 5, state: 'starting' })],
      ids: ['web.1-5'],
    },
    {
      name: 'leave out one that was scaled away and is still stopping',
      dynos: [dyno('web.1'), dyno('web.2', { state: 'stopping' })],
      ids: ['web.1-0'],
    },
    {
      name: 'are the newest of each name while two of it live',
      dynos: [dyno('web.1', { createdAtMs: 5 }), dyno('web.1'), dyno('web.2')],
      ids: ['web.1-5', 'web.2-0'],
    },
    {
      name: 'are the newest in whatever order they are read',
      dynos: [dyno('web.1'), dyno('web.1', { createdAtMs: 5 }), dyno('web.1', { createdAtMs: 3 })],
      ids: ['web.1-5'],
    },
    {
      name: 'are the newest also after a rollback to an older release',
      dynos: [dyno('web.1', { id: 'old', releaseVersion: 4 }), dyno('web.1', { id: 'new', createdAtMs: 5 })],
      ids: ['new'],
    },
    {
      name: 'are the newest though an older one has a newer release',
      dynos: [dyno('web.1', { id: 'new', createdAtMs: 5 }), dyno('web.1', { id: 'old', releaseVersion: 4 })],
      ids: ['new'],
    },
    {
      name: 'are those of the newer release, read last, when both were made at once',
      dynos: [dyno('web.1', { id: 'old' }), dyno('web.1', { id: 'new', releaseVersion: 4 })],
      ids: ['new'],
    },
    {
      name: 'are the first that is read where nothing tells two apart',
      dynos: [dyno('web.1', { id: 'first' }), dyno('web.1', { id: 'second' })],
      ids: ['first'],
    },
    {
      name: 'are those of the newer release when both were made at once',
      dynos: [dyno('web.1', { id: 'new', releaseVersion: 4 }), dyno('web.1', { id: 'old' })],
      ids: ['new'],
    },
  ])('$name', ({ dynos, ids }) => {
    expect(visibleDynos(dynos).map(({ id }) => id)).toEqual(ids);
  });
});

describe('a one-off command', () => {
  const types = { web: 'npm start', worker: 'node worker.js --queue a' };
  test.each([
    { command: 'bash', expected: 'bash' },
    { command: 'worker', expected: 'node worker.js --queue a' },
    { command: 'worker --once "a b"', expected: 'node worker.js --queue a --once "a b"' },
    { command: 'web ; echo "status $?"', expected: 'npm start ; echo "status $?"' },
    { command: 'web; true', expected: 'web; true' },
    { command: 'echo worker', expected: 'echo worker' },
    { command: 'constructor', expected: 'constructor' },
    { command: 'worker\nweb', expected: 'node worker.js --queue a\nweb' },
  ])('$command runs $expected', ({ command, expected }) => {
    expect(expandCommand(command, types)).toBe(expected);
  });

  test('gets four digits that no other dyno has', () => {
    const taken = [dyno('run.1000'), dyno('run.1001'), dyno('run.9999')];
    expect(freeNumber(taken, { next: () => 0 })).toBe(1_002);
    expect(freeNumber(taken, { next: () => 0.999999999 })).toBe(1_002);
    expect(freeNumber([], { next: () => 0.5 })).toBe(5_500);
  });
});

describe('restart epochs', () => {
  test('every restart reaches the dynos of its scope, and the record stays small', () => {
    const scope = fc.constantFrom('*', 'web', 'worker', 'web.1', 'web.2', 'worker.1', 'web-admin', 'web-admin.1');
    const applies = (to: string, name: string) => to === '*' || to === name || name.startsWith(`${to}.`);
    fc.assert(
      fc.property(fc.array(scope, { maxLength: 30 }), (scopes) => {
        let restarts = { last: 0, byScope: {} };
        const expected = new Map(['web.1', 'web.2', 'worker.1', 'web-admin.1'].map((name) => [name, 0]));
        scopes.forEach((each, index) => {
          restarts = bumpEpoch(restarts, each);
          for (const name of expected.keys()) if (applies(each, name)) expected.set(name, index + 1);
        });
        const epochs: [string, number][] = Object.entries(restarts.byScope);
        for (const [name, epoch] of expected) {
          const reached = epochs.filter(([to]) => applies(to, name)).map(([, value]) => value);
          expect(Math.max(0, ...reached)).toBe(epoch);
        }
        expect(epochs.length).toBeLessThanOrEqual(8);
        expect(restarts.last).toBe(scopes.length);
      }),
    );
  });

  test.each([
    { scope: '*', left: ['*'] },
    { scope: 'web', left: ['*', 'worker.1', 'web'] },
  ])('a restart of $scope makes narrower ones superfluous', ({ scope, left }) => {
    const before = { last: 3, byScope: { '*': 1, 'web.1': 2, 'worker.1': 3 } };
    expect(Object.keys(bumpEpoch(before, scope).byScope)).toEqual(left);
  });
});
