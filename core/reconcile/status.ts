import type { Platform } from '../platform.ts';
import type { Store } from '../ports/store.ts';
import { UnreadableRecord } from '../records/define-record.ts';
import { type PassFailures, passFailuresRecord } from '../records/pass-failures.ts';
import { MINUTE_MS } from '../time.ts';
import type { ReconcilerQueue } from './reconciler.ts';

export interface PassStatus {
  /** The last pass that changed anything: a pass without changes writes nothing. */
  readonly lastPassAtMs?: number | undefined;
  /** Absent: not before something changes. */
  readonly nextPassAtMs?: number | undefined;
  /** What it waits for, in plain text for the app's owner. */
  readonly waiting: readonly string[];
}

/** A reconciler whose passes cover one app each. */
export interface StatusSource extends ReconcilerQueue {
  readStatus(store: Store, appId: string, nowMs: number): Promise<PassStatus>;
}

export interface ReconcilerStatus extends PassStatus {
  readonly name: string;
  /** Absent: its passes do not fail. */
  readonly failures?: PassFailures;
}

/** Failed passes are repeated more often than this, so an older failure is over. Its process may be gone without recording that. */
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

/** As many as somebody reads, and as fit into a record. */
export function firstReasons(reasons: readonly string[]): readonly string[] {
  if (reasons.length <= REASONS_MAX) return reasons;
  return [...reasons.slice(0, REASONS_MAX), `${reasons.length - REASONS_MAX} more`];
}
