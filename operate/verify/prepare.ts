import { DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import type { StageConfig } from '../../lib/config/config.ts';
import { estimateIdleMonth } from '../../lib/cost/estimate.ts';
import { check } from '../doctor/check.ts';
import { readAccount } from '../doctor/read-account.ts';
import type { Account } from '../teardown/account.ts';
import type { Found } from '../teardown/found.ts';
import type { Say } from '../teardown/say.ts';
import { STAGE, TAG } from './stage.ts';

const HOURS_A_MONTH = 730;
/** Machines, Fargate, a build: the cost of an hour's run beyond the idle platform, rounded up. */
const WORK_DOLLARS = 0.5;

/** @throws {Error} when a stage of this name already exists, or what a deploy needs is missing. */
export function requireFreeStage(found: Found): void {
  if (found.stacks.length === 0) return;
  const names = found.stacks.map(({ stackName }) => stackName).join(', ');
  throw new Error(
    `stages: there is a stage "${STAGE}" already (${names}). If a run of this command has left it: npm run verify:aws -- --clean-up`,
  );
}

/** @throws {Error} when stacks of the stage lack this command's tag: they belong to somebody. */
export async function requireOwnStage(account: Account, found: Found): Promise<void> {
  for (const { stackName, stackId } of found.stacks) {
    const { Stacks } = await account.cloudFormation.send(new DescribeStacksCommand({ StackName: stackId }));
    const ours = Stacks?.[0]?.Tags?.some(({ Key, Value }) => Key === TAG && Value === 'true');
    if (!ours) throw new Error(`${stackName} was not deployed by this command: npm run teardown is for that`);
  }
}

/** Runs `npm run doctor`'s checks; failures end the run before it costs anything. */
export async function requireHealth(region: string, stage: StageConfig, say: Say): Promise<void> {
  const findings = check(await readAccount(region, stage), stage);
  for (const { level, subject, text } of findings) if (level !== 'ok') say(`  ${level}: ${subject}: ${text}`);
  // An unknown domain name is the user's to create while the deploy waits for it.
  const failed = findings.filter(({ level, subject }) => level === 'fail' && subject !== 'DNS');
  if (failed.length > 0) throw new Error(`${failed.length} of these must be fixed first.`);
}

export function dollarsAnHour(stage: StageConfig): number {
  return estimateIdleMonth(stage).dollars / HOURS_A_MONTH + WORK_DOLLARS;
}
