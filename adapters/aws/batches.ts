/** What one call of an API takes at most, of as many as there are. */
export function batchesOf<T>(things: readonly T[], max: number): T[][] {
  return Array.from({ length: Math.ceil(things.length / max) }, (_, at) => things.slice(at * max, (at + 1) * max));
}
