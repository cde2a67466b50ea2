import { accountEmailRecord, accountRecord, authorizationRecord, tokenRecord } from '../../../core/records/account.ts';
import { accountKeyRecord } from '../../../core/records/account-key.ts';
import {
  appNameRecord,
  appRecord,
  collaboratorRecord,
  managerRecord,
  membershipRecord,
} from '../../../core/records/app.ts';
import { buildRecord } from '../../../core/records/build.ts';
import type { StoredRecord } from '../../../core/records/define-record.ts';
import {
  certificatesMarkRecord,
  domainIdRecord,
  domainRecord,
  hostRecord,
  removalRecord,
} from '../../../core/records/domain.ts';
import { dynoRecord } from '../../../core/records/dyno.ts';
import { jobRecord } from '../../../core/records/job.ts';
import { runRecord } from '../../../core/records/job-run.ts';
import { passFailuresRecord } from '../../../core/records/pass-failures.ts';
import { configRecord, releaseIdRecord, releaseRecord } from '../../../core/records/release.ts';
import { slugRecord } from '../../../core/records/slug.ts';
import { image, tarball } from '../../artifacts.ts';
import { app, dyno, release, slug } from '../dyno-manager/records.ts';

type Fields = Readonly<Record<string, unknown>>;

interface Kind {
  readonly noun: string;
  readonly of?: string;
  readonly record: Pick<StoredRecord<unknown, never>, 'read' | 'tryRead'>;
  /** With only the required fields. */
  readonly least: Fields;
  /** Optional fields. */
  readonly more?: Fields;
}

const TIMES = { createdAtMs: 1, updatedAtMs: 2 };
const CRON_JOB = {
  name: 'ten',
  schedule: '@daily',
  timezone: 'UTC',
  command: 'run',
  overlap: 'skip',
  catchUp: 'none',
};
const CERTIFICATE = { id: 'c', status: 'pending', requestedAtMs: 1, refreshes: 0, failures: 0 };
const RUN = { id: 'run-1', appId: 'app-1', job: 'ten', scheduledAtMs: 1, cause: 'schedule', createdAtMs: 1 };
const REPLACES = { dynoId: 'dyno-0', sinceMs: 1, cause: 'release' };
const RUN_DYNO = { id: 'dyno-1', name: 'run.1', size: 'Eco' };
const { taskRef: _taskRef, told: _told, cycleAtMs: _cycle, intentAtMs: _intent, ...DYNO } = dyno('web.1');
const { currentReleaseVersion: _current, ...APP } = app({ web: 1 });
const { slugId: _slug, ...RELEASE } = release(7);

