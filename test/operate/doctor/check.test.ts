import { readConfig } from '../../../lib/config/config.ts';
import type { ConfigInput } from '../../../lib/config/schema.ts';
import { check } from '../../../operate/doctor/check.ts';
import { type AccountFacts, type Asked, QUOTAS, type Quota } from '../../../operate/doctor/facts.ts';

const known = <T>(value: T): Asked<T> => ({ ok: true, value });
const denied = { ok: false, reason: 'AccessDeniedException' } as const;

function stage(fields: ConfigInput['stages'][number] = {}) {
  const [decided] = readConfig({ stages: [{ domain: { name: 'dynos.example.com' }, ...fields }] }).stages;
  if (decided === undefined) throw new Error('no stage');
  return decided;
}

/** An account that has everything. */
function facts(changes: Partial<AccountFacts> = {}, quotas: Partial<Record<Quota, number>> = {}): AccountFacts {
  const plenty = Object.fromEntries(Object.keys(QUOTAS).map((id) => [id, known(1_000)]));
  const changed = Object.fromEntries(Object.entries(quotas).map(([id, value]) => [id, known(value)]));
  return {
    account: known('123456789012'),
    bootstrapVersion: known(30),
    quotas: { ...plenty, ...changed } as AccountFacts['quotas'],
    vcpus: known({ 't4g.medium': 2, 't3.medium': 2, 'm7g.large': 2, 'm7i.large': 2 }),
    trunking: known(false),
    nameServers: known(['ns-1.awsdns-01.org']),
    ...changes,
  };
}

test('an account that wants for nothing', () => {
  expect(check(facts(), stage()).filter(({ level }) => level !== 'ok')).toEqual([]);
});

test('no credentials: I am told that alone, and how to sign in', () => {
  const none = { ok: false, reason: 'CredentialsProviderError' } as const;
  const nothing = facts({ account: none, bootstrapVersion: none, vcpus: none, trunking: none });
  expect(check(nothing, stage())).toEqual([
    {
      level: 'fail',
      subject: 'account',
      text: 'no credentials that work (CredentialsProviderError): sign in with "aws sso login" or "aws configure", or name a profile in AWS_PROFILE',
    },
  ]);
});

test.each<{ name: string; facts: AccountFacts; fields?: ConfigInput['stages'][number]; finding: object }>([
  {
    name: 'no credentials',
    facts: facts({ account: { ok: false, reason: 'CredentialsProviderError' } }),
    finding: { level: 'fail', subject: 'account', text: expect.stringContaining('CredentialsProviderError') },
  },
  {
    name: 'credentials of another account',
    facts: facts(),
    fields: { account: '999999999999' },
    finding: {
      level: 'fail',
      subject: 'account',
      text: expect.stringContaining('but the configuration names 999999999999'),
    },
  },
  {
    name: 'no bootstrap',
    facts: facts({ bootstrapVersion: known(undefined) }),
    finding: { level: 'fail', text: expect.stringContaining('npx cdk bootstrap aws://123456789012/') },
  },
  {
    name: 'an old bootstrap',
    facts: facts({ bootstrapVersion: known(14) }),
    finding: { level: 'fail', text: expect.stringContaining('version 14, but 21 is needed') },
  },
  {
    name: 'a bootstrap that may not be read',
    facts: facts({ bootstrapVersion: denied }),
    finding: { level: 'warn', text: 'could not be read (AccessDeniedException)' },
  },
  {
    name: 'a rate of task actions below the default',
    facts: facts({}, { taskActions: 20 }),
    finding: { level: 'warn', text: expect.stringContaining('--quota-code L-C3AEE9D2 --desired-value 40') },
  },
  {
    name: 'the six vCPUs of a new account on Fargate, with dedicated sizes',
    facts: facts({}, { fargateVcpus: 6 }),
    finding: { level: 'warn', text: expect.stringContaining('--service-code fargate') },
  },
  {
    name: 'not even the services fit on Fargate',
    facts: facts({}, { fargateVcpus: 0 }),
    finding: { level: 'fail', subject: QUOTAS.fargateVcpus.name },
  },
  {
    name: 'fewer vCPUs than the configured machines have',
    facts: facts({}, { machineVcpus: 5 }),
    finding: { level: 'warn', text: expect.stringContaining('5, but 16 would be needed') },
  },
  {
    name: 'an instance type that the region does not have',
    facts: facts({ vcpus: known({ 't3.medium': 2 }) }),
    finding: { level: 'fail', text: expect.stringContaining('no t4g.medium') },
  },
  {
    name: 'ten executions, with reservations',
    facts: facts({}, { executions: 10 }),
    finding: { level: 'fail', text: expect.stringContaining('features.reservedConcurrency: false') },
  },
  {
    name: 'no builds at all on ARM',
    facts: facts({}, { armBuilds: 0 }),
    finding: { level: 'fail', subject: 'Concurrently running builds for ARM/Medium environment' },
  },
  {
    name: 'more NAT gateways than addresses',
    facts: facts({}, { addresses: 1 }),
    fields: { profile: 'resilient', natGateways: 3 },
    finding: { level: 'warn', subject: QUOTAS.addresses.name },
  },
  {
    name: 'a domain that nobody answers for',
    facts: facts({ nameServers: known([]) }),
    finding: { level: 'fail', subject: 'DNS', text: expect.stringContaining('add its NS records') },
  },
  {
    name: 'no domain',
    facts: facts(),
    fields: { domain: undefined, plainHttp: true },
    finding: { level: 'warn', subject: 'DNS', text: expect.stringContaining('no TLS') },
  },
])('$name', ({ facts: read, fields, finding }) => {
  expect(check(read, stage(fields)).filter(({ level }) => level !== 'ok')).toEqual([expect.objectContaining(finding)]);
});

test('ten executions are enough without reservations', () => {
  const config = stage({ features: { reservedConcurrency: false } });
  expect(check(facts({}, { executions: 10 }), config).filter(({ level }) => level !== 'ok')).toEqual([]);
});
