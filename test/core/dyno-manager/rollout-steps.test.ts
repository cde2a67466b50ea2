import type { Candidate } from '../../../core/dyno-manager/observe/app-snapshot.ts';
import { OwnTasks } from '../../../core/dyno-manager/observe/own-tasks.ts';
import { advanceRollout, isOld } from '../../../core/dyno-manager/plan/rollout.ts';
import { routing, type Sight } from '../../../core/dyno-manager/plan/routes.ts';
import type { Dyno } from '../../../core/records/dyno.ts';
import type { Rollout, RolloutMode } from '../../../core/records/rollout.ts';
import { app, MINUTE_MS, NOW_MS, release, up } from './records.ts';

const size = (mode: RolloutMode) => (mode === 'preboot' ? 'Standard-1X' : 'Private-S');
const generation = (releaseVersion: number, mode: RolloutMode, epoch = 0) => ({
  releaseVersion,
  releaseId: `release-${releaseVersion}`,
  command: 'run web',
  size: size(mode),
  epoch,
});
const rollout = (mode: RolloutMode, minutes: number, changes: Partial<Rollout> = {}): Rollout => {
  const startedAtMs = NOW_MS - minutes * MINUTE_MS;
  const [target, from] = [generation(7, mode), generation(6, mode)];
  return { mode, target, from, startedAtMs, proven: 0, progressAtMs: startedAtMs, ...changes };
};
const candidate =
  (version: number, condition: Candidate['condition'] = 'up') =>
  (name: string, mode: RolloutMode): Candidate => {
    const releaseId = `release-${version}`;
    const { dyno } = up(name, { id: `${name}-${version}`, releaseVersion: version, releaseId, size: size(mode) });
    return { dyno, version: 1, condition };
  };
const [old5, old6, new7, booting7, crashed6] = [
  candidate(5),
  candidate(6),
  candidate(7),
  candidate(7, 'booting'),
  candidate(6, 'crashed'),
];

interface Case {
  readonly name: string;
  readonly mode: RolloutMode;
  readonly quantity?: number;
  readonly before?: Rollout;
  readonly epoch?: number;
  readonly active: Readonly<Record<string, readonly ((name: string, mode: RolloutMode) => Candidate)[]>>;
  readonly after: Rollout | undefined;
}

const begun = (mode: RolloutMode, from: number, epoch = 0) =>
  rollout(mode, 0, { from: generation(from, mode), target: generation(7, mode, epoch) });