const KINDS: readonly Kind[] = [
  {
    noun: 'account',
    record: accountRecord,
    least: { id: 'account-1', email: 'me@example.com', name: '', ...TIMES },
  },
  { noun: 'e-mail address', record: accountEmailRecord, least: { accountId: 'account-1' } },
  {
    noun: 'authorization',
    record: authorizationRecord,
    least: {
      id: 'authorization-1',
      accountId: 'account-1',
      description: '',
      scope: ['global', 'identity', 'read', 'write', 'read-protected', 'write-protected'],
      tokenId: 'token-1',
      tokenSha256: '00',
      tokenRedacted: 'HRKU-**',
      ...TIMES,
    },
    // Clients may ask for half a second.
    more: { lifetimeSeconds: 1.5, expiresAtMs: 1_500.5 },
  },
  {
    noun: 'token',
    record: tokenRecord,
    least: { accountId: 'account-1', authorizationId: 'authorization-1', email: 'me@example.com', scope: ['read'] },
    more: { expiresAtMs: 1_500.5 },
  },
  {
    noun: 'key',
    record: accountKeyRecord,
    least: {
      id: 'key-1',
      accountId: 'account-1',
      email: 'me@example.com',
      comment: '',
      fingerprint: '00:11',
      publicKey: 'ssh-rsa AAAA',
      ...TIMES,
    },
  },
  { noun: 'app name', record: appNameRecord, least: { appId: 'app-1' } },
  { noun: 'membership', record: membershipRecord, least: { appId: 'app-1' } },
  {
    noun: 'collaborator',
    record: collaboratorRecord,
    least: { id: 'c-1', appId: 'app-1', accountId: 'account-1', email: 'me@example.com', role: 'owner', ...TIMES },
  },
  {
    noun: 'app',
    record: appRecord,
    least: { ...APP, features: { preboot: true }, buildpacks: ['heroku/nodejs'] },
    more: {
      currentReleaseVersion: 7,
      releasedAtMs: 1,
      slugSizeBytes: 1,
      buildpackDescription: 'Node.js',
      dynoManager: { cycling: true },
      customHosts: ['www.example.com'],
      acm: { enabled: false, refreshes: 0 },
      deletedAtMs: 1,
    },
  },
  {
    noun: 'pass failures',
    record: passFailuresRecord,
    least: { count: 1, lastAtMs: 1 },
    more: { quarantinedUntilMs: 1 },
  },
  {
    noun: 'manager',
    record: managerRecord,
    least: { appId: 'app-1', dirty: true },
    more: { lookAtMs: 1, routedAppVersion: 1, passedAtMs: 1, waiting: ['web.1 to start'] },
  },
  {
    noun: 'build',
    record: buildRecord,
    least: {
      id: 'build-1',
      appId: 'app-1',
      status: 'pending',
      source: { blobKey: 'sources/1' },
      buildpacks: [],
      stackName: 'heroku-24',
      userId: 'account-1',
      userEmail: 'me@example.com',
      outputStreamId: 'output-1',
      ...TIMES,
    },
    more: {
      failure: 'no',
      sourceChecksum: 'SHA256:00',
      sourceVersion: 'c0ffee',
      sourceVersionDescription: 'a commit',
      slugId: 'slug-1',
      releaseId: 'release-1',
    },
  },
  { noun: 'release', record: releaseRecord, least: RELEASE, more: { slugId: 'slug-1', outputStreamId: 'output-1' } },
  { noun: 'release id', record: releaseIdRecord, least: { version: 7 } },
  { noun: 'config', record: configRecord, least: { sealed: 'x' } },
  {
    noun: 'slug',
    record: slugRecord,
    least: { ...slug('slug-1') },
    more: { commit: 'c0ffee', commitDescription: 'a commit', cron: [CRON_JOB] },
  },
  ...[
    { kind: 'formation', own: { recycleAtMs: 1, startedBecause: 'new', replaces: REPLACES } },
    {
      kind: 'one-off',
      own: {
        job: { id: 'run-1', name: 'ten', scheduledAtMs: 1, cause: 'manual', replaced: true },
        attach: { terminal: true, columns: 80, rows: 24 },
        sealedEnvironment: 'x',
        timeToLiveSeconds: 60,
        stopRequested: true,
        outcome: 'failed',
      },
    },
    { kind: 'release', own: { stopRequested: true, outcome: 'succeeded' } },
  ].map(({ kind, own }) => ({
    noun: 'dyno',
    of: kind === 'release' ? 'release dyno' : kind,
    record: dynoRecord,
    least: { ...DYNO, kind },
    more: {
      intentAtMs: 1,
      firstIntentAtMs: 1,
      taskRef: 'task-1',
      observedVersion: 1,
      launchedAtMs: 1,
      upAtMs: 1,
      cycleAtMs: 1,
      nextStartAtMs: 1,
      stoppingAtMs: 1,
      address: { host: '127.0.0.1', port: 5_000 },
      stopCause: 'scale',
      told: {
        starting: true,
        awaitingClient: true,
        exitTimeout: true,
        hangUps: 1,
        lastHangUpAtMs: 1,
        detached: true,
      },
      ...own,
    },
  })),
  {
    noun: 'job',
    record: jobRecord,
    least: { appId: 'app-1', slugId: 'slug-1', job: CRON_JOB, nextRunAtMs: 1, backlog: [1], ...TIMES },
  },
  { noun: 'job run', record: runRecord, least: { ...RUN, outcome: { kind: 'skipped', reason: 'busy' } } },
  {
    noun: 'domain',
    record: domainRecord,
    least: {
      id: 'domain-1',
      appId: 'app-1',
      hostname: 'www.example.com',
      dnsTarget: 'x.example',
      status: 'pending',
      ...TIMES,
    },
    more: {
      certificate: {
        ...CERTIFICATE,
        reference: 'arn',
        reason: 'no',
        record: { name: 'n', type: 'CNAME', value: 'v' },
        issued: { issuer: 'i', subject: 's', startsAtMs: 1, expiresAtMs: 2 },
        lookAtMs: 1,
      },
    },
  },
  { noun: 'domain id', record: domainIdRecord, least: { hostname: 'www.example.com' } },
  { noun: 'host', record: hostRecord, least: { appId: 'app-1' } },
  { noun: 'certificates', record: certificatesMarkRecord, least: { appId: 'app-1' }, more: { lookAtMs: 1 } },
  {
    noun: 'certificate removal',
    record: removalRecord,
    least: { appId: 'app-1', certificateId: 'c', hostname: 'www.example.com', failures: 0, lookAtMs: 1 },
    more: { reference: 'arn' },
  },
];

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
