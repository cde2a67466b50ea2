import { defineConfig } from '../../../lib/config/config.ts';
import type { ConfigInput } from '../../../lib/config/schema.ts';

export const DOMAIN = 'dynoform.test';
/** Belongs to an app's owner. */
export const CUSTOM_DOMAIN = 'www.shop.example';

/** The stage of the end-to-end tier: the smallest platform, and nothing of it is kept. */
export const STAGE = {
  name: 'e2e',
  regions: ['us-east-1'],
  profile: 'minimal',
  domain: { name: DOMAIN },
  keepData: false,
} satisfies ConfigInput['stages'][number];

export default defineConfig({ stages: [STAGE] });
