import type { ScriptEvent } from './script.ts';
import { replay } from './simulate.ts';

const REPLAYS_MAX = 600;

/** A shorter script that breaks the same rule: halves are left out, then quarters, down to single events; then waits shrink. */
export async function shrink(
  seed: number,
  script: readonly ScriptEvent[],
  rule: string,
): Promise<readonly ScriptEvent[]> {
  let left = REPLAYS_MAX;
  const fails = async (candidate: readonly ScriptEvent[]) => {
    if (left <= 0) return false;
    left -= 1;
    return (await replay(seed, candidate)).violation?.rule === rule;
  };
  let current = script;
  for (let size = Math.ceil(current.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < current.length; ) {
      const candidate = [...current.slice(0, from), ...current.slice(from + size)];
      if (await fails(candidate)) current = candidate;
      else from += size;
    }
  }
  for (const [index, event] of current.entries()) {
    const simpler = simplified(event);
    for (const each of simpler) {
      const candidate = current.with(index, each);
      if (!(await fails(candidate))) continue;
      current = candidate;
      break;
    }
  }
  return current;
}

/** The simplest first. */
function simplified(event: ScriptEvent): readonly ScriptEvent[] {
  switch (event.kind) {
    case 'deploy': {
      const { worker: _worker, ...web } = event;
      return [{ ...web, web: 'good' }, web, { ...event, web: 'good' }];
    }
    case 'scale':
      return [
        { ...event, web: Math.min(1, event.web), worker: 0 },
        { ...event, worker: 0 },
        { ...event, web: 0 },
      ];
    case 'wait':
      return [0, 1_000, 60_000].filter((ms) => ms < event.ms).map((ms) => ({ ...event, ms }));
    case 'fault':
      return event.fault.times > 1 ? [{ ...event, fault: { ...event.fault, times: 1 } }] : [];
    default:
      return [];
  }
}