const CASES: readonly Case[] = [
  { name: 'nothing old', mode: 'preboot', active: { 'web.1': [new7] }, after: undefined },
  { name: 'no dyno at all', mode: 'rolling', active: {}, after: undefined },
  { name: 'an old dyno that is not up', mode: 'preboot', active: { 'web.1': [crashed6] }, after: undefined },
  { name: 'an old dyno', mode: 'preboot', active: { 'web.1': [old6] }, after: begun('preboot', 6) },
  { name: 'an old dyno, rolling', mode: 'rolling', active: { 'web.1': [old6] }, after: begun('rolling', 6) },
  { name: 'scaled to 0', mode: 'preboot', quantity: 0, active: { 'web.1': [old6] }, after: undefined },
  {
    name: 'a restart of all',
    mode: 'preboot',
    epoch: 1,
    active: { 'web.1': [new7] },
    after: begun('preboot', 7, 1),
  },
  {
    name: 'overtaken before the switch: what served goes on',
    mode: 'preboot',
    before: rollout('preboot', 1, { target: generation(6, 'preboot'), from: generation(5, 'preboot') }),
    active: { 'web.1': [old6, old5] },
    after: begun('preboot', 5),
  },
  {
    name: 'overtaken after the switch: what serves goes on',
    mode: 'preboot',
    before: rollout('preboot', 4, {
      target: generation(6, 'preboot'),
      from: generation(5, 'preboot'),
      switchedAtMs: 1,
    }),
    active: { 'web.1': [old5, old6] },
    after: begun('preboot', 6),
  },
  {
    name: 'overtaken, and nothing of what served is up: what is goes on',
    mode: 'preboot',
    before: rollout('preboot', 1, { target: generation(6, 'preboot'), from: generation(4, 'preboot') }),
    active: { 'web.1': [old5] },
    after: begun('preboot', 5),
  },
  {
    name: 'no old one left',
    mode: 'preboot',
    before: rollout('preboot', 1),
    active: { 'web.1': [booting7] },
    after: undefined,
  },
  {
    name: 'the only old one crashed: it is there',
    mode: 'preboot',
    before: rollout('preboot', 1),
    active: { 'web.1': [crashed6, booting7] },
    after: rollout('preboot', 1),
  },
  {
    name: 'rolling, no old one left but one of another release',
    mode: 'rolling',
    before: rollout('rolling', 1),
    active: { 'web.1': [old5] },
    after: rollout('rolling', 1, { from: generation(5, 'rolling') }),
  },
  {
    name: 'one more new one is up',
    mode: 'preboot',
    quantity: 2,
    before: rollout('preboot', 1),
    active: { 'web.1': [old6, new7], 'web.2': [old6, booting7] },
    after: rollout('preboot', 1, { proven: 1, progressAtMs: NOW_MS }),
  },
  {
    name: 'as many are up as before',
    mode: 'preboot',
    quantity: 2,
    before: rollout('preboot', 1, { proven: 1 }),
    active: { 'web.1': [old6, new7], 'web.2': [old6, booting7] },
    after: rollout('preboot', 1, { proven: 1 }),
  },
  {
    name: 'all up at the end of the window',
    mode: 'preboot',
    before: rollout('preboot', 3, { proven: 1 }),
    active: { 'web.1': [old6, new7] },
    after: rollout('preboot', 3, { proven: 1, switchedAtMs: NOW_MS }),
  },
  {
    name: 'all up, rolling: there is no switch',
    mode: 'rolling',
    before: rollout('rolling', 16, { proven: 1 }),
    active: { 'web.1': [old6, new7] },
    after: rollout('rolling', 16, { proven: 1 }),
  },
  {
    name: 'a new one of a number too many is not one of all',
    mode: 'preboot',
    quantity: 2,
    before: rollout('preboot', 3, { proven: 2 }),
    active: { 'web.1': [old6, new7], 'web.3': [new7] },
    after: rollout('preboot', 3, { proven: 2 }),
  },
  {
    name: 'a new one missing after fifteen minutes',
    mode: 'preboot',
    before: rollout('preboot', 15),
    active: { 'web.1': [old6, booting7] },
    after: rollout('preboot', 15, { abandonedAtMs: NOW_MS }),
  },
  {
    name: 'a new one missing after fifteen minutes, with progress since: preboot does not wait for more',
    mode: 'preboot',
    quantity: 2,
    before: rollout('preboot', 15, { proven: 1, progressAtMs: NOW_MS }),
    active: { 'web.1': [old6, new7], 'web.2': [old6] },
    after: rollout('preboot', 15, { proven: 1, progressAtMs: NOW_MS, abandonedAtMs: NOW_MS }),
  },
  {
    name: 'rolling, with progress since: it goes on',
    mode: 'rolling',
    quantity: 2,
    before: rollout('rolling', 30, { proven: 1, progressAtMs: NOW_MS - 14 * MINUTE_MS }),
    active: { 'web.1': [new7], 'web.2': [old6] },
    after: rollout('rolling', 30, { proven: 1, progressAtMs: NOW_MS - 14 * MINUTE_MS }),
  },
  {
    name: 'abandoned stays abandoned, whatever comes up',
    mode: 'preboot',
    before: rollout('preboot', 20, { abandonedAtMs: 1 }),
    active: { 'web.1': [new7] },
    after: rollout('preboot', 20, { abandonedAtMs: 1 }),
  },
  {
    name: 'switched stays switched, while an old one is there',
    mode: 'preboot',
    before: rollout('preboot', 20, { switchedAtMs: 1 }),
    active: { 'web.1': [old6, booting7] },
    after: rollout('preboot', 20, { switchedAtMs: 1 }),
  },
  {
    name: 'switched is over once the old ones are gone',
    mode: 'preboot',
    before: rollout('preboot', 20, { switchedAtMs: 1 }),
    active: { 'web.1': [new7] },
    after: undefined,
  },
];

