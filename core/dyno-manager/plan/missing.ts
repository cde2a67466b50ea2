import type { Candidate, Planning } from '../observe/app-snapshot.ts';
import { type DynoPlan, dynoPlan, systemLines } from './dyno-plan.ts';
import { idleDyno, newFormationDyno, startingLine } from './new-dyno.ts';
import { stateChanged } from './system-lines.ts';
import { MOVING_RECHECK_MS } from './timers.ts';

/** Dynos of the formation without a record: 1..quantity of each type, once there is code to run. */
export function missing(planning: Planning, active: ReadonlyMap<string, readonly Candidate[]>): readonly DynoPlan[] {
  const { app, release, nowMs, sleep, types } = planning;
  if (app.deletedAtMs !== undefined || release?.slugId === undefined) return [];
  const steps: DynoPlan[] = [];
  for (const { type, quantity } of app.formation) {
    const generation = types.get(type)?.desired;
    if (generation === undefined) continue;
    const present: boolean[] = [];
    for (const { dyno } of active.get(type) ?? []) present[dyno.number] = true;
    for (let number = 1; number <= quantity; number += 1) {
      if (present[number] === true) continue;
      if (sleep === 'asleep' || sleep === 'exhausted') {
        const dyno = idleDyno(planning, { type, number, generation });
        steps.push(dynoPlan([dyno], { writes: [{ kind: 'put', dyno, expect: 'absent' }] }));
        continue;
      }
      const wanted = { type, number, generation, crashCount: 0, because: 'new', announced: true } as const;
      const dyno = newFormationDyno(planning, wanted);
      steps.push(
        dynoPlan([dyno], {
          writes: [{ kind: 'put', dyno, expect: 'absent' }],
          starts: [dyno],
          lines: [...systemLines(dyno, stateChanged('created', 'starting')), startingLine(dyno)],
          lookAtMs: nowMs + MOVING_RECHECK_MS,
          waiting: `${dyno.name} to start`,
        }),
      );
    }
  }
  return steps;
}
