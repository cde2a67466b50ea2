import { appRecord, managerRecord } from '../../../core/records/app.ts';
import { type StoredRecord, UnreadableRecord } from '../../../core/records/define-record.ts';
import { dynoRecord } from '../../../core/records/dyno.ts';
import { ecoPoolRecord } from '../../../core/records/eco-pool.ts';
import { releaseRecord } from '../../../core/records/release.ts';
import { rolloutsRecord } from '../../../core/records/rollout.ts';
import { slugRecord } from '../../../core/records/slug.ts';
import { trafficRecord } from '../../../core/records/traffic.ts';
import { tarball } from '../../artifacts.ts';
import { app, dyno, release } from '../dyno-manager/records.ts';

/** Throws if the value cannot be read. */
const reader =
  (record: Pick<StoredRecord<unknown, never>, 'read'>) =>
  (value: unknown): unknown =>
    record.read({ partition: 'p', sort: 's', version: 1, value });
const checkApp = reader(appRecord);
const checkDyno = reader(dynoRecord);
const checkRelease = reader(releaseRecord);
const checkSlug = reader(slugRecord);
const checkMark = reader(managerRecord);
const checkEcoPool = reader(ecoPoolRecord);
const checkTraffic = reader(trafficRecord);
const checkRollouts = reader(rolloutsRecord);

type Fields = Readonly<Record<string, unknown>>;

const ENTRY = {
  id: 'entry-1',
  type: 'web',
  quantity: 1,
  size: 'Standard-1X',
  command: 'web',
  createdAtMs: 0,
  updatedAtMs: 0,
};
const WINDOW = { startMinute: 60, endMinute: 120, timeZone: 'UTC', sinceMs: 0 };
const GENERATION = { releaseVersion: 7, releaseId: 'release-7', command: 'web', size: 'Standard-1X', epoch: 0 };
const ROLLOUT = { mode: 'preboot', target: GENERATION, from: GENERATION, startedAtMs: 0, proven: 0, progressAtMs: 0 };

const TEXT = [7, null, undefined, ['web']];
const COUNT = ['7', -1, 1.5, null, undefined, Number.NaN];
const MAYBE_COUNT = ['7', -1, 1.5, null];
const OBJECT = ['web', null, undefined, [], 7];
const BOOLEAN = ['true', 1, null, undefined];

interface Kind {
  readonly noun: string;
  readonly of?: string;
  readonly check: (record: unknown) => unknown;
  /** With every field that is checked. */
  readonly whole: Fields;
  /** Invalid values of each field. */
  readonly wrong: Readonly<Record<string, readonly unknown[]>>;
}

const DYNO_TIMES = ['intentAtMs', 'launchedAtMs', 'upAtMs', 'cycleAtMs', 'nextStartAtMs', 'stoppingAtMs'];

