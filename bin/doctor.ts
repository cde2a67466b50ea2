import { check, type Finding } from '../operate/doctor/check.ts';
import { readAccount } from '../operate/doctor/read-account.ts';
import { readConfigFile } from './config-file.ts';
import { mayRun } from './no-options.ts';
import { printer } from './printer.ts';

const MARKS: Readonly<Record<Finding['level'], string>> = { ok: 'ok  ', warn: 'WARN', fail: 'FAIL' };

const HELP = `Usage: npm run doctor

Checks the AWS accounts of dynoform.config.ts for what a deploy and the platform need. It changes nothing and has no options.
`;

/** `npm run doctor`: checks the accounts of dynoform.config.ts for what a deploy and the platform need; changes nothing. */
async function main(): Promise<void> {
  const say = printer(process.stdout);
  let failed = false;
  const { stages } = await readConfigFile();
  for (const stage of stages) {
    for (const region of stage.regions) {
      say(`\n${stage.name} in ${region}`);
      const facts = await readAccount(region, stage);
      const findings = check(facts, stage);
      for (const { level, subject, text } of findings) say(`  ${MARKS[level]}  ${subject}: ${text}`);
      failed ||= findings.some(({ level }) => level === 'fail');
      // The other stages would say the same.
      if (!facts.account.ok) return fail();
    }
  }
  if (failed) fail();
}

function fail(): void {
  process.exitCode = 1;
}

const run = async (): Promise<void> => {
  if (mayRun(process.argv.slice(2), HELP)) await main();
};

run().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
