import { appRecord } from '../../../core/records/app.ts';
import { domainRecord } from '../../../core/records/domain.ts';
import { jobRecord } from '../../../core/records/job.ts';
import { runRecord } from '../../../core/records/job-run.ts';
import { image, tarball } from '../../artifacts.ts';
import { CERTIFICATE, CRON_JOB, type Fields, KINDS, type Kind, RUN, RUN_DYNO } from './kinds.ts';

/** No stored value is a function. */
const GARBAGE = () => undefined;
const itemOf = (value: unknown) => ({ partition: 'p', sort: 's', version: 1, value });

describe.each(KINDS)('a record of the kind: $noun $of', ({ noun, record, least, more = {} }) => {
  const versioned = { schemaVersion: 1, ...least };
  const problem = (value: unknown) => {
    try {
      record.read(itemOf(value));
      return 'none';
    } catch (error) {
      return String(error);
    }
  };

  test('is read with what it must have, and with all that it may have', () => {
    for (const value of [versioned, { ...versioned, ...more }]) {
      expect(problem(value)).toBe('none');
      expect(record.read(itemOf(value))).toEqual(itemOf(value));
      expect(record.tryRead(itemOf(value))).toEqual(itemOf(value));
    }
  });

  test('is not read without one of the fields that it must have', () => {
    for (const field of Object.keys(least)) {
      const value = { ...versioned, [field]: undefined };
      expect(problem(value)).toBe(`UnreadableRecord: its ${noun} record is corrupt: ${field}`);
      expect(record.tryRead(itemOf(value))).toBeUndefined();
    }
  });

  test('is not read with something else in any of its fields', () => {
    for (const field of Object.keys({ ...least, ...more })) {
      const says = `UnreadableRecord: its ${noun} record is corrupt: ${field}`;
      expect(problem({ ...versioned, ...more, [field]: GARBAGE })).toBe(says);
    }
  });

  test('is not read when a newer platform wrote it', () => {
    const says = `its ${noun} record has schema version 2, and this platform knows 1`;
    expect(problem({ ...least, schemaVersion: 2 })).toBe(`UnreadableRecord: ${says}`);
    expect(record.tryRead(itemOf({ ...least, schemaVersion: 2 }))).toBeUndefined();
  });
});

interface Part {
  readonly name: string;
  readonly record: Kind['record'];
  readonly within: (part: unknown) => unknown;
  /** With all of its fields. */
  readonly whole: Fields;
  readonly optional?: readonly string[];
}

const recordOf = (name: string) => KINDS.find(({ noun, of = noun }) => of === name) ?? { record: appRecord, least: {} };
const inField = (noun: string, field: string) => {
  const { record, least } = recordOf(noun);
  return { record, within: (part: unknown) => ({ schemaVersion: 1, ...least, [field]: part }) };
};
const run = (outcome: unknown) => ({ ...RUN, outcome });

const PARTS: readonly Part[] = [
  { name: 'address of a dyno', ...inField('release dyno', 'address'), whole: { host: 'h', port: 1 } },
  { name: 'client of a dyno', ...inField('one-off', 'attach'), whole: { terminal: true, columns: 1, rows: 1 } },
  {
    name: 'predecessor of a dyno',
    ...inField('formation', 'replaces'),
    whole: { dynoId: 'd', sinceMs: 1, cause: 'scale' },
  },
  {
    name: 'job of a dyno',
    ...inField('one-off', 'job'),
    whole: { id: 'r', name: 'ten', scheduledAtMs: 1, cause: 'schedule', replaced: true },
    optional: ['replaced'],
  },
  {
    name: 'what the log says of a dyno',
    ...inField('one-off', 'told'),
    whole: { starting: true, awaitingClient: true, exitTimeout: true, hangUps: 1, lastHangUpAtMs: 1, detached: true },
    optional: ['starting', 'awaitingClient', 'exitTimeout', 'hangUps', 'lastHangUpAtMs', 'detached'],
  },
  { name: 'switch for certificates', ...inField('app', 'acm'), whole: { enabled: true, refreshes: 1 } },
  {
    name: 'certificate of a domain',
    ...inField('domain', 'certificate'),
    whole: { ...CERTIFICATE, reference: 'r', reason: 'r', lookAtMs: 1 },
    optional: ['reference', 'reason', 'lookAtMs'],
  },
  {
    name: 'DNS record of a certificate',
    record: domainRecord,
    within: (part) => inField('domain', 'certificate').within({ ...CERTIFICATE, record: part }),
    whole: { name: 'n', type: 'CNAME', value: 'v' },
  },
  {
    name: 'issued certificate',
    record: domainRecord,
    within: (part) => inField('domain', 'certificate').within({ ...CERTIFICATE, issued: part }),
    whole: { issuer: 'i', subject: 's', startsAtMs: 1, expiresAtMs: 2 },
  },
  {
    name: 'job as the code declares it',
    ...inField('job', 'job'),
    whole: { ...CRON_JOB, size: 'Eco', timeToLiveSeconds: 1 },
    optional: ['size', 'timeToLiveSeconds'],
  },
  { name: 'archive of a slug', ...inField('slug', 'artifact'), whole: { ...tarball('slugs/1') } },
  { name: 'image of a slug', ...inField('slug', 'artifact'), whole: { ...image() } },
  { name: 'started run', record: runRecord, within: run, whole: { kind: 'started', dyno: RUN_DYNO } },
  {
    name: 'ended run',
    record: runRecord,
    within: run,
    whole: {
      kind: 'ended',
      dyno: RUN_DYNO,
      startedAtMs: 1.5,
      endedAtMs: 2.5,
      exitStatus: -1,
      reason: 'exited',
      stopCause: 'stop',
    },
    optional: ['startedAtMs', 'exitStatus', 'stopCause'],
  },
  { name: 'missed run', record: runRecord, within: run, whole: { kind: 'missed', count: 2, untilMs: 1 } },
  { name: 'skipped run', record: runRecord, within: run, whole: { kind: 'skipped', reason: 'r' } },
  { name: 'refused run', record: runRecord, within: run, whole: { kind: 'refused', reason: 'r' } },
  {
    name: 'dyno of a run',
    record: runRecord,
    within: (dynoOfRun) => run({ kind: 'started', dyno: dynoOfRun }),
    whole: RUN_DYNO,
  },
];

