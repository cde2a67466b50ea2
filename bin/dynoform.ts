import { App } from 'aws-cdk-lib';
import { Platform } from '../lib/platform.ts';
import { readConfigFile } from './config-file.ts';

/** What `cdk deploy` deploys: every stage of dynoform.config.ts in each of its regions. */
const app = new App();
const { stages } = await readConfigFile();
for (const stage of stages) {
  for (const region of stage.regions) new Platform(app, stage, region);
}
app.synth();
