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
import { outboxRecord } from '../../../core/records/outbox.ts';
import { passFailuresRecord } from '../../../core/records/pass-failures.ts';
import { configRecord, releaseIdRecord, releaseRecord } from '../../../core/records/release.ts';
import { slugRecord } from '../../../core/records/slug.ts';
import { app, dyno, release, slug } from '../dyno-manager/records.ts';

export type Fields = Readonly<Record<string, unknown>>;

export interface Kind {
  readonly noun: string;
  readonly of?: string;
  readonly record: Pick<StoredRecord<unknown, never>, 'read' | 'tryRead'>;
  /** With only the required fields. */
  readonly least: Fields;
  /** Optional fields. */
  readonly more?: Fields;
}

const TIMES = { createdAtMs: 1, updatedAtMs: 2 };
export const CRON_JOB = {
  name: 'ten',
  schedule: '@daily',
  timezone: 'UTC',
  command: 'run',
  overlap: 'skip',
  catchUp: 'none',
};
export const CERTIFICATE = { id: 'c', status: 'pending', requestedAtMs: 1, refreshes: 0, failures: 0 };
export const RUN = { id: 'run-1', appId: 'app-1', job: 'ten', scheduledAtMs: 1, cause: 'schedule', createdAtMs: 1 };
const REPLACES = { dynoId: 'dyno-0', sinceMs: 1, cause: 'release' };
export const RUN_DYNO = { id: 'dyno-1', name: 'run.1', size: 'Eco' };
const { taskRef: _taskRef, told: _told, cycleAtMs: _cycle, intentAtMs: _intent, ...DYNO } = dyno('web.1');
const { currentReleaseVersion: _current, ...APP } = app({ web: 1 });
const { slugId: _slug, ...RELEASE } = release(7);

const EVENT = { id: 'event-1', action: 'update', atMs: 1, app: { id: 'app-1', name: 'shop' } };
const OUTBOX_EVENTS = [
  {
    of: 'a release',
    event: {
      ...EVENT,
      entity: 'api:release',
      data: { id: 'release-7', version: 7, description: 'Deploy', status: 'succeeded' },
    },
  },
  { of: 'a build', event: { ...EVENT, entity: 'api:build', data: { id: 'build-1', status: 'pending' } } },
  {
    of: 'a dyno',
    event: {
      ...EVENT,
      entity: 'dyno',
      data: {
        id: 'dyno-1',
        name: 'web.1',
        type: 'web',
        size: 'Eco',
        state: 'up',
        release: { id: 'release-7', version: 7 },
      },
    },
  },
];

/** A sample of every kind of record, for rules that hold for all. */
export const KINDS: readonly Kind[] = [
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
  ...OUTBOX_EVENTS.map(({ of, event }) => ({ noun: 'outbox', of, record: outboxRecord, least: { events: [event] } })),
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
