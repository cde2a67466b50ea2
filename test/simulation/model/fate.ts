import type { Dyno, StartCause } from '../../../core/records/dyno.ts';
import type { DynoFields } from '../../dyno-fields.ts';

/** A random value within limits. */
export interface Range {
  readonly leastMs: number;
  readonly mostMs: number;
}

/** Fields that a record has afterwards; `undefined` removes the field. */
export type Change = { readonly [Field in keyof DynoFields]?: DynoFields[Field] | Range | undefined };

/** A new record. */
export interface Newcomer {
  readonly name: string;
  readonly change: Change;
  readonly starts: boolean;
  readonly because: StartCause | undefined;
}

/** What one pass must do with one dyno. */
export interface Fate {
  /** Undefined: it is new. */
  readonly dyno?: Dyno;
  readonly name: string;
  /** Undefined: its record is unchanged; `gone`: it is deleted. */
  readonly becomes?: Change | 'gone';
  readonly newcomer?: Newcomer;
  /** The log lines of this name, in order. */
  readonly lines: readonly string[];
  readonly stop?: { readonly taskRef: string; readonly deadlineMs: number };
  /** Started in this pass, with the record as it is afterwards. */
  readonly starts?: true;
  readonly completion?: { readonly version: number; readonly outcome: 'succeeded' | 'failed' };
  /** Its job's ledger records its end. */
  readonly jobEnds?: true;
  /** When time alone changes something; undefined: never. */
  readonly lookMs?: number;
  /** Like `lookMs`, at the end of the random back-off. */
  readonly looksAtNextStart?: true;
}

export const isRange = (value: unknown): value is Range =>
  typeof value === 'object' && value !== null && 'leastMs' in value;
