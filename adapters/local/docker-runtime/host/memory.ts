import type { Container } from 'dockerode';

/** Resident and swapped memory without the page cache, which the kernel reclaims when needed. */
export async function usedMiB(container: Container): Promise<number> {
  const { memory_stats: memory } = await container.stats({ stream: false, 'one-shot': true });
  const detail = (memory.stats ?? {}) as unknown as Record<string, number | undefined>;
  // Version 2 of control groups has `anon`, version 1 has `total_rss`.
  const bytes = detail.anon ?? (detail.total_rss ?? 0) + (detail.total_swap ?? 0);
  return bytes / (1024 * 1024);
}
