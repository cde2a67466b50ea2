import { defineConfig } from '../../../lib/config/config.ts';

/** The hardest platform to remove: data that outlives its stacks, protected stacks, certificates, an explicit account. */
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
