/** A known bug, planted by replacing text in a copy of the tree. */
export interface Mutant {
  readonly name: string;
  /** The simulation found it once: the case of the same name in `found.ts` must catch it. */
  readonly found?: true;
  /** The file of unit tests that catches it, where the simulated worlds get there too rarely or not at all. */
  readonly test?: string;
  readonly edits: readonly Edit[];
}

export interface Edit {
  readonly file: string;
  /** Occurs exactly once. */
  readonly find: string;
  readonly replace: string;
}

export const manager = (file: string, find: string, replace: string): Edit => ({
  file: `core/dyno-manager/${file}`,
  find,
  replace,
});

export const driver = (file: string, find: string, replace: string): Edit => ({
  file: `core/reconcile/${file}`,
  find,
  replace,
});

/** The usual mutant: one line of one file of the dyno manager. */
export const slip = (name: string, file: string, find: string, replace: string): Mutant => ({
  name,
  edits: [manager(file, find, replace)],
});

/** One that a file of unit tests of the dyno manager catches. */
export const slipForTest = (test: string, ...mutant: Parameters<typeof slip>): Mutant => ({
  ...slip(...mutant),
  test: `test/core/dyno-manager/${test}.test.ts`,
});
