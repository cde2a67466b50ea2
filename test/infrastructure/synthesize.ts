import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { readConfig, type StageConfig } from '../../lib/config/config.ts';
import { Platform } from '../../lib/platform.ts';
import { STAGES } from './stages.ts';

/**
 * A process of its own, because the CDK loads in a second here and in many through jest. Writes into the directory that it is
 * given: `first`, the cloud assembly of all of `stages.ts`; `again`, the first of them once more; and what cdk-nag finds.
 * Nothing is bundled. CloudFormation's schemas of resources are asked where CDK_VALIDATION is not false: they take twice the time
 * of all the rest, so test/aws/lint-templates.sh asks them.
 */
const [directory] = process.argv.slice(2);
if (directory === undefined) throw new Error('usage: synthesize.ts DIRECTORY');
const { context } = JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8')) as {
  readonly context: Readonly<Record<string, unknown>>;
};

function synthesize(name: string, stages: readonly StageConfig[], validate?: false): App {
  const app = new App({
    ...(validate === undefined ? {} : { builtinCloudFormationValidation: validate }),
    outdir: join(String(directory), name),
    analyticsReporting: false,
    context: { ...context, 'aws:cdk:bundling-stacks': [] },
  });
  for (const stage of stages) for (const region of stage.regions) new Platform(app, stage, region);
  app.synth();
  return app;
}

const { stages } = readConfig({ stages: STAGES });
const app = synthesize('first', stages);
const { violations } = new AwsSolutionsChecks(app).validateScope(app);
writeFileSync(join(directory, 'findings.json'), JSON.stringify(violations));
// The same, byte for byte, or a test fails.
synthesize('again', stages.slice(0, 1), false);
