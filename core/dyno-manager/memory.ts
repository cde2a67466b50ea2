import { MEMORY_EXCEEDED, MEMORY_VASTLY_EXCEEDED, SIGKILL_PROCESS } from './system-lines.ts';

export interface MemoryVerdict {
  /** Far over: the process is to be killed, which counts as a crash. */
  readonly kill: boolean;
  readonly messages: readonly string[];
}

/** Twice the quota is vastly over. */
const VASTLY = 2;

/** Undefined: within the quota. */
export function memoryVerdict(usedMiB: number, quotaMiB: number): MemoryVerdict | undefined {
  if (usedMiB <= quotaMiB) return undefined;
  const running = `Process running mem=${Math.floor(usedMiB)}M(${((usedMiB / quotaMiB) * 100).toFixed(1)}%)`;
  return usedMiB >= VASTLY * quotaMiB
    ? { kill: true, messages: [running, MEMORY_VASTLY_EXCEEDED, SIGKILL_PROCESS] }
    : { kill: false, messages: [running, MEMORY_EXCEEDED] };
}
