import { defineConfig } from '../../../lib/config/config.ts';
import { STAGE } from './stage.config.ts';

/** The same platform, after its operator has changed what concerns functions only. */
export default defineConfig({ stages: [{ ...STAGE, features: { reservedConcurrency: false } }] });
