import { afterStart } from '../../../core/dyno-manager/execute/after-start.ts';
import { reconcile } from '../../../core/dyno-manager/plan/reconcile.ts';
import { app, dyno, MINUTE_MS, NOW_MS, planned, release, type Situation, snapshot, up } from './records.ts';

/** A dyno whose start was requested this long ago, without an answer. */
const asked = (name: string, minutes: number, changes = {}) => ({
  dyno: dyno(name, { intentAtMs: NOW_MS - minutes * MINUTE_MS, ...changes }),
});
const pending = { pendingReleaseVersions: [8] };
const waiting = release(8, { status: 'pending', processTypes: { release: './migrate' } });
const formation = app({ web: 1 });

interface Case extends Situation {
  readonly name: string;
  readonly plan: readonly string[];
}

test.each<Case>([
  {
    name: 'while the runtime surely remembers it, a start without an answer is repeated',
    app: app({}),
    known: [asked('run.1234', 54)],
    plan: ['note run.1234 starting', 'start run.1234'],
  },
  {
    name: 'a command that was asked for an hour ago may have run, and is not run again',
    app: app({}),
    known: [asked('run.1234', 55)],
    plan: ['remove run.1234'],
  },
  {
    name: 'the first time that it was asked for counts',
    app: app({}),
    known: [asked('run.1234', 2, { firstIntentAtMs: NOW_MS - 55 * MINUTE_MS })],
    plan: ['remove run.1234'],
  },
  {
    name: 'a release phase that may have run has failed',
    app: app({}, pending),
    pendingRelease: waiting,
    known: [asked('release.1234', 55, { releaseVersion: 8 })],
    plan: ['note release.1234 stopping v8', 'release v8 failed'],
  },
  {
    name: 'nothing is decided of it while not all can be seen',
    app: app({}),
    known: [asked('run.1234', 55)],
    complete: false,
    plan: [],
  },
  {
    name: 'a dyno of the formation that is not there is started',
    app: formation,
    known: [asked('web.1', 55)],
    plan: ['note web.1 starting', 'start web.1'],
  },
  {
    name: 'a dyno of the formation that may be there and cannot be seen is not started beside itself',
    app: formation,
    known: [asked('web.1', 55)],
    complete: false,
    plan: [],
  },
])('$name', ({ plan, ...situation }) => {
  expect(planned(situation)).toEqual(plan);
});

test.each([
  { name: 'the second', changes: {}, first: 2 },
  { name: 'any later one', changes: { firstIntentAtMs: NOW_MS - 40 * MINUTE_MS }, first: 40 },
])('$name keeps the time of the first intent', ({ changes, first }) => {
  const { writes } = reconcile(snapshot({ app: formation, known: [asked('web.1', 2, changes)] }));
  expect(writes).toMatchObject([{ dyno: { intentAtMs: NOW_MS, firstIntentAtMs: NOW_MS - first * MINUTE_MS } }]);
});

test('a refused start was answered: the next attempt is asked for at its time, with an intent of its own', () => {
  const { dyno: before } = asked('web.1', 90, { firstIntentAtMs: NOW_MS - 100 * MINUTE_MS });
  const refused = { ok: false, reason: 'RESOURCE:MEMORY', retry: true } as const;
  const { dyno: next } = afterStart(before, refused, NOW_MS - 2 * MINUTE_MS, { next: () => 0.5 });
  expect(next).toMatchObject({ attempt: before.attempt + 1 });
  const { writes, starts } = reconcile(
    snapshot({ app: formation, known: [{ dyno: next ?? before }], complete: false }),
  );
  expect(writes).toMatchObject([{ dyno: { attempt: before.attempt + 1, intentAtMs: NOW_MS } }]);
  expect(starts[0]).not.toHaveProperty('nextStartAtMs');
  expect(starts[0]).not.toHaveProperty('firstIntentAtMs');
});

test.each<{ name: string; situation: Situation }>([
  { name: 'a purge', situation: { app: app({}, { deletedAtMs: NOW_MS }) } },
  {
    name: 'the end of a release phase',
    situation: {
      app: app({ web: 1 }, pending),
      pendingRelease: waiting,
      known: [up('web.1'), asked('release.1234', 1, { releaseVersion: 8, state: 'stopping', outcome: 'succeeded' })],
    },
  },
])('$name that its pass did not get to is found by a look half a minute later', ({ situation }) => {
  expect(reconcile(snapshot(situation)).nextPassAtMs).toBe(NOW_MS + MINUTE_MS / 2);
});
