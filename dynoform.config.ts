import { defineConfig } from './lib/config/config.ts';

/**
 * The configuration for `cdk deploy`. lib/config/schema.ts describes every field and its default; a wrong field stops the
 * synthesis with its name. `npm run cost` shows the monthly cost. For another installation, name another file like this one
 * in the variable DYNOFORM_CONFIG.
 */
export default defineConfig({
  stages: [
    {
      name: 'production',
      regions: ['us-east-1'],
      profile: 'minimal',
      // For real use, set a domain of yours and remove plainHttp.
      //   domain: { name: 'dynos.example.com', hostedZoneId: 'Z0123456789ABCDEFGHIJ' },
      plainHttp: true,
    },
  ],
});
