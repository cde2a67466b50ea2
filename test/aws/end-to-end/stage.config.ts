import { defineConfig } from '../../../lib/config/config.ts';

/** What the end-to-end tier deploys: the smallest platform, over plain HTTP on this machine's loopback, and nothing of it is kept. */
export default defineConfig({
  stages: [{ name: 'e2e', regions: ['us-east-1'], profile: 'minimal', plainHttp: true, keepData: false }],
});
