import { routing, sightOf } from '../../../core/dyno-manager/plan/routes.ts';
import type { Rollout } from '../../../core/records/rollout.ts';
import {
  app,
  crashed,
  dyno,
  exitedWith,
  type Known,
  release,
  releaseWithoutCode,
  starting,
  stopping,
  up,
  vanished,
} from './records.ts';

interface Case {
  readonly name: string;
  readonly web?: number;
  readonly known?: readonly Known[];
  readonly routes: string;
  readonly blank?: true;
  readonly incomplete?: true;
}

const cases: readonly Case[] = [
  { name: 'no code yet', blank: true, routes: 'blank' },
  { name: 'web scaled to 0', web: 0, known: [up('worker.1')], routes: 'no-web' },
  { name: 'web scaled to 0, its dyno still leaving', web: 0, known: [stopping('web.1')], routes: 'no-web' },
  { name: 'nothing started yet', routes: 'booting' },
  { name: 'an intent', known: [{ dyno: dyno('web.1') }], routes: 'booting' },
  { name: 'a web dyno that boots', known: [starting('web.1')], routes: 'booting' },
  {
    name: 'a web dyno that listens but is not noted yet',
    known: [starting('web.1', {}, { listening: true })],
    routes: 'booting',
  },
  { name: 'one up', known: [up('web.1')], routes: 'serving web.1' },
  { name: 'one up among others', known: [crashed('web.1'), up('web.2'), starting('web.3')], routes: 'serving web.2' },
  { name: 'ten, in the order of their numbers', known: [up('web.10'), up('web.9')], routes: 'serving web.9 web.10' },
  {
    name: 'an old dyno that leaves and a new one that boots',
    known: [stopping('web.1'), starting('web.1')],
    routes: 'booting',
  },
  { name: 'one that is being killed', known: [up('web.1', { stopCause: 'memory-quota' })], routes: 'booting' },
  { name: 'one whose process has ended', known: [exitedWith(up('web.1'), 1)], routes: 'booting' },
  { name: 'one whose task has vanished', known: [vanished(up('web.1'))], routes: 'booting' },
  {
    name: 'one whose task cannot be read stays',
    known: [vanished(up('web.1'))],
    incomplete: true,
    routes: 'serving web.1',
  },
  { name: 'only crashed ones', known: [crashed('web.1'), crashed('web.2')], routes: 'crashed' },
  {
    name: 'a crashed one, and an old one that leaves',
    known: [crashed('web.1'), stopping('web.1', { id: 'old' })],
    routes: 'crashed',
  },
  { name: 'a crashed one and one that boots', known: [crashed('web.1'), starting('web.2')], routes: 'booting' },
  { name: 'asleep', known: [{ dyno: dyno('web.1', { state: 'idle' }) }], routes: 'asleep' },
  {
    name: 'one asleep and one that is being woken',
    known: [{ dyno: dyno('web.1', { state: 'idle' }) }, starting('web.2')],
    routes: 'booting',
  },
  { name: 'a one-off of type web is none', known: [up('web.1234', { kind: 'one-off' })], routes: 'booting' },
];

test.each(cases)('$name: $routes', ({ web = 1, known = [], routes, blank, incomplete }) => {
  const { situation, dynos } = routing(
    app({ web }),
    blank ? releaseWithoutCode() : release(7),
    known.map((each) => each.dyno),
    sightOf({ complete: incomplete !== true, tasks: known.flatMap(({ task }) => (task === undefined ? [] : [task])) }),
  );
  expect([situation, ...dynos.map(({ name }) => name)].join(' ')).toBe(routes);
});

describe('while two generations run', () => {
  const target = { releaseVersion: 7, releaseId: 'release-7', command: 'run web', size: 'Standard-1X', epoch: 0 };
  const preboot: Rollout = {
    mode: 'preboot',
    target,
    from: { ...target, releaseVersion: 6, releaseId: 'release-6' },
    startedAtMs: 0,
    proven: 0,
    progressAtMs: 0,
  };
  const old = (name: string) => up(name, { id: `old-${name}`, releaseVersion: 6 });
  const both = [old('web.1'), up('web.1'), old('web.2'), up('web.2')];

  test.each<{
    readonly name: string;
    readonly rollout?: Rollout;
    readonly known: readonly Known[];
    readonly ids: readonly string[];
  }>([
    { name: 'preboot: the old ones serve', rollout: preboot, known: both, ids: ['old-web.1', 'old-web.2'] },
    {
      name: 'preboot: with one old one left it serves alone',
      rollout: preboot,
      known: [old('web.2'), up('web.1'), up('web.2')],
      ids: ['old-web.2'],
    },
    {
      name: 'preboot: with no old one left the new ones serve',
      rollout: preboot,
      known: [up('web.1'), starting('web.2')],
      ids: ['id-web.1'],
    },
    {
      name: 'after the switch: the new ones, also while old ones are still to be told',
      rollout: { ...preboot, switchedAtMs: 1 },
      known: both,
      ids: ['id-web.1', 'id-web.2'],
    },
    {
      name: 'abandoned: the old ones',
      rollout: { ...preboot, abandonedAtMs: 1 },
      known: both,
      ids: ['old-web.1', 'old-web.2'],
    },
    {
      name: 'rolling: all that are up',
      rollout: { ...preboot, mode: 'rolling' },
      known: [old('web.2'), up('web.1')],
      ids: ['id-web.1', 'old-web.2'],
    },
  ])('$name', ({ rollout, known, ids }) => {
    const records = known.map((each) => each.dyno);
    const tasks = known.flatMap(({ task }) => (task === undefined ? [] : [task]));
    const { dynos } = routing(app({ web: 2 }), release(7), records, sightOf({ complete: true, tasks }), rollout);
    expect(dynos.map(({ dynoId }) => dynoId)).toEqual(ids);
  });
});

test('a target carries the dyno instance and its address', () => {
  const { dyno: web, task } = up('web.1');
  const { dynos } = routing(app({ web: 1 }), release(7), [web], sightOf({ complete: true, tasks: task ? [task] : [] }));
  expect(dynos).toEqual([{ name: 'web.1', dynoId: 'id-web.1', host: '127.0.0.1', port: 5_001 }]);
});
