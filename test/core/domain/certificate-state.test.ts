import {
  afterAttachment,
  afterDescription,
  afterFault,
  afterRefusal,
  backOffMs,
  newCertificate,
} from '../../../core/domain/certificate-state.ts';
import type { DomainCertificate } from '../../../core/records/domain.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const REQUESTED = 1_000;
const RECORD = { name: '_a.example.', type: 'CNAME', value: '_b.aws.' } as const;
const ISSUED = { issuer: 'Issuer', subject: 'CN=x', startsAtMs: 0, expiresAtMs: 9_000_000 };
const CREATE = 'Create the DNS record _a.example. CNAME _b.aws.';

/** A certificate after earlier steps, with a value in each field. */
const known: DomainCertificate = {
  id: 'certificate-1',
  reference: 'ref-1',
  status: 'failing',
  reason: 'what was wrong before',
  requestedAtMs: REQUESTED,
  refreshes: 2,
  failures: 3,
  lookAtMs: 5_000,
};
/** Fields that no step changes. */
const IDENTITY = { id: 'certificate-1', reference: 'ref-1', requestedAtMs: REQUESTED, refreshes: 2 };

test('a new certificate is pending, and is looked at now', () => {
  expect(newCertificate('certificate-1', 2, 7_000)).toEqual({
    id: 'certificate-1',
    status: 'pending',
    requestedAtMs: 7_000,
    refreshes: 2,
    failures: 0,
    lookAtMs: 7_000,
  });
});

test.each([
  { retry: true, after: { status: 'failing', lookAtMs: 7_000 + 15 * MINUTE } },
  { retry: false, after: { status: 'failed' } },
])('a refusal, to be tried again: $retry', ({ retry, after }) => {
  expect(afterRefusal(known, { reason: 'No more this year', retry }, 7_000)).toEqual({
    ...IDENTITY,
    reason: 'No more this year',
    failures: 0,
    ...after,
  });
});

test.each([
  [1, 1],
  [2, 2],
  [3, 4],
  [4, 8],
  [5, 15],
  [6, 15],
  [2_000, 15],
])('after %i failures in a row the next look is in %i minutes', (failures, minutes) => {
  expect(backOffMs(failures)).toBe(minutes * MINUTE);
  expect(afterFault({ ...known, failures: failures - 1 }, 7_000)).toEqual({
    ...known,
    failures,
    lookAtMs: 7_000 + minutes * MINUTE,
  });
});

describe('what the issuer says of a certificate', () => {
  const pending = (more: object) => ({ state: 'pending' as const, validated: false, ...more });
  test.each<{
    readonly name: string;
    readonly ageMs?: number;
    readonly says: Parameters<typeof afterDescription>[1];
    readonly after: 'gone' | Partial<DomainCertificate>;
  }>([
    {
      name: 'failed: for good, and nobody looks again',
      says: { state: 'failed', reason: 'A CAA record forbids it' },
      after: { ...IDENTITY, status: 'failed', reason: 'A CAA record forbids it', failures: 0 },
    },
    {
      name: 'unknown, a moment before it should be known: it is asked for again',
      ageMs: 5 * MINUTE - 1,
      says: { state: 'absent' },
      after: { ...known, failures: 0, lookAtMs: REQUESTED + 6 * MINUTE - 1 },
    },
    { name: 'unknown after five minutes: gone', ageMs: 5 * MINUTE, says: { state: 'absent' }, after: 'gone' },
    {
      name: 'pending, with the record that its owner has to create',
      says: pending({ record: RECORD }),
      after: {
        ...IDENTITY,
        record: RECORD,
        status: 'pending',
        reason: CREATE,
        failures: 0,
        lookAtMs: REQUESTED + MINUTE,
      },
    },
    {
      name: 'pending, and which record is not known yet',
      says: pending({}),
      after: { ...IDENTITY, status: 'pending', failures: 0, lookAtMs: REQUESTED + MINUTE },
    },
    {
      name: 'pending for almost an hour: nobody worries',
      ageMs: HOUR - 1,
      says: pending({ record: RECORD }),
      after: {
        ...IDENTITY,
        record: RECORD,
        status: 'pending',
        reason: CREATE,
        failures: 0,
        lookAtMs: REQUESTED + HOUR - 1 + MINUTE,
      },
    },
    {
      name: 'pending for an hour: failing, and looked at less often',
      ageMs: HOUR,
      says: pending({ record: RECORD }),
      after: {
        ...IDENTITY,
        record: RECORD,
        status: 'failing',
        reason: CREATE,
        failures: 0,
        lookAtMs: REQUESTED + HOUR + 5 * MINUTE,
      },
    },
    {
      name: 'validated, however late: there is nothing to do but wait',
      ageMs: HOUR,
      says: pending({ record: RECORD, validated: true }),
      after: {
        ...IDENTITY,
        record: RECORD,
        status: 'verified',
        failures: 0,
        lookAtMs: REQUESTED + HOUR + MINUTE,
      },
    },
  ])('$name', ({ ageMs = 0, says, after }) => {
    expect(afterDescription(known, says, REQUESTED + ageMs)).toEqual(after);
  });
});

describe('an issued certificate that was offered to the edge', () => {
  const issued = { ...IDENTITY, issued: ISSUED, failures: 0 };
  test.each([
    {
      name: 'is served, and looked at every day',
      renewal: {},
      attached: { ok: true } as const,
      after: { ...issued, status: 'cert issued', lookAtMs: 7_000 + 24 * HOUR },
    },
    {
      name: 'is served, and its renewal lacks a record',
      renewal: { renewal: RECORD },
      attached: { ok: true } as const,
      after: {
        ...issued,
        status: 'cert issued',
        reason: `Needed for its renewal: ${CREATE}`,
        lookAtMs: 7_000 + 24 * HOUR,
      },
    },
    {
      name: 'is refused there',
      renewal: { renewal: RECORD },
      attached: { ok: false, reason: 'The edge is full' } as const,
      after: { ...issued, status: 'failing', reason: 'The edge is full', lookAtMs: 7_000 + 15 * MINUTE },
    },
  ])('$name', ({ renewal, attached, after }) => {
    const description = { state: 'issued', certificate: ISSUED, ...renewal } as const;
    expect(afterAttachment(known, description, attached, 7_000)).toEqual(after);
  });
});
