import type { ScriptEvent } from './script.ts';
import { replay } from './simulate.ts';

/** The time limit for finding a shorter script. */
const LIMIT_MS = 3 * 60_000;

/** Finds a shorter script that breaks the same rule: removes halves, then quarters, down to single events; then simplifies the rest. */
export async function shrink(
  seed: number,
  script: readonly ScriptEvent[],
  rule: string,
): Promise<readonly ScriptEvent[]> {
  const endMs = performance.now() + LIMIT_MS;
  let current = script;
  const holds = async (candidate: readonly ScriptEvent[]) => {
    if (performance.now() >= endMs || (await replay(seed, candidate)).violation?.rule !== rule) return false;
    current = candidate;
    return true;
  };
  for (let size = Math.ceil(current.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < current.length; ) {
      if (!(await holds([...current.slice(0, from), ...current.slice(from + size)]))) from += size;
    }
  }
  for (let index = 0; index + 1 < current.length; ) {
    const [first, second] = current.slice(index);
    if (first?.kind !== 'wait' || second?.kind !== 'wait') index += 1;
    else {
      const one = { ...first, ms: first.ms + second.ms };
      if (!(await holds([...current.slice(0, index), one, ...current.slice(index + 2)]))) index += 1;
    }
  }
  for (let index = 0; index < current.length; index += 1) {
    for (const simpler of simplified(current[index] as ScriptEvent)) {
      if (await holds(current.with(index, simpler))) break;
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
