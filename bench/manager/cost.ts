import { median } from '../figures.ts';

export interface Cost {
  /** CPU time of this process: little affected by other load. */
  readonly microseconds: number;
  /** All allocated memory, including garbage. Zero if a garbage collection happened meanwhile. */
  readonly bytes: number;
}

const collect = globalThis.gc;
if (collect === undefined) throw new Error('run it as `npm run bench:manager`: it needs --expose-gc');

/** One run to warm up, then the median of the rounds. `before` is not measured. */
export async function cost(
  rounds: number,
  work: () => unknown,
  before: () => unknown = () => undefined,
): Promise<Cost> {
  await before();
  await work();
  const microseconds: number[] = [];
  const bytes: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await before();
    collect?.({ type: 'minor' });
    const heap = process.memoryUsage().heapUsed;
    microseconds.push(await cpuMicroseconds(work));
    bytes.push(Math.max(0, process.memoryUsage().heapUsed - heap));
  }
  return { microseconds: median(microseconds), bytes: median(bytes) };
}

/** Memory that is still held after `work`, once everything else was collected. */
export async function retained(work: () => unknown): Promise<number> {
  collect?.();
  const before = process.memoryUsage().heapUsed;
  await work();
  collect?.();
  return process.memoryUsage().heapUsed - before;
}

/** CPU time of this process, its garbage collection included. */
export async function cpuMicroseconds(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
