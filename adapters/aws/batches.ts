/** Splits a list into batches of at most `max`, the most that one call of an API takes. */
export function batchesOf<T>(things: readonly T[], max: number): T[][] {
  return Array.from({ length: Math.ceil(things.length / max) }, (_, at) => things.slice(at * max, (at + 1) * max));
}
