import { count, countUpTo, fields, text } from './checks.ts';

/** One process type of an app's formation, kept inside the app aggregate. */
export interface FormationEntry {
  readonly id: string;
  /** `^[-\w]{1,128}$` */
  readonly type: string;
  readonly quantity: number;
  /** Canonical size name, e.g. `Standard-1X`. */
  readonly size: string;
  /** From the current release. */
  readonly command: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** Above all of Heroku's limits: counting up to it must not keep a pass busy. */
const QUANTITY_SANE_MAX = 10_000;

export const formationEntryShape = fields<FormationEntry>({
  id: text,
  type: text,
  quantity: countUpTo(QUANTITY_SANE_MAX),
  size: text,
  command: text,
  createdAtMs: count,
  updatedAtMs: count,
});
