import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { isThrottling } from './attempts.ts';

/** Reasons of a cancelled transaction other than its conditions. */
const TRANSIENT_REASONS: ReadonlySet<string> = new Set([
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
]);
const TRANSIENT_ERRORS: ReadonlySet<string> = new Set([
  'TransactionConflictException',
  'TransactionInProgressException',
]);

/** The indexes of the actions whose condition failed; empty: another failure. */
export function conflictsOf(error: unknown): readonly number[] {
  return reasonsOf(error).flatMap((code, index) => (code === 'ConditionalCheckFailed' ? [index] : []));
}

/** Whether the same write may succeed in a moment: another writer was at the same items, or DynamoDB was busy. */
export function isTransient(error: unknown): boolean {
  if (isThrottling(error)) return true;
  if (error instanceof Error && TRANSIENT_ERRORS.has(error.name)) return true;
  // A failed condition counts even next to a collision: the caller has read outdated data.
  if (conflictsOf(error).length > 0) return false;
  const reasons = reasonsOf(error).filter((code) => code !== 'None');
  return reasons.length > 0 && reasons.every((code) => TRANSIENT_REASONS.has(code));
}

function reasonsOf(error: unknown): readonly string[] {
  if (!(error instanceof TransactionCanceledException)) return [];
  return (error.CancellationReasons ?? []).map(({ Code = 'None' }) => Code);
}
