import { App } from 'aws-cdk-lib';
import config from '../dynoform.config.ts';
import { readConfig } from '../lib/config/config.ts';
import { Platform } from '../lib/platform.ts';

/** What `cdk deploy` deploys: every stage of dynoform.config.ts in each of its regions. */
const app = new App();
for (const stage of readConfig(config).stages) {
  for (const region of stage.regions) new Platform(app, stage, region);
}
app.synth();
