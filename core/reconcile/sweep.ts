import type { Platform } from '../platform.ts';
import type { ItemKey } from '../ports/store.ts';
import type { ReconcilerQueue } from './reconciler.ts';

/** New items per query; there are as many queries as needed. */
const DUE_PER_QUERY = 500;

export interface SweepLimits {
  /** Items per sweep; the rest is still due at the next. Absent: all. */
  readonly max?: number;
  /** Concurrent ids. */
  readonly atOnce?: number;
  readonly deadlineMs?: number | undefined;
}

/**
 * Calls `act`, and awaits it, for each id that has something due: timers longer than a process lives, and lost requests. Rejects
 * when the time is over before each had its turn.
 */
export async function sweep(
  { queue, idOf }: ReconcilerQueue,
  { store, clock }: Pick<Platform, 'store' | 'clock'>,
  act: (id: string, due: readonly ItemKey[]) => unknown,
  { max = Number.POSITIVE_INFINITY, atOnce = 1, deadlineMs = Number.POSITIVE_INFINITY }: SweepLimits = {},
): Promise<void> {
  const seen = new Set<string>();
  for (;;) {
    // Items that stay due come first again, and must not hide the later ones.
    const limit = Math.min(max, seen.size + DUE_PER_QUERY);
    const items = await store.due(queue, clock.nowMs(), limit);
    const fresh = items.filter(({ partition, sort }) => !seen.has(`${partition} ${sort}`));
    for (const { partition, sort } of fresh) seen.add(`${partition} ${sort}`);
    const waiting = [...byId(fresh, idOf)];
    const worker = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        if (clock.nowMs() >= deadlineMs) throw new Error('not finished in time');
        await act(...next);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    if (items.length < limit || limit === max) return;
  }
}

function byId(items: readonly ItemKey[], idOf: ReconcilerQueue['idOf']): ReadonlyMap<string, readonly ItemKey[]> {
  const groups = new Map<string, ItemKey[]>();
  for (const item of items) {
    const id = idOf(item);
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [item]);
    else group.push(item);
  }
  return groups;
}
