import { defineConfig } from '../../../lib/config/config.ts';
import { STAGE } from './stage.config.ts';

/** The same platform after a change by its operator that affects functions only. */
export default defineConfig({ stages: [{ ...STAGE, features: { reservedConcurrency: false } }] });
