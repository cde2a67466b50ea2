import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { readConfig, type StageConfig } from '../../lib/config/config.ts';
import { Platform } from '../../lib/platform.ts';
import { STAGES } from './stages.ts';

/**
 * A separate process, because the CDK loads in a second here and in many through jest. Writes into the given directory:
 * `first`, the cloud assembly of all of `stages.ts`; `again`, its first stage once more; and cdk-nag's findings. Nothing is
 * bundled. CloudFormation's resource schemas are checked unless CDK_VALIDATION is false: they take twice the time of all the rest,
 * so test/aws/lint-templates.sh checks them.
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
// Must be the same, byte for byte.
synthesize('again', stages.slice(0, 1), false);
