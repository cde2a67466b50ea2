import type { ConfigInput } from '../../lib/config/schema.ts';

/** The two profiles with defaults only, and a stage with every field set. */
export const STAGES = [
  { name: 'small', profile: 'minimal', plainHttp: true },
  { name: 'large', profile: 'resilient', domain: { name: 'dynos.example.com', hostedZoneId: 'Z0123456789ABCDEFGHIJ' } },
  {
    name: 'special',
    account: '111122223333',
    regions: ['eu-central-1'],
    domain: { name: 'dynos.example.com' },
    keepData: false,
    natGateways: 1,
    ecoHoursPerMonth: 1_000,
    capacity: { arm64: false, fargate: false },
    builds: { dockerfiles: false },
    features: { reservedConcurrency: false, containerInsights: true },
    alarms: { pageEmail: 'page@example.com', ticketEmail: 'ticket@example.com' },
    permissionsBoundary: 'boundary',
    tags: { team: 'platform' },
  },
] as const satisfies ConfigInput['stages'];
