import type { Account } from './account.ts';
import type { Target } from './choose-target.ts';
import { type Plan, plan } from './plan.ts';
import { runStep } from './run-step.ts';
import type { Say } from './say.ts';
import { stepText } from './step-text.ts';
import { survey } from './survey.ts';

/** The steps for a platform in its current state. */
export async function planTeardown(account: Account, target: Target, data: boolean): Promise<Plan> {
  return plan(await survey(account, target), { data });
}

/** @throws {Error} that names the failed step; the next run continues there. */
export async function runPlan(account: Account, { steps }: Plan, say: Say): Promise<void> {
  for (const [index, step] of steps.entries()) {
    say(`[${index + 1}/${steps.length}] ${stepText(step)}`);
    try {
      await runStep(account, step, (line) => say(`      ${line}`));
    } catch (error) {
      throw new Error(`${stepText(step)}: ${(error as Error).message}`, { cause: error });
    }
  }
}
