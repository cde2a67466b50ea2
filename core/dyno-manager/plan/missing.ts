import type { Candidate, Planning } from '../observe/look.ts';
import { idleDyno, newFormationDyno, startingLine } from './new-dyno.ts';
import { type Step, say, step } from './step.ts';
import { stateChanged } from './system-lines.ts';
import { MOVING_RECHECK_MS } from './timers.ts';

/** Dynos of the formation without a record: 1..quantity of each type, once there is code to run. */
export function missing(planning: Planning, standing: ReadonlyMap<string, readonly Candidate[]>): readonly Step[] {
  const { app, release, nowMs, sleep, types } = planning;
  if (app.deletedAtMs !== undefined || release?.slugId === undefined) return [];
  const steps: Step[] = [];
  for (const { type, quantity } of app.formation) {
    const generation = types.get(type)?.desired;
    if (generation === undefined) continue;
    const present: boolean[] = [];
    for (const { dyno } of standing.get(type) ?? []) present[dyno.number] = true;
    for (let number = 1; number <= quantity; number += 1) {
      if (present[number] === true) continue;
      if (sleep === 'asleep' || sleep === 'exhausted') {
        const dyno = idleDyno(planning, { type, number, generation });
        steps.push(step([dyno], { writes: [{ kind: 'put', dyno, expect: 'absent' }] }));
        continue;
      }
      const wanted = { type, number, generation, crashCount: 0, because: 'new', announced: true } as const;
      const dyno = newFormationDyno(planning, wanted);
      steps.push(
        step([dyno], {
          writes: [{ kind: 'put', dyno, expect: 'absent' }],
          starts: [dyno],
          lines: [...say(dyno, stateChanged('created', 'starting')), startingLine(dyno)],
          lookAtMs: nowMs + MOVING_RECHECK_MS,
          waiting: `${dyno.name} to start`,
        }),
      );
    }
  }
  return steps;
}
