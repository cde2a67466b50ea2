import { defineConfig } from '../../lib/config/config.ts';
import { STAGE_VARIABLE } from './stage.ts';

/** What `cdk deploy` deploys for `npm run verify:aws`, which says it in a variable. */
export default defineConfig({ stages: [JSON.parse(process.env[STAGE_VARIABLE] ?? '{}')] });
