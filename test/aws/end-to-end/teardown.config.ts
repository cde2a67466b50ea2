import { defineConfig } from '../../../lib/config/config.ts';

/** What is hardest to take down: data that outlives its stacks, protected stacks, certificates, an account that is named. */
export default defineConfig({
  stages: [
    {
      name: 'down',
      regions: ['us-east-1'],
      account: '000000000000',
      domain: { name: 'dynos.example.com' },
      keepData: true,
    },
  ],
});
