import { count, fields, optional } from './checks.ts';
import { defineRecord } from './define-record.ts';

/** Consecutive failed passes of one reconciler over one app. */
export interface PassFailures {
  readonly count: number;
  readonly lastAtMs: number;
  /** In quarantine: no pass before then. */
  readonly quarantinedUntilMs?: number;
}

/** Not among the app's own items: it may be written after those are deleted. */
export const passFailuresKey = (appId: string, reconciler: string) => ({
  partition: `pass-failures#${appId}`,
  sort: reconciler,
});

export const passFailuresRecord = defineRecord({
  noun: 'pass failures',
  version: 1,
  key: passFailuresKey,
  shape: fields<PassFailures>({ count, lastAtMs: count, quarantinedUntilMs: optional(count) }),
});
