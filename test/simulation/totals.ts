import { add } from './coverage.ts';
import type { History } from './simulate.ts';

/** Counts of many worlds, added up. */
export class Totals {
  worlds = 0;
  steps = 0;
  passes = 0;
  virtualHours = 0;
  readonly kinds = new Map<string, number>();
  readonly faults = new Map<string, number>();
  readonly tables = new Map<string, Map<string, number>>();

  add({ world }: History): void {
    this.worlds += 1;
    this.steps += world.stepCount;
    this.passes += world.controlPlane.passes;
    this.virtualHours += (world.agenda.nowMs - world.startMs) / 3_600_000;
    sum(this.kinds, world.steps);
    sum(this.faults, world.calls.struck);
    for (const [name, counts] of Object.entries(world.coverage.tables())) sum(this.#table(name), counts);
  }

  /** From another process. */
  merge(other: ReturnType<Totals['toJson']>): void {
    this.worlds += other.worlds;
    this.steps += other.steps;
    this.passes += other.passes;
    this.virtualHours += other.virtualHours;
    sum(this.kinds, new Map(other.kinds));
    sum(this.faults, new Map(other.faults));
    for (const [name, counts] of other.tables) sum(this.#table(name), new Map(counts));
  }

  toJson() {
    const { worlds, steps, passes, virtualHours, kinds, faults, tables } = this;
    return {
      worlds,
      steps,
      passes,
      virtualHours,
      kinds: [...kinds],
      faults: [...faults],
      tables: [...tables].map(([name, counts]): [string, [string, number][]] => [name, [...counts]]),
    };
  }

  #table(name: string): Map<string, number> {
    let table = this.tables.get(name);
    if (table === undefined) {
      table = new Map();
      this.tables.set(name, table);
    }
    return table;
  }
}

function sum(into: Map<string, number>, from: ReadonlyMap<string, number>): void {
  for (const [key, count] of from) add(into, key, count);
}
