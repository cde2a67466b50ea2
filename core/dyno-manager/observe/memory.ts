import type { DynoSize } from '../../dyno/dyno-size.ts';
import { MEMORY_EXCEEDED, MEMORY_VASTLY_EXCEEDED, SIGKILL_PROCESS } from '../plan/system-lines.ts';

export interface MemoryVerdict {
  /** Far over: the process must be killed, which counts as a crash. */
  readonly kill: boolean;
  readonly messages: readonly string[];
}

/**
 * Shared sizes swap up to twice the quota. Dedicated machines have no swap: over the quota is vastly over, and private ones never
 * log R14. On Fir the kernel alone decides.
 */
function limits({ tier }: DynoSize): { readonly vastly: number; readonly reportsExcess: boolean } | undefined {
  switch (tier) {
    case 'fir':
      return undefined;
    case 'private':
    case 'shield':
      return { vastly: 1, reportsExcess: false };
    case 'performance':
      return { vastly: 1, reportsExcess: true };
    default:
      return { vastly: 2, reportsExcess: true };
  }
}

/** Undefined: within the quota. */
export function memoryVerdict(usedMiB: number, size: DynoSize): MemoryVerdict | undefined {
  const limit = limits(size);
  const quotaMiB = size.memoryMiB;
  if (limit === undefined || usedMiB <= quotaMiB) return undefined;
  const running = `Process running mem=${Math.floor(usedMiB)}M(${((usedMiB / quotaMiB) * 100).toFixed(1)}%)`;
  if (usedMiB >= limit.vastly * quotaMiB) {
    return { kill: true, messages: [running, MEMORY_VASTLY_EXCEEDED, SIGKILL_PROCESS] };
  }
  return limit.reportsExcess ? { kill: false, messages: [running, MEMORY_EXCEEDED] } : undefined;
}
