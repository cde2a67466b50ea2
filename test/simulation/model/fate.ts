import type { Dyno, StartCause } from '../../../core/records/dyno.ts';
import type { DynoFields } from '../../dyno-fields.ts';

/** A value that chance decides, within bounds. */
export interface Range {
  readonly leastMs: number;
  readonly mostMs: number;
}

/** Fields that a record has afterwards; `undefined` has it without. */
export type Change = { readonly [Field in keyof DynoFields]?: DynoFields[Field] | Range | undefined };

/** A record that is new. */
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
  /** Undefined: its record stays as it is; `gone`: it is deleted. */
  readonly becomes?: Change | 'gone';
  readonly newcomer?: Newcomer;
  /** The log of this name, in this order. */
  readonly lines: readonly string[];
  readonly stop?: { readonly taskRef: string; readonly deadlineMs: number };
  /** Asked for in this pass, with the record as it is afterwards. */
  readonly starts?: true;
  readonly completion?: { readonly version: number; readonly outcome: 'succeeded' | 'failed' };
  /** Its job's ledger learns of its end. */
  readonly jobEnds?: true;
  /** When time alone will change something; undefined: never. */
  readonly lookMs?: number;
  /** As `lookMs`, at the end of the back-off that chance decides. */
  readonly looksAtNextStart?: true;
}

export const isRange = (value: unknown): value is Range =>
  typeof value === 'object' && value !== null && 'leastMs' in value;
