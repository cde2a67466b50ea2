import { openAccount, readAccountId } from '../operate/teardown/account.ts';
import { chooseRegion, requireAccount } from '../operate/teardown/choose-target.ts';
import { confirm } from '../operate/teardown/confirm.ts';
import { readTeardownOptions, USAGE } from '../operate/teardown/options.ts';
import { stepText } from '../operate/teardown/step-text.ts';
import { planTeardown, runPlan } from '../operate/teardown/tear-down.ts';
import { readConfigFile } from './config-file.ts';
import { asksForHelp } from './no-options.ts';
import { printer } from './printer.ts';

/** `npm run teardown -- STAGE`: removes a platform, also where CloudFormation alone would hang. May be repeated at any time. */
async function main(): Promise<void> {
  const say = printer(process.stdout);
  if (asksForHelp(process.argv.slice(2))) return say(USAGE.trimEnd());
  const options = readTeardownOptions(process.argv.slice(2));
  const { stage, data } = options;
  const config = await readConfigFile();
  const region = chooseRegion(config, stage, options.region);
  const accountId = await readAccountId(region);
  requireAccount(config, stage, accountId);

  const account = openAccount(region);
  const target = { stage, region, account: accountId };
  const plan = await planTeardown(account, target, data);
  say(`${stage} in ${region}, account ${accountId}${data ? ', with all its data' : ''}`);
  for (const step of plan.steps) say(`  - ${stepText(step)}`);
  for (const line of plan.kept) say(`  kept: ${line}`);
  if (plan.steps.length === 0) return say('  There is nothing to take down.');
  if (options.dryRun) return;
  if (options.yes === undefined && !(await confirm(`Type the name of the stage to take it down: `, stage))) {
    throw new Error(`Nothing was done. Type the name of the stage, or pass --yes ${stage}`);
  }
  await runPlan(account, plan, say);
  // Some resources appear only when others are gone: logs of functions that ran while their stack was deleted.
  const rest = await planTeardown(account, target, data);
  await runPlan(account, rest, say);
  say(`${stage} was removed from ${region}.`);
  for (const line of plan.kept) say(`  kept: ${line}`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