test.each(CASES)('$mode: $name', ({ mode, quantity = 1, before, epoch = 0, active, after }) => {
  const entry = { ...app({ web: quantity }).formation[0], type: 'web', quantity, size: size(mode) };
  const shop = app({ web: quantity }, { features: { preboot: true } });
  const candidates = Object.entries(active).flatMap(([name, makers]) => makers.map((make) => make(name, mode)));
  expect(
    advanceRollout({
      app: shop,
      entry: entry as (typeof shop.formation)[number],
      target: generation(7, mode, epoch),
      before,
      active: candidates,
      nowMs: NOW_MS,
    }),
  ).toEqual(after);
});

test.each<{ readonly name: string; readonly changes: Partial<Dyno>; readonly old: boolean }>([
  { name: 'of the old release', changes: { releaseVersion: 6 }, old: true },
  { name: 'of the new release', changes: {}, old: false },
  { name: 'of another one', changes: { releaseVersion: 5 }, old: false },
  { name: 'of the old release, in another size', changes: { releaseVersion: 6, size: 'Basic' }, old: false },
])('a dyno $name is old: $old', ({ changes, old }) => {
  expect(isOld(rollout('preboot', 1), up('web.1', changes).dyno)).toBe(old);
});

describe('where requests go', () => {
  /** What cannot be seen stays routed. */
  const UNSEEN: Sight = { tasks: new OwnTasks([]), complete: false };
  const to = (of: ReturnType<typeof app>, records: readonly Dyno[], before?: Rollout) =>
    routing(of, release(7), records, UNSEEN, before);
  const ids = (records: readonly Dyno[], before?: Rollout) =>
    to(app({ web: 1 }), records, before).dynos.map((one) => one.dynoId);

  test('to none of an app that never was released, or has no web type', () => {
    const { currentReleaseVersion: _none, ...bare } = app({ web: 1 });
    const web = up('web.1').dyno;
    expect(to(bare, [web])).toEqual({ situation: 'blank', dynos: [] });
    expect(routing(app({ web: 1 }), undefined, [web], UNSEEN)).toEqual({ situation: 'blank', dynos: [] });
    expect(to(app({ worker: 1 }), [web])).toEqual({ situation: 'no-web', dynos: [] });
  });

  test('by number, then the oldest first, and to none without an address', () => {
    const of = (name: string, id: string, createdAtMs: number, changes: Partial<Dyno> = {}) =>
      up(name, { id, createdAtMs, ...changes }).dyno;
    const { address: _none, ...nowhere } = of('web.1', 'nowhere', 0);
    expect(ids([of('web.2', 'd', 1), of('web.1', 'b', 2), of('web.1', 'a', 1), of('web.2', 'c', 0), nowhere])).toEqual([
      'a',
      'b',
      'c',
      'd',
    ]);
    expect(ids([of('worker.1', 'w', 0), of('web.1', 'one-off', 0, { kind: 'one-off' })])).toEqual([]);
  });

  test('to the right generation, and to the other one where that has none', () => {
    const [six, seven] = [up('web.1', { id: 'six', releaseVersion: 6 }).dyno, up('web.1', { id: 'seven' }).dyno];
    const going = rollout('preboot', 1);
    expect([ids([six, seven], going), ids([seven], going)]).toEqual([['six'], ['seven']]);
    const switched = { ...going, switchedAtMs: 1 };
    expect([ids([six, seven], switched), ids([six], switched)]).toEqual([['seven'], ['six']]);
    expect(ids([six, seven], rollout('rolling', 1))).toEqual(['six', 'seven']);
  });
});
