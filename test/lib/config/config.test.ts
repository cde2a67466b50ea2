import shipped from '../../../dynoform.config.ts';
import { readConfig } from '../../../lib/config/config.ts';

const withStage = (fields: object) => ({ stages: [{ plainHttp: true, ...fields }] });
const domain = { name: 'dynos.example.com' };

test('what is shipped is right', () => {
  expect(readConfig(shipped).stages.map(({ name, profile }) => ({ name, profile }))).toEqual([
    { name: 'production', profile: 'minimal' },
  ]);
});

test('an installation that only says what it must has every field decided', () => {
  expect(readConfig({ stages: [{ domain }] }).stages).toEqual([
    {
      name: 'production',
      regions: ['us-east-1'],
      ownerEmail: 'owner@dynoform.localhost',
      profile: 'minimal',
      domain,
      plainHttp: false,
      keepData: true,
      zones: 2,
      natGateways: 0,
      capacity: {
        machines: {
          arm64: { instanceType: 't4g.medium', min: 0, max: 4 },
          amd64: { instanceType: 't3.medium', min: 0, max: 4 },
        },
        targetCapacityPercent: 100,
        fargate: true,
      },
      services: { cpuUnits: 256, memoryMiB: 512, routers: 1 },
      builds: {
        compute: 'medium',
        timeoutMinutes: 30,
        builderImage: 'docker.io/heroku/builder:24',
        dockerfiles: true,
      },
      logDays: 14,
      features: {
        dashboard: false,
        ticketAlarms: false,
        accessLogs: false,
        flowLogs: false,
        containerInsights: false,
        reservedConcurrency: true,
      },
      alarms: {},
      tags: {},
    },
  ]);
});

test('what is said wins over the profile, and what is undefined does not', () => {
  const [stage] = readConfig(
    withStage({ profile: 'resilient', zones: 2, capacity: { arm64: { max: 5, min: undefined }, amd64: false } }),
  ).stages;
  expect(stage?.zones).toBe(2);
  expect(stage?.capacity.machines).toEqual({ arm64: { instanceType: 'm7g.large', min: 3, max: 5 } });
  expect(stage?.services.routers).toBe(2);
});

test.each([
  { name: 'no stage', input: { stages: [] }, says: 'stages: ' },
  { name: 'half an Eco hour', input: withStage({ ecoHoursPerMonth: 0.5 }), says: 'stages[0].ecoHoursPerMonth: ' },
  { name: 'Eco hours that are none', input: withStage({ ecoHoursPerMonth: -1 }), says: 'stages[0].ecoHoursPerMonth: ' },
  {
    name: 'a misspelt field',
    input: withStage({ profil: 'minimal' }),
    says: 'stages[0].profil: there is no such field',
  },
  {
    name: 'a misspelt field inside',
    input: withStage({ features: { dashbord: true } }),
    says: 'stages[0].features.dashbord: there is no such field',
  },
  { name: 'an unknown profile', input: withStage({ profile: 'huge' }), says: 'stages[0].profile: ' },
  {
    name: 'a region that cannot be',
    input: withStage({ regions: ['Frankfurt'] }),
    says: 'stages[0].regions[0]: must be a region',
  },
  { name: 'one region twice', input: withStage({ regions: ['us-east-1', 'us-east-1'] }), says: 'stages[0].regions: ' },
  {
    name: 'an account that is no number',
    input: withStage({ account: '12' }),
    says: 'stages[0].account: must be twelve digits',
  },
  {
    name: 'a domain in capitals',
    input: { stages: [{ domain: { name: 'Example.com' } }] },
    says: 'stages[0].domain.name: must be a domain name',
  },
  {
    name: 'a zone that is a name',
    input: { stages: [{ domain: { ...domain, hostedZoneId: 'example.com' } }] },
    says: 'stages[0].domain.hostedZoneId: must be the id',
  },
  { name: 'no domain, and HTTP not asked for', input: { stages: [{}] }, says: 'stages[0].domain: without a domain' },
  {
    name: 'a domain, and HTTP asked for',
    input: withStage({ domain }),
    says: 'stages[0].plainHttp: a domain brings HTTPS',
  },
  { name: 'more NAT gateways than zones', input: withStage({ natGateways: 3 }), says: 'stages[0].natGateways: ' },
  {
    name: 'x86 among Graviton',
    input: withStage({ capacity: { arm64: { instanceType: 'm7i.large' } } }),
    says: 'stages[0].capacity.arm64.instanceType: m7i.large is not',
  },
  {
    name: 'Graviton among x86',
    input: withStage({ capacity: { amd64: { instanceType: 'c7gn.large' } } }),
    says: 'stages[0].capacity.amd64.instanceType: c7gn.large is not',
  },
  {
    name: 'fewer at most than at least',
    input: withStage({ capacity: { arm64: { min: 5 } } }),
    says: 'stages[0].capacity.arm64.min: more than max',
  },
  {
    name: 'no machines at all',
    input: withStage({ capacity: { arm64: false, amd64: false } }),
    says: 'stages[0].capacity.arm64: ',
  },
  {
    name: 'memory that Fargate has not',
    input: withStage({ services: { memoryMiB: 1_500 } }),
    says: 'stages[0].services.memoryMiB: Fargate has no 1500 MiB with 256 CPU units; it has 512, 1024, 2048',
  },
  {
    name: 'an address that is none',
    input: withStage({ alarms: { pageEmail: 'nobody' } }),
    says: 'stages[0].alarms.pageEmail: ',
  },
  {
    name: 'two stages of one name',
    input: { stages: [{ plainHttp: true }, { plainHttp: true }] },
    says: 'stages[1].name: another stage',
  },
])('$name is refused by name', ({ input, says }) => {
  expect(() => readConfig(input)).toThrow(says);
});

test.each(['t4g.small', 'm7gd.large', 'c7gn.xlarge', 'r8g.4xlarge', 'im4gn.large', 'x2gd.medium', 'a1.large'])(
  '%s is Graviton',
  (instanceType) => {
    expect(() => readConfig(withStage({ capacity: { arm64: { instanceType } } }))).not.toThrow();
  },
);

test.each(['t3.small', 'm7i-flex.large', 'c6a.large', 'g4dn.xlarge', 'm5zn.large'])('%s is x86', (instanceType) => {
  expect(() => readConfig(withStage({ capacity: { amd64: { instanceType } } }))).not.toThrow();
});

test('all that is wrong is told at once', () => {
  expect(() => readConfig(withStage({ account: 'x', profile: 'y', zones: 9 }))).toThrow(
    /stages\[0\]\.account.*\n.*stages\[0\]\.profile.*\n.*stages\[0\]\.zones/,
  );
});