test.each(PARTS)(
  '$name: with each field as it must be, and no other way',
  ({ record, within, whole, optional = [] }) => {
    const reads = (part: unknown) => record.tryRead(itemOf(within(part))) !== undefined;
    expect(reads(whole)).toBe(true);
    expect(reads('text')).toBe(false);
    for (const field of Object.keys(whole)) {
      expect({ field, without: reads({ ...whole, [field]: undefined }) }).toEqual({
        field,
        without: optional.includes(field),
      });
      expect({ field, garbage: reads({ ...whole, [field]: GARBAGE }) }).toEqual({ field, garbage: false });
    }
  },
);

describe('words that a field may have', () => {
  test.each([
    { noun: 'release', field: 'status', words: ['pending', 'succeeded', 'failed', 'expired'] },
    { noun: 'build', field: 'status', words: ['pending', 'succeeded', 'failed'] },
    { noun: 'collaborator', field: 'role', words: ['owner', 'collaborator'] },
    { noun: 'domain', field: 'status', words: ['pending', 'succeeded'] },
    { noun: 'job run', field: 'cause', words: ['schedule', 'catch-up', 'manual'] },
    { noun: 'release dyno', field: 'outcome', words: ['succeeded', 'failed'] },
    { noun: 'one-off', field: 'outcome', words: ['failed'] },
    {
      noun: 'formation',
      field: 'stopCause',
      words: [
        ...['release', 'restart', 'resize', 'scale', 'cycle', 'stop', 'time-to-live', 'release-timeout', 'superseded'],
        ...['duplicate', 'app-deleted', 'host-fault', 'memory-threshold', 'idle', 'abandoned', 'pending-timeout'],
        ...['boot-timeout', 'memory-quota'],
      ],
    },
    { noun: 'formation', field: 'startedBecause', words: ['new', 'crash', 'lost', 'wake', 'scale'] },
  ])('$noun: $field', ({ noun, field, words }) => {
    const { record, within } = inField(noun, field);
    for (const word of words)
      expect({ word, reads: record.tryRead(itemOf(within(word))) !== undefined }).toEqual({ word, reads: true });
    expect(record.tryRead(itemOf(within('something else')))).toBeUndefined();
  });

  test.each([
    ...['exited', 'attach-timeout', 'out-of-memory', 'start-failed', 'no-room', 'lost', 'stopped', 'replaced'],
  ])('a run ended: %s', (reason) => {
    const ended = { kind: 'ended', dyno: RUN_DYNO, endedAtMs: 1, reason };
    expect(runRecord.tryRead(itemOf(run(ended)))).toBeDefined();
  });

  test.each(['pending', 'verified', 'cert issued', 'failing', 'failed'])('a certificate is %s', (status) => {
    expect(
      domainRecord.tryRead(itemOf(inField('domain', 'certificate').within({ ...CERTIFICATE, status }))) !== undefined,
    ).toBe(true);
  });

  test.each([
    ...['skip', 'allow', 'replace'].map((overlap) => ({ overlap })),
    ...['none', 'last', 'all'].map((catchUp) => ({ catchUp })),
  ])('a job may have %j', (changes) => {
    expect(jobRecord.tryRead(itemOf(inField('job', 'job').within({ ...CRON_JOB, ...changes })))).toBeDefined();
  });

  test.each([
    { origin: 'dockerfile', reads: true },
    { architecture: 'arm64', reads: true },
    { origin: 'nix', reads: false },
    { architecture: 'riscv64', reads: false },
  ])('an image of a slug with %j', ({ reads, ...changes }) => {
    const { record, within } = inField('slug', 'artifact');
    expect(record.tryRead(itemOf(within({ ...image(), ...changes }))) !== undefined).toBe(reads);
  });

  test.each([
    { source: { blobKey: 'sources/1' }, reads: true },
    { source: { url: 'https://example.com/source.tgz' }, reads: true },
    { source: {}, reads: false },
    { source: { url: 7 }, reads: false },
  ])('a build of $source: $reads', ({ source, reads }) => {
    const { record, within } = inField('build', 'source');
    expect(record.tryRead(itemOf(within(source))) !== undefined).toBe(reads);
  });
});
