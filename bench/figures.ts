/** `fraction` in 0..1 of sorted or unsorted samples. */
export function quantile(samples: readonly number[], fraction: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? Number.NaN;
}

export const median = (samples: readonly number[]): number => quantile(samples, 0.5);

export const ms = (value: number): string => `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms`;

/** Prints one row: what was measured, our figure, the baseline of the same run, their ratio, the target. */
export function row(name: string, ours: string, baseline: string, ratio: string, target: string): void {
  console.log(`${name.padEnd(34)}${ours.padEnd(14)}${baseline.padEnd(22)}${ratio.padEnd(12)}${target}`);
}
