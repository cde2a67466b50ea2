/** One process type of an app's formation, kept inside the app aggregate. */
export interface FormationEntry {
  readonly id: string;
  /** `^[-\w]{1,128}$` */
  readonly type: string;
  readonly quantity: number;
  /** Canonical size name, e.g. `Standard-1X`. */
  readonly size: string;
  /** Of the current release. */
  readonly command: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}
