import { type Condition, classify } from '../../../core/dyno-manager/observe/classify.ts';
import { crashed, dyno, exitedWith, type Known, starting, stopping, up, vanished } from './records.ts';

interface Case extends Known {
  readonly name: string;
  readonly incomplete?: true;
}

/** Every condition with all the dynos that have it. */
const BUCKETS: Readonly<Record<Condition, readonly Case[]>> = {
  unstarted: [
    { name: 'an intent without a task', dyno: dyno('web.1') },
    { name: 'an intent, while some tasks cannot be read', dyno: dyno('web.1'), incomplete: true },
    { name: 'a task of an earlier attempt only', dyno: dyno('web.1', { attempt: 2 }) },
  ],
  pending: [
    { name: 'an accepted web dyno', ...starting('web.1', {}, { state: 'pending' }) },
    { name: 'an accepted one-off', ...starting('run.1234', {}, { state: 'pending' }) },
  ],
  'awaiting-client': [{ name: 'an attached one-off', ...starting('run.1234', {}, { state: 'awaiting-client' }) }],
  booting: [{ name: 'a web process that does not listen', ...starting('web.1') }],
  up: [
    { name: 'a web process that listens', ...starting('web.1', {}, { listening: true }) },
    { name: 'a web dyno that was up and lost its listener', ...up('web.1', {}, { listening: false }) },
    { name: 'a dyno that was up, in a picture from before its launch', ...up('web.1', {}, { state: 'pending' }) },
    { name: 'a worker that runs', ...starting('worker.1') },
    { name: 'a one-off that runs', ...starting('run.1234') },
    { name: 'a one-off of type web', ...starting('web.1234', { kind: 'one-off' }) },
    { name: 'a release phase that runs', ...starting('release.1234') },
    { name: 'a dyno on a machine that is to go', ...up('web.1', {}, { hostFault: 'draining' }) },
    { name: 'a one-off on a machine that cannot be reached', ...starting('run.1234', {}, { hostFault: 'lost' }) },
    { name: 'a dyno that is seen, while others cannot be read', ...up('web.1'), incomplete: true },
  ],
  killed: [{ name: 'a dyno over its memory quota that still runs', ...up('web.1', { stopCause: 'memory-quota' }) }],
  stopping: [
    { name: 'a dyno after SIGTERM', ...stopping('web.1') },
    { name: 'a dyno that was told to go before its launch', ...stopping('web.1', {}, { state: 'pending' }) },
  ],
  stopped: [
    { name: 'a dyno that went as told', ...exitedWith(stopping('web.1'), 143) },
    { name: 'a stopping dyno whose task has vanished', ...vanished(stopping('web.1')) },
    { name: 'a stopping dyno that never had a task', dyno: dyno('web.1', { state: 'stopping' }) },
  ],
  exited: [
    { name: 'a crash', ...exitedWith(up('web.1'), 1) },
    { name: 'a killed dyno that is gone', ...exitedWith(up('web.1', { stopCause: 'boot-timeout' }), 137) },
    { name: 'a one-off that is done', ...exitedWith(up('run.1234'), 0) },
    { name: 'an exit, while other tasks cannot be read', ...exitedWith(up('web.1'), 1), incomplete: true },
  ],
  lost: [
    { name: 'a task that has vanished', ...vanished(up('web.1')) },
    { name: 'a task on a machine that cannot be reached', ...up('web.1', {}, { hostFault: 'lost' }) },
    {
      name: 'a task that the runtime says it lost',
      ...exitedWith(up('web.1'), 137, { exit: { status: 137, reason: 'lost' } }),
    },
  ],
  crashed: [
    { name: 'a dyno in back-off', ...crashed('web.1') },
    { name: 'a crashed dyno whose old task is still listed', ...exitedWith(crashed('web.1'), 1) },
  ],
  idle: [{ name: 'a dyno that sleeps', dyno: dyno('web.1', { state: 'idle' }) }],
  finished: [{ name: 'a release phase whose outcome is noted', dyno: dyno('release.1234', { outcome: 'failed' }) }],
  unknown: [
    { name: 'a task that cannot be read', ...vanished(up('web.1')), incomplete: true },
    { name: 'a stopping one that cannot be read', ...vanished(stopping('web.1')), incomplete: true },
  ],
};

const cases = Object.entries(BUCKETS).flatMap(([bucket, members]) =>
  members.map((member) => ({ ...member, bucket: bucket as Condition })),
);

test.each(cases)('$bucket: $name', ({ bucket, dyno: record, task, incomplete }) => {
  expect(classify(record, task, incomplete !== true)).toBe(bucket);
});