const KINDS: readonly Kind[] = [
  {
    noun: 'app',
    check: checkApp,
    whole: {
      ...app({ web: 1 }),
      customHosts: ['shop.example'],
      deletedAtMs: 0,
      dynoManager: { cycling: true, cycleWindow: WINDOW, memoryThresholdPercent: 80 },
    },
    wrong: {
      id: TEXT,
      name: TEXT,
      features: OBJECT,
      formation: [
        undefined,
        {},
        'web',
        [undefined],
        ...['type', 'size', 'command'].flatMap((field) => TEXT.map((value) => [{ ...ENTRY, [field]: value }])),
        ...[...COUNT, 10_001].map((quantity) => [{ ...ENTRY, quantity }]),
        [ENTRY, 'web'],
      ],
      currentReleaseVersion: MAYBE_COUNT,
      pendingReleaseVersions: [undefined, {}, 7, ['7'], [7, -1]],
      restarts: [...OBJECT, { last: 0 }, { last: '0', byScope: {} }, { byScope: {} }, { last: 0, byScope: [] }],
      dynoManager: [
        null,
        'none',
        ...BOOLEAN.map((cycling) => ({ cycling })),
        ...['startMinute', 'endMinute', 'sinceMs'].flatMap((field) =>
          COUNT.map((value) => ({ cycling: true, cycleWindow: { ...WINDOW, [field]: value } })),
        ),
        ...TEXT.map((timeZone) => ({ cycling: true, cycleWindow: { ...WINDOW, timeZone } })),
        ...MAYBE_COUNT.map((memoryThresholdPercent) => ({ cycling: true, memoryThresholdPercent })),
      ],
      customHosts: ['shop.example', {}, [7], ['shop.example', null]],
      deletedAtMs: MAYBE_COUNT,
    },
  },
  ...(['formation', 'one-off', 'release'] as const).map((kind) => {
    const ownTimes = { formation: ['recycleAtMs'], 'one-off': ['timeToLiveSeconds'], release: [] }[kind];
    const times = [...DYNO_TIMES, ...ownTimes];
    return {
      noun: 'dyno',
      of: kind,
      check: checkDyno,
      whole: { ...dyno('web.1'), kind, ...Object.fromEntries(times.map((field) => [field, 60])) },
      wrong: {
        ...Object.fromEntries(['id', 'name', 'type', 'size', 'command'].map((field) => [field, TEXT])),
        ...Object.fromEntries(
          ['number', 'releaseVersion', 'attempt', 'crashCount', 'restartEpoch', 'createdAtMs', 'stateChangedAtMs'].map(
            (field) => [field, COUNT],
          ),
        ),
        ...Object.fromEntries(times.map((field) => [field, MAYBE_COUNT])),
        kind: ['', 'web', undefined, 7],
        state: ['', 'flying', undefined, 7],
      },
    };
  }),
  {
    noun: 'release',
    check: checkRelease,
    whole: { ...release(7) },
    wrong: { id: TEXT, version: COUNT, processTypes: OBJECT, configVersion: COUNT },
  },
  {
    noun: 'slug',
    check: checkSlug,
    whole: {
      id: 'slug-1',
      appId: 'app-1',
      artifact: tarball('slugs/slug-1'),
      sizeBytes: 7,
      checksum: 'SHA256:00',
      buildpackDescription: '',
      processTypes: {},
      cron: [],
      stackName: 'heroku-24',
      createdAtMs: 0,
      updatedAtMs: 0,
    },
    wrong: {
      id: TEXT,
      artifact: [...TEXT.map((blobKey) => ({ kind: 'tarball', blobKey })), 'x', {}],
      checksum: TEXT,
      cron: [null, {}, 'daily'],
    },
  },
  {
    noun: 'manager',
    check: checkMark,
    whole: {
      appId: 'app-1',
      dirty: false,
      lookAtMs: 0,
      routedAppVersion: 1,
      passedAtMs: 0,
      waiting: ['web.1 to start'],
    },
    wrong: { appId: TEXT, dirty: BOOLEAN, lookAtMs: MAYBE_COUNT, routedAppVersion: MAYBE_COUNT },
  },
  {
    noun: 'Eco hours',
    check: checkEcoPool,
    whole: { monthStartMs: 0, settledMs: { 'app-1': 7 }, running: { 'dyno-1': { appId: 'app-1', sinceMs: 0 } } },
    wrong: {
      monthStartMs: COUNT,
      settledMs: [...OBJECT, { 'app-1': '7' }, { 'app-1': 7, 'app-2': -1 }],
      running: [
        ...OBJECT,
        { 'dyno-1': 7 },
        { 'dyno-1': { appId: 7, sinceMs: 0 } },
        { 'dyno-1': { appId: 'app-1', sinceMs: -1 } },
      ],
    },
  },
  {
    noun: 'traffic',
    check: checkTraffic,
    whole: { lastRequestAtMs: 0 },
    wrong: { lastRequestAtMs: COUNT },
  },
];

const problemOf = (work: () => unknown): unknown => {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
};

