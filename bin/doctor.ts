import { check, type Finding } from '../operate/doctor/check.ts';
import { readAccount } from '../operate/doctor/read-account.ts';
import { readConfigFile } from './config-file.ts';
import { printer } from './printer.ts';

const MARKS: Readonly<Record<Finding['level'], string>> = { ok: 'ok  ', warn: 'WARN', fail: 'FAIL' };

/** `npm run doctor`: checks the accounts of dynoform.config.ts for what a deploy and the platform need; changes nothing. */
async function main(): Promise<void> {
  const say = printer(process.stdout);
  let failed = false;
  const { stages } = await readConfigFile();
  for (const stage of stages) {
    for (const region of stage.regions) {
      say(`\n${stage.name} in ${region}`);
      const findings = check(await readAccount(region, stage), stage);
      for (const { level, subject, text } of findings) say(`  ${MARKS[level]}  ${subject}: ${text}`);
      failed ||= findings.some(({ level }) => level === 'fail');
    }
  }
  process.exitCode = failed ? 1 : 0;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
