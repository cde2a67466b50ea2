import { perform } from './perform.ts';
import type { Violation } from './rules/rules.ts';
import type { ScriptEvent } from './script.ts';
import { ScriptWriter } from './script-writer.ts';
import { settle } from './settle.ts';
import { World } from './world.ts';

export interface History {
  readonly world: World;
  readonly script: readonly ScriptEvent[];
  readonly violation: Violation | undefined;
}

/** One world from its beginning until it has settled: `steps` events with faults in between. */
export async function simulate(seed: number, steps: number): Promise<History> {
  const world = new World(seed);
  const writer = new ScriptWriter(seed);
  const script: ScriptEvent[] = [];
  while (world.stepCount < steps && world.rules.violation === undefined) {
    const event = writer.next(world.appIds.length, living(world));
    script.push(event);
    await perform(world, event);
  }
  if (world.rules.violation === undefined) await settle(world);
  return { world, script, violation: world.rules.violation };
}

/** The same world, with only these events. */
export async function replay(seed: number, script: readonly ScriptEvent[]): Promise<History> {
  const world = new World(seed);
  for (const event of script) {
    await perform(world, event);
    if (world.rules.violation !== undefined) break;
  }
  if (world.rules.violation === undefined) await settle(world);
  return { world, script, violation: world.rules.violation };
}

/** Existing apps, by the order of their creation. */
function living(world: World): readonly number[] {
  const isThere = (appId: string) => {
    const app = world.app(appId);
    return app !== undefined && app.deletedAtMs === undefined;
  };
  return world.appIds.flatMap((appId, index) => (isThere(appId) ? [index] : []));
}
