/** Tests of one file, by their keys. */
export interface Selected {
  readonly file: string;
  readonly keys: ReadonlySet<string>;
  readonly ms: number;
}

/**
 * Selects the quickest of these tests that fit in the time, at least one; the quickest files come first. An id is a file, ` > `
 * and the test's key.
 */
export function selectTests(
  ids: readonly string[],
  msOf: (id: string) => number,
  withinMs: number,
): readonly Selected[] {
  const byFile = new Map<string, { keys: Set<string>; ms: number }>();
  let left = withinMs;
  for (const id of [...ids].sort((one, other) => msOf(one) - msOf(other))) {
    if (msOf(id) > left && byFile.size > 0) break;
    left -= msOf(id);
    const end = id.indexOf(' > ');
    const file = id.slice(0, end);
    const { keys, ms } = byFile.get(file) ?? { keys: new Set(), ms: 0 };
    byFile.set(file, { keys: keys.add(id.slice(end + 3)), ms: ms + msOf(id) });
  }
  return [...byFile].map(([file, rest]) => ({ file, ...rest })).sort((one, other) => one.ms - other.ms);
}