describe.each(KINDS)('a $noun record $of', ({ noun, check, whole, wrong }) => {
  test('that is whole can be read, also with fields that nobody knows', () => {
    expect(problemOf(() => check({ ...whole, schemaVersion: 1, later: 'x' }))).toBeUndefined();
  });

  test.each(Object.entries(wrong))('is corrupt with anything else in its %s', (field, values) => {
    for (const value of values) {
      const problem = problemOf(() => check({ ...whole, [field]: value }));
      expect({ value, problem }).toEqual({ value, problem: new UnreadableRecord(noun, `is corrupt: ${field}`) });
    }
  });

  test.each([undefined, null, 'text', 7, [[]]])('is no %p', (record) => {
    expect(problemOf(() => check(record))).toEqual(new UnreadableRecord(noun, 'is corrupt: no object'));
  });

  test('of a newer platform is not looked into', () => {
    const says = 'has schema version 2, and this platform knows 1';
    expect(problemOf(() => check({ schemaVersion: 2 }))).toEqual(new UnreadableRecord(noun, says));
  });
});

test.each([
  ...['formation', 'one-off', 'release'].map((kind) => ({ kind })),
  ...['starting', 'up', 'crashed', 'down', 'idle', 'stopping'].map((state) => ({ state })),
])('a dyno may be $kind$state', (changes) => {
  expect(problemOf(() => checkDyno({ ...dyno('web.1'), ...changes }))).toBeUndefined();
});

test('ten thousand dynos of a type are sane', () => {
  expect(problemOf(() => checkApp({ ...app({}), formation: [{ ...ENTRY, quantity: 10_000 }] }))).toBeUndefined();
});

test('what is not set needs no value', () => {
  const { currentReleaseVersion: _none, ...bare } = app({});
  expect(problemOf(() => checkApp(bare))).toBeUndefined();
  expect(problemOf(() => checkApp({ ...bare, dynoManager: { cycling: false } }))).toBeUndefined();
});

describe('rollouts', () => {
  test.each([
    { name: 'none', record: {} },
    { name: 'one of each mode', record: { web: ROLLOUT, worker: { ...ROLLOUT, mode: 'rolling' } } },
    { name: 'one that was switched and given up', record: { web: { ...ROLLOUT, switchedAtMs: 1, abandonedAtMs: 1 } } },
    { name: 'those of our version', record: { web: ROLLOUT, schemaVersion: 1 } },
    { name: 'one of a process type of that name', record: { schemaVersion: ROLLOUT } },
  ])('$name can be read', ({ record }) => {
    expect(problemOf(() => checkRollouts(record))).toBeUndefined();
  });

  test.each([undefined, null, 'text', [[]]])('are no %p', (record) => {
    expect(problemOf(() => checkRollouts(record))).toEqual(new UnreadableRecord('rollouts', 'is corrupt: no object'));
  });

  test.each([
    ...['leap', undefined].map((mode) => ({ mode })),
    ...COUNT.flatMap((value) => [{ startedAtMs: value }, { proven: value }, { progressAtMs: value }]),
    ...MAYBE_COUNT.flatMap((value) => [{ switchedAtMs: value }, { abandonedAtMs: value }]),
    ...['target', 'from'].flatMap((side) => [
      ...OBJECT.map((value) => ({ [side]: value })),
      ...['releaseVersion', 'epoch'].flatMap((field) =>
        COUNT.map((value) => ({ [side]: { ...GENERATION, [field]: value } })),
      ),
      ...['releaseId', 'command', 'size'].flatMap((field) =>
        TEXT.map((value) => ({ [side]: { ...GENERATION, [field]: value } })),
      ),
    ]),
  ])('are corrupt with %j', (changes) => {
    const record = { worker: ROLLOUT, web: { ...ROLLOUT, ...changes } };
    expect(problemOf(() => checkRollouts(record))).toEqual(new UnreadableRecord('rollouts', 'is corrupt: web'));
  });

  test('of a newer platform are not looked into', () => {
    const says = 'has schema version 2, and this platform knows 1';
    expect(problemOf(() => checkRollouts({ schemaVersion: 2 }))).toEqual(new UnreadableRecord('rollouts', says));
  });
});

test('the error says which record it is, and has a name of its own', () => {
  const { name, message } = new UnreadableRecord('dyno', 'is corrupt: state');
  expect({ name, message }).toEqual({ name: 'UnreadableRecord', message: 'its dyno record is corrupt: state' });
});
