import { jobsText, runsText } from '../../api/scheduler-text.ts';
import type { JobView, RunView } from '../../core/scheduler/read-jobs.ts';
import { START_MS } from './api-fixture.ts';

const MINUTE = 60_000;
const job = (name: string, lastRun?: RunView, command = 'bin/run'): JobView => ({
  state: {
    appId: 'app',
    slugId: 'slug',
    job: { name, schedule: '@hourly', timezone: 'UTC', command, overlap: 'skip', catchUp: 'none' },
    nextRunAtMs: START_MS + 60 * MINUTE,
    backlog: [],
    createdAtMs: START_MS,
    updatedAtMs: START_MS,
  },
  ...(lastRun === undefined ? {} : { lastRun }),
});
const run = (changes: Partial<RunView>): RunView => ({
  id: 'run-1',
  job: 'ten',
  status: 'starting',
  cause: 'schedule',
  scheduledAtMs: START_MS,
  count: 1,
  ...changes,
});
const started = { startedAtMs: START_MS + 1_000, dyno: { id: 'd', name: 'scheduler.1234', size: 'Standard-1X' } };

describe('the last run of a job', () => {
  const lastRunOf = (lastRun: RunView | undefined) => {
    const [, , header = '', row = ''] = jobsText('shop', [job('ten', lastRun)]).split('\n');
    return row.slice(header.indexOf('LAST RUN'), header.indexOf('COMMAND')).trimEnd();
  };
  test.each([
    { lastRun: undefined, says: '-' },
    { lastRun: run({}), says: 'starting 2026-01-01T00:00:00Z' },
    { lastRun: run({ status: 'running', ...started }), says: 'running 2026-01-01T00:00:01Z' },
    { lastRun: run({ status: 'missed', count: 2 }), says: 'missed x2 2026-01-01T00:00:00Z' },
  ])('$says', ({ lastRun, says }) => {
    expect(lastRunOf(lastRun)).toBe(says);
  });
});

test('jobs stand in columns as wide as their widest, and nothing trails', () => {
  expect(jobsText('shop', [job('a'), job('longer', undefined, 'x  ')])).toBe(
    [
      '=== shop jobs',
      '',
      'JOB     SCHEDULE  TIME ZONE  NEXT RUN              LAST RUN  COMMAND',
      'a       @hourly   UTC        2026-01-01T01:00:00Z  -         bin/run',
      'longer  @hourly   UTC        2026-01-01T01:00:00Z  -         x',
      '',
    ].join('\n'),
  );
});

test.each([
  { name: 'controls in a row', command: 'a\u0000\u001b[31m\r\nb', shown: 'a [31m b' },
  { name: 'an override of the direction', command: 'a\u202eb', shown: 'a b' },
  { name: 'a soft hyphen', command: 'a\u00adb', shown: 'a b' },
  { name: 'letters of everywhere', command: 'grüße 世界', shown: 'grüße 世界' },
])('of a command with $name, none drives the terminal', ({ command, shown }) => {
  const [, , header = '', row = ''] = jobsText('shop', [job('a', undefined, command)]).split('\n');
  expect(row.slice(header.indexOf('COMMAND'))).toBe(shown);
});

describe('a line of the ledger', () => {
  const columns = ['SCHEDULED', 'CAUSE', 'STATUS', 'STARTED', 'ENDED', 'DURATION', 'EXIT', 'DYNO', 'REASON'] as const;
  const lineOf = (shown: RunView) => {
    const [title, , header = '', row = ''] = runsText('shop', 'ten', [shown], undefined).split('\n');
    expect(title).toBe('=== shop runs of ten, newest first');
    expect(header.split(/ {2,}/)).toEqual(columns);
    return columns.map((name, index) => {
      const next = columns[index + 1];
      return row.slice(header.indexOf(name), next === undefined ? undefined : header.indexOf(next)).trim();
    });
  };
  const start = '2026-01-01T00:00:01Z';
  const end = '2026-01-01T00:01:01Z';
  const ended = { ...started, endedAtMs: START_MS + 61_000, durationMs: 60_000 };
  test.each([
    { shown: run({}), cells: ['schedule', 'starting', '-', '-', '-', '-', '-', ''] },
    {
      shown: run({ cause: 'manual', status: 'running', ...started }),
      cells: ['manual', 'running', start, '-', '-', '-', 'scheduler.1234', ''],
    },
    {
      shown: run({ status: 'succeeded', ...ended, exitStatus: 0 }),
      cells: ['schedule', 'succeeded', start, end, '60.0s', '0', 'scheduler.1234', ''],
    },
    {
      shown: run({ status: 'failed', ...ended, durationMs: 50, exitStatus: 3, reason: 'exit status 3' }),
      cells: ['schedule', 'failed', start, end, '0.1s', '3', 'scheduler.1234', 'exit status 3'],
    },
    {
      shown: run({ status: 'missed', count: 3, untilMs: START_MS + 61_000 }),
      cells: ['schedule', 'missed x3', '-', '-', '-', '-', '-', `until ${end}`],
    },
    {
      shown: run({ status: 'missed', count: 1, untilMs: START_MS }),
      cells: ['schedule', 'missed', '-', '-', '-', '-', '-', ''],
    },
    {
      shown: run({ status: 'skipped', reason: 'its run has not ended' }),
      cells: ['schedule', 'skipped', '-', '-', '-', '-', '-', 'its run has not ended'],
    },
  ])('$cells', ({ shown, cells }) => {
    expect(lineOf(shown)).toEqual(['2026-01-01T00:00:00Z', ...cells]);
  });
});

test('below a ledger is the way to the log, where there is one', () => {
  const [without, withUrl] = [undefined, 'http://logs/x'].map((url) => runsText('shop', 'ten', [run({})], url));
  expect(withUrl).toBe(`${without}\nLog of the newest run (for a few minutes): http://logs/x\n`);
});
