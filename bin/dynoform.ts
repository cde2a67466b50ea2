import { App } from 'aws-cdk-lib';
import { Platform } from '../lib/platform.ts';
import { readConfigFile } from './config-file.ts';

/**
 * The app that `cdk deploy` deploys: every stage of dynoform.config.ts in each of its regions. Resources are checked against
 * CloudFormation's schemas only if CDK_VALIDATION is `true`, as in CI: that takes three seconds.
 */
const app = new App({ builtinCloudFormationValidation: process.env.CDK_VALIDATION === 'true' });
const { stages } = await readConfigFile();
for (const stage of stages) {
  for (const region of stage.regions) new Platform(app, stage, region);
}
app.synth();
