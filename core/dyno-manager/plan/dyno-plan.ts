import type { TaskObservation } from '../../ports/dyno-runtime.ts';
import type { Dyno } from '../../records/dyno.ts';
import type { SystemLine } from './system-lines.ts';

export type DynoWrite =
  | { readonly kind: 'put'; readonly dyno: Dyno; readonly expect: 'absent' | number }
  | { readonly kind: 'delete'; readonly dyno: Dyno; readonly expect: number }
  /** Written together with the delete of a recurring job's dyno: the job's ledger records its end. */
  | { readonly kind: 'job-ended'; readonly dyno: Dyno; readonly task?: TaskObservation };

export interface Stop {
  readonly taskRef: string;
  /** SIGKILL at this time; a repeat of the request asks for the remaining time. */
  readonly deadlineMs: number;
}

export interface Completion {
  readonly version: number;
  readonly outcome: 'succeeded' | 'failed';
}

/** What happens to one dyno in one pass: all of it or, when the pass is full, nothing. */
export interface DynoPlan {
  readonly writes: readonly DynoWrite[];
  readonly starts: readonly Dyno[];
  readonly stops: readonly Stop[];
  readonly lines: readonly SystemLine[];
  readonly completion?: Completion;
  /** The records that replace it afterwards. */
  readonly after: readonly Dyno[];
  /** When time alone will change something. */
  readonly lookAtMs?: number;
  /** What it waits for, as text. */
  readonly waiting?: string;
}

const NOTHING: readonly never[] = [];

export function dynoPlan(after: readonly Dyno[], parts?: Partial<DynoPlan>): DynoPlan {
  return { writes: NOTHING, starts: NOTHING, stops: NOTHING, lines: NOTHING, after, ...parts };
}

/** Nothing happens to it until then: the usual case in most passes, made without a copy. */
export function steady(dyno: Dyno, lookAtMs: number): DynoPlan {
  return { writes: NOTHING, starts: NOTHING, stops: NOTHING, lines: NOTHING, after: [dyno], lookAtMs };
}

export function systemLines(dyno: { readonly name: string }, ...messages: readonly string[]): readonly SystemLine[] {
  return messages.map((message) => ({ process: dyno.name, message }));
}
