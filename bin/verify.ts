import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readConfig } from '../lib/config/config.ts';
import { type Account, openAccount, readAccountId } from '../operate/teardown/account.ts';
import type { Target } from '../operate/teardown/choose-target.ts';
import { confirm } from '../operate/teardown/confirm.ts';
import { survey } from '../operate/teardown/survey.ts';
import { planTeardown, runPlan } from '../operate/teardown/tear-down.ts';
import { Deploy } from '../operate/verify/cdk.ts';
import type { Verdict } from '../operate/verify/check.ts';
import { CHECKS } from '../operate/verify/checks.ts';
import { openWorld } from '../operate/verify/open-world.ts';
import { readVerifyOptions, USAGE, type VerifyOptions } from '../operate/verify/options.ts';
import { dollarsAnHour, requireFreeStage, requireHealth, requireOwnStage } from '../operate/verify/prepare.ts';
import { STAGE, stageFields } from '../operate/verify/stage.ts';
import { asksForHelp } from './no-options.ts';
import { printer } from './printer.ts';

const MARKS: Readonly<Record<Verdict['kind'], string>> = {
  proven: 'PROVEN  ',
  refuted: 'REFUTED ',
  unproven: 'unproven',
};
const say = printer(process.stdout);

/** `npm run verify:aws`: proves on a real account what no emulator can, with its own platform, which it removes again. */
async function main(): Promise<void> {
  if (asksForHelp(process.argv.slice(2))) return say(USAGE.trimEnd());
  const options = readVerifyOptions(
    process.argv.slice(2),
    CHECKS.map(({ name }) => name),
  );
  if (options.list) return list();
  const { region } = options;
  const accountId = await readAccountId(region);
  const account = openAccount(region);
  const target = { stage: STAGE, region, account: accountId };
  const found = await survey(account, target);
  if (options.cleanUp) {
    await requireOwnStage(account, found);
    return cleanUp(account, target);
  }
  requireFreeStage(found);
  const fields = stageFields(options, accountId);
  const [stage] = readConfig({ stages: [fields] }).stages;
  if (stage === undefined) throw new Error('no stage');
  await requireHealth(region, stage, say);
  say(
    `Deploys the stage "${STAGE}" into ${region} of ${accountId}: about ${dollarsAnHour(stage).toFixed(2)} USD for an hour or so.`,
  );
  if (!options.yes && !(await confirm('Type yes to go on: ', 'yes')))
    throw new Error('Nothing was done. Type yes, or pass --yes.');
  say('It is taken down at the end, also after Ctrl-C. If this process is killed: npm run verify:aws -- --clean-up');

  const directory = mkdtempSync(path.join(tmpdir(), 'dynoform-verify-'));
  const deploy = new Deploy(fields, path.join(directory, 'cdk.out'));
  const interrupted = new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => reject(new Error(`interrupted (${signal})`)));
    }
  });
  try {
    await Promise.race([prove(account, target, options, deploy), interrupted]);
  } finally {
    await deploy.stop();
    rmSync(directory, { recursive: true, force: true });
    await cleanUp(account, target);
  }
}

async function prove(account: Account, target: Target, options: VerifyOptions, deploy: Deploy): Promise<void> {
  await deploy.done();
  const world = await openWorld(account, target, options, (line) => say(`  ${line}`));
  for (const { name, run } of CHECKS) {
    if (!options.only.includes(name)) continue;
    const { kind, text } = await run(world).catch(
      (error: Error): Verdict => ({ kind: 'unproven', text: error.message }),
    );
    say(`${MARKS[kind]}  ${name}: ${text}`);
    if (kind === 'refuted') process.exitCode = 1;
  }
}

async function cleanUp(account: Account, target: Target): Promise<void> {
  say('Taking it down.');
  const indented = (line: string): void => say(`  ${line}`);
  await runPlan(account, await planTeardown(account, target, true), indented);
  // Some resources appear only when others are gone: logs of functions that ran while their stack was deleted.
  await runPlan(account, await planTeardown(account, target, true), indented);
  say(`Nothing is left of the stage "${STAGE}", but its key, which AWS deletes in a week.`);
}

function list(): void {
  for (const { name, proves, how } of CHECKS) say(`${name}\n  proves: ${proves}\n  how: ${how}`);
}

main().then(
  // An interrupted step may still wait for something.
  () => process.exit(),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
