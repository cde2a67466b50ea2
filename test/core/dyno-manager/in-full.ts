import { reconcile } from '../../../core/dyno-manager/plan/reconcile.ts';
import type { TaskExit } from '../../../core/ports/dyno-runtime.ts';
import { fieldsOf } from '../../dyno-fields.ts';
import { allOf, NOW_MS, type Situation, show, snapshot } from './records.ts';

/** A plan with all log lines and writes, and after how many seconds the next pass follows. */
interface InFull {
  readonly plan: readonly string[];
  /** Why each written dyno was started or is stopped. */
  readonly causes?: readonly string[];
  /** `web.1: Restarting` */
  readonly says?: readonly string[];
  readonly waits?: readonly string[];
  readonly seconds: number;
}

function inFull(situation: Situation): Required<InFull> {
  const plan = reconcile(snapshot(situation));
  return {
    plan: show(plan),
    causes: plan.writes.flatMap((write) => {
      const { stopCause, startedBecause } = fieldsOf(write.dyno);
      const cause = stopCause ?? startedBecause;
      return write.kind !== 'put' || cause === undefined ? [] : [cause];
    }),
    says: plan.lines.map(({ process, message }) => `${process}: ${message}`),
    waits: plan.waiting,
    seconds: (plan.nextPassAtMs - NOW_MS) / 1_000,
  };
}

export interface Case extends Situation, InFull {
  readonly name: string;
}

/** One test per case; what a case leaves out does not happen. */
export function testInFull(cases: readonly Case[]): void {
  test.each(cases)('$name', ({ name: _name, plan, causes = [], says = [], waits = [], seconds, ...situation }) => {
    expect(inFull(situation)).toEqual({ plan, causes, says, waits, seconds });
  });
}

export const restarted = (scope: string) => ({ restarts: { last: 1, byScope: { [scope]: 1 } } });
export const sized = (size: string) => allOf(size, { web: 1 });
export const exit = (status: number, reason: TaskExit['reason'], rest: Partial<TaskExit> = {}) => ({
  exit: { status, reason, ...rest },
});
