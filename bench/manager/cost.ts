import { median } from '../figures.ts';

export interface Cost {
  /** CPU time of this process: a busy machine matters little. */
  readonly microseconds: number;
  /** Allocated, whether or not it is garbage a moment later. Zero where a collection came in between. */
  readonly bytes: number;
}

const collect = globalThis.gc;
if (collect === undefined) throw new Error('run it as `npm run bench:manager`: it needs --expose-gc');

/** Once to warm up, then the median of the rounds. `before` is not counted. */
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

/** What is still held after `work`, once everything else has been collected. */
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
