import type { Platform } from '../platform.ts';
import type { Store } from '../ports/store.ts';
import { UnreadableRecord } from '../records/define-record.ts';
import { type PassFailures, passFailuresRecord } from '../records/pass-failures.ts';
import { MINUTE_MS } from '../time.ts';
import type { ReconcilerQueue } from './reconciler.ts';

export interface PassStatus {
  /** The last pass that changed anything: those that found all as it should be write nothing. */
  readonly lastPassAtMs?: number | undefined;
  /** Absent: not before something changes. */
  readonly nextPassAtMs?: number | undefined;
  /** What it waits for, in plain words for the app's owner. */
  readonly waiting: readonly string[];
}

/** Of a reconciler whose passes are over one app each. */
export interface StatusSource extends ReconcilerQueue {
  readStatus(store: Store, appId: string, nowMs: number): Promise<PassStatus>;
}

export interface ReconcilerStatus extends PassStatus {
  readonly name: string;
  /** Absent: its passes do not fail. */
  readonly failures?: PassFailures;
}

/** Passes that fail are repeated more often than this, so what is older is over. The process that failed may not be there to say so. */
const FAILURES_CURRENT_MS = 15 * MINUTE_MS;

export async function readStatus(
  source: StatusSource,
  { store, clock }: Pick<Platform, 'store' | 'clock'>,
  appId: string,
): Promise<ReconcilerStatus> {
  const nowMs = clock.nowMs();
  const [status, item] = await Promise.all([
    source.readStatus(store, appId, nowMs).catch(ofUnreadable),
    passFailuresRecord.get(store, appId, source.name),
  ]);
  const { name } = source;
  const failures = item?.value;
  const sinceMs = Math.max(status.lastPassAtMs ?? 0, nowMs - FAILURES_CURRENT_MS + 1);
  return { name, ...status, ...(failures !== undefined && failures.lastAtMs >= sinceMs ? { failures } : {}) };
}

function ofUnreadable(error: unknown): PassStatus {
  if (!(error instanceof UnreadableRecord)) throw error;
  return { waiting: [`a repair by the operator: ${error.message}`] };
}

const REASONS_MAX = 10;

/** As many as somebody reads, and as a record has room for. */
export function firstReasons(reasons: readonly string[]): readonly string[] {
  if (reasons.length <= REASONS_MAX) return reasons;
  return [...reasons.slice(0, REASONS_MAX), `${reasons.length - REASONS_MAX} more`];
}
