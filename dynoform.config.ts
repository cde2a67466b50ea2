import { defineConfig } from './lib/config/config.ts';

/**
 * What `cdk deploy` sets up. Every field is described, with its default, in lib/config/schema.ts; a wrong one stops the
 * synthesis with its name. `npm run cost` says what it costs a month. For another installation, name another file like this one in
 * the variable DYNOFORM_CONFIG.
 */
export default defineConfig({
  stages: [
    {
      name: 'production',
      regions: ['us-east-1'],
      profile: 'minimal',
      // Before anything real: name a domain of yours, and remove plainHttp.
      //   domain: { name: 'dynos.example.com', hostedZoneId: 'Z0123456789ABCDEFGHIJ' },
      plainHttp: true,
    },
  ],
});
