import type { Mutant } from './mutant.ts';

const edit = (file: string, find: string, replace: string) => ({ file: `core/scheduler/${file}`, find, replace });

/** Recurring jobs: when they run, what was missed, and what their ledger says. */
export const SCHEDULER: readonly Mutant[] = [
  {
    name: 'a run is on time for twenty minutes',
    test: 'test/core/scheduler/plan-due.test.ts',
    edits: [edit('plan-due.ts', 'ON_TIME_MS = 2 * MINUTE_MS', 'ON_TIME_MS = 20 * MINUTE_MS')],
  },
  {
    name: 'the last missed run is caught up beside one that is due now',
    test: 'test/core/scheduler/plan-due.test.ts',
    edits: [edit('plan-due.ts', "job.catchUp === 'last' && !hasNext ? 1 : 0", "job.catchUp === 'last' ? 1 : 0")],
  },
  {
    name: 'the oldest of the missed runs are caught up',
    test: 'test/core/scheduler/plan-due.test.ts',
    edits: [edit('plan-due.ts', 'known.slice(-keep)', 'known.slice(0, keep)')],
  },
  {
    name: 'missed runs are caught up all at once',
    test: 'test/core/scheduler/plan-due.test.ts',
    edits: [edit('plan-due.ts', 'nowMs + BACKLOG_PAUSE_MS', 'nowMs + 0 * BACKLOG_PAUSE_MS')],
  },
  {
    name: 'one missed run too few is counted',
    test: 'test/core/scheduler/plan-due.test.ts',
    edits: [edit('plan-due.ts', '  let count = 1;\n', '  let count = 0;\n')],
  },
  {
    name: 'a job removed at the very moment when it is due leaves no trace of that run',
    test: 'test/core/scheduler/plan-due.test.ts',
    edits: [edit('plan-due.ts', '  if (nextRunAtMs <= untilMs) {', '  if (nextRunAtMs < untilMs) {')],
  },
  {
    name: 'a run that its user stopped is told as replaced',
    test: 'test/core/scheduler/run-due-jobs.test.ts',
    edits: [edit('plan-run.ts', 'active.filter(({ value }) => value.stopRequested !== true) : []', 'active : []')],
  },
  {
    name: 'a run that is replaced is not asked to stop',
    edits: [
      edit('plan-run.ts', "job.overlap === 'replace' ? active.filter", "job.overlap !== 'replace' ? active.filter"),
    ],
  },
  {
    name: 'a replaced run is told as stopped',
    edits: [
      {
        file: 'core/records/job-run.ts',
        find: "dyno.job.replaced === true ? 'replaced' : 'stopped'",
        replace: "'stopped'",
      },
    ],
  },
  {
    name: 'a job that moves to another time zone keeps its next time',
    test: 'test/core/scheduler/jobs-of-releases.test.ts',
    edits: [
      edit(
        'sync-jobs.ts',
        'before?.job.schedule === job.schedule && before.job.timezone === job.timezone',
        'before?.job.schedule === job.schedule',
      ),
    ],
  },
  {
    name: 'what a removed job left undone is told to nobody',
    edits: [
      edit(
        'sync-jobs.ts',
        '  end({ value, version }: Item<JobState>): void {\n    this.#drop(value);\n',
        '  end({ value, version }: Item<JobState>): void {\n',
      ),
    ],
  },
  {
    name: 'jobs end while the record of their release is missing',
    found: true,
    edits: [
      edit(
        'sync-jobs.ts',
        'if (release === undefined && app.currentReleaseVersion !== undefined)',
        'if (app.currentReleaseVersion === -1)',
      ),
    ],
  },
  {
    name: 'runs between a release and the look at its jobs are forgotten',
    edits: [
      edit('sync-jobs.ts', 'Math.min(nowMs, app.releasedAtMs ?? nowMs)', 'Math.max(nowMs, app.releasedAtMs ?? nowMs)'),
    ],
  },
  {
    name: 'a time of day that exists twice runs twice',
    test: 'test/core/scheduler/run-times.test.ts',
    edits: [
      edit('run-times.ts', 'if (schedule.byInterval) times', 'if (schedule.byInterval || real.length > 1) times'),
    ],
  },
  {
    name: 'a time of day that does not exist does not run',
    test: 'test/core/scheduler/run-times.test.ts',
    edits: [
      edit(
        'run-times.ts',
        'else times.push(real.length > 0 ? Math.min(...real) : clockChange(timeZone, fromMs, toMs));',
        'else if (real.length > 0) times.push(Math.min(...real), ...[clockChange].slice(1).map((at) => at(timeZone, fromMs, toMs)));',
      ),
    ],
  },
  {
    name: 'a day with a change of clocks has the offset of its beginning',
    test: 'test/core/scheduler/run-times.test.ts',
    edits: [edit('run-times.ts', 'if (!changes) {', 'if (!changes || fromMs < toMs) {')],
  },
  {
    name: 'a job looks for its day by UTC',
    test: 'test/core/scheduler/run-times.test.ts',
    edits: [
      edit(
        'run-times.ts',
        'Math.floor((afterMs + offsetMs(timeZone, afterMs)) / DAY_MS) - 1',
        'Math.floor(afterMs / DAY_MS)',
      ),
    ],
  },
  {
    name: 'both the day of the month and that of the week must fit',
    test: 'test/core/scheduler/schedule.test.ts',
    edits: [
      edit('schedule.ts', 'schedule.eitherDay ? byDate || byWeekday', 'schedule.eitherDay ? byDate && byWeekday'),
    ],
  },
  {
    name: 'the log does not tell of skipped runs',
    edits: [
      edit(
        'recurring-jobs.ts',
        'if (taken.line !== undefined) logSchedulerLine',
        "if (taken.line?.startsWith('Missed')) logSchedulerLine",
      ),
    ],
  },
  {
    name: 'the ledger does not learn that a run has ended',
    edits: [
      {
        file: 'core/dyno-manager/plan/one-off-step.ts',
        find: 'if (!isOfJob(dyno)) return step;',
        replace: "if (!isOfJob(dyno) || task?.state === 'stopped') return step;",
      },
    ],
  },
];
