import { routing } from '../../../core/dyno-manager/routes.ts';
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
  { name: 'a one-off of type web is none', known: [up('web.1234', { kind: 'one-off' })], routes: 'booting' },
];

test.each(cases)('$name: $routes', ({ web = 1, known = [], routes, blank, incomplete }) => {
  const { situation, dynos } = routing(
    app({ web }),
    blank ? releaseWithoutCode() : release(7),
    known.map((each) => each.dyno),
    { complete: incomplete !== true, tasks: known.flatMap(({ task }) => (task === undefined ? [] : [task])) },
  );
  expect([situation, ...dynos.map(({ name }) => name)].join(' ')).toBe(routes);
});

test('a target carries the dyno instance and its address', () => {
  const { dyno: web, task } = up('web.1');
  const { dynos } = routing(app({ web: 1 }), release(7), [web], { complete: true, tasks: task ? [task] : [] });
  expect(dynos).toEqual([{ name: 'web.1', dynoId: 'id-web.1', host: '127.0.0.1', port: 5_001 }]);
});
