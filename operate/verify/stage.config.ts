import { defineConfig } from '../../lib/config/config.ts';
import { STAGE_VARIABLE } from './stage.ts';

/** The configuration that `cdk deploy` deploys for `npm run verify:aws`, which passes it in a variable. */
export default defineConfig({ stages: [JSON.parse(process.env[STAGE_VARIABLE] ?? '{}')] });
