import { DEFAULT_SIZE, findDynoSize } from '../dyno/dyno-size.ts';
import type { FormationEntry } from '../records/formation.ts';
import type { ProcessTypes } from '../slug/process-types.ts';

/**
 * The formation once a release with these process types is current. Quantities and sizes are kept, commands come from the
 * release, types that it no longer declares are removed. A new type starts at 0, except `web`, which starts at 1.
 */
export function formationAfterRelease(
  formation: readonly FormationEntry[],
  processTypes: ProcessTypes,
  nowMs: number,
  newId: () => string,
): readonly FormationEntry[] {
  const size = newTypeSize(formation);
  const kept = formation.flatMap((entry) => {
    const command = Object.hasOwn(processTypes, entry.type) ? processTypes[entry.type] : undefined;
    if (command === undefined) return [];
    return [command === entry.command ? entry : { ...entry, command, updatedAtMs: nowMs }];
  });
  const known = new Set(formation.map((entry) => entry.type));
  const added = Object.entries(processTypes).flatMap(([type, command]): FormationEntry[] => {
    if (known.has(type)) return [];
    const quantity = type === 'web' ? 1 : 0;
    return [{ id: newId(), type, quantity, size, command, createdAtMs: nowMs, updatedAtMs: nowMs }];
  });
  return [...kept, ...added];
}

/** Eco and Basic apps have dynos of one size only, so a new type gets the same. */
export function newTypeSize(formation: readonly FormationEntry[]): string {
  const single = formation.find(({ size }) => {
    const tier = findDynoSize(size)?.tier;
    return tier === 'eco' || tier === 'basic';
  });
  return single?.size ?? DEFAULT_SIZE;
}
