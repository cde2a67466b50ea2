import { readEnvironment, readVariables } from '../../../adapters/aws/environment.ts';
import { inEnvironment, variableNames } from '../../../adapters/aws/variables.ts';

test('gives the named variables, typed', () => {
  const variables = {
    DYNOFORM_TABLE: 'platform',
    DYNOFORM_API_URL: 'https://api.example.com',
    DYNOFORM_CAPACITY: '{"providers":{"arm64":"graviton"}}',
    DYNOFORM_BUILD_PROJECTS: '{"amd64":{"buildpacks":"build-amd64","dockerfile":"docker-amd64"}}',
  };
  expect(readVariables(variables, ['TABLE', 'API_URL', 'CAPACITY', 'BUILD_PROJECTS'])).toEqual({
    table: 'platform',
    apiUrl: 'https://api.example.com',
    capacity: { providers: { arm64: 'graviton' } },
    buildProjects: { amd64: { buildpacks: 'build-amd64', dockerfile: 'docker-amd64' } },
  });
  expect(readVariables({}, [])).toEqual({});
});

test.each([
  { name: 'a number', value: '1000', hours: 1_000 },
  { name: 'none at all', value: '0', hours: 0 },
  { name: 'as many as they like', value: 'unlimited', hours: undefined },
])('reads hours of Eco dynos: $name', ({ value, hours }) => {
  expect(readVariables({ DYNOFORM_ECO_HOURS: value }, ['ECO_HOURS'])).toEqual({ ecoHours: hours });
});

test.each(['', 'lots', '-1', '0.5', '1e3'])('refuses hours of Eco dynos that are none: "%s"', (value) => {
  expect(() => readVariables({ DYNOFORM_ECO_HOURS: value }, ['ECO_HOURS'])).toThrow(/: DYNOFORM_ECO_HOURS/);
});

test('names everything that is missing or malformed at once, and shows no value', () => {
  const variables = {
    DYNOFORM_TABLE: '',
    DYNOFORM_API_URL: 'https://secret.example.com/',
    DYNOFORM_SERVICES_URL: 'secret',
    DYNOFORM_BUILD_PROJECTS: '{secret',
    DYNOFORM_CAPACITY: '{"providers":{"arm64":""},"fargate":{"subnets":[]}}',
  };
  let told = '';
  try {
    readEnvironment(variables, 'builds');
  } catch (error) {
    told = String(error);
  }
  expect(told).not.toContain('secret');
  for (const problem of [
    'DYNOFORM_STAGE is missing',
    'DYNOFORM_TABLE is missing',
    'DYNOFORM_API_URL: must not end with a slash',
    'DYNOFORM_SERVICES_URL: ',
    'DYNOFORM_BUILD_PROJECTS: must be JSON',
    'DYNOFORM_CAPACITY.providers.arm64: ',
    'DYNOFORM_CAPACITY.fargate.subnets: ',
  ]) {
    expect(told).toContain(problem);
  }
});

test.each([
  { name: 'whole', value: '3', instances: 3 },
  { name: 'that the deploy does not give', value: undefined, instances: 10 },
])('reads a number $name', ({ value, instances }) => {
  expect(readVariables({ DYNOFORM_RECONCILE_INSTANCES: value }, ['RECONCILE_INSTANCES'])).toEqual({
    reconcileInstances: instances,
  });
});

test.each(['', '0', '-1', '2.5', '1e3', 'many'])('refuses a number of instances that is none: "%s"', (value) => {
  expect(() => readVariables({ DYNOFORM_RECONCILE_INSTANCES: value }, ['RECONCILE_INSTANCES'])).toThrow(
    'DYNOFORM_RECONCILE_INSTANCES: must be a whole number',
  );
});

test('of what the services read, three have a value when they are not given', () => {
  const names = ['SERVICES', 'TRUSTED_PROXIES', 'DATA_DIRECTORY'] as const;
  expect(readVariables({}, names)).toEqual({
    services: ['router', 'logs', 'git', 'rendezvous'],
    trustedProxies: [],
    dataDirectory: '/data',
  });
  const given = { DYNOFORM_SERVICES: ' git ,logs', DYNOFORM_TRUSTED_PROXIES: '10.0.0.0/16, ,10.1.0.0/16' };
  expect(readVariables({ ...given, DYNOFORM_DATA_DIRECTORY: '/mnt' }, names)).toEqual({
    services: ['git', 'logs'],
    trustedProxies: ['10.0.0.0/16', '10.1.0.0/16'],
    dataDirectory: '/mnt',
  });
});

test.each([
  { reader: 'bootstrap', reads: ['ownerSecretArn', 'table'] },
  {
    reader: 'task-events',
    reads: ['appsDomain', 'cluster', 'delayQueueUrl', 'nudgeQueueUrl', 'servicesUrl', 'signingSecretArn', 'table'],
  },
] as const)('$reader reads its own variables and no other', ({ reader, reads }) => {
  const all = Object.fromEntries(variableNames.map((name) => [inEnvironment(name), 'https://a.example']));
  expect(Object.keys(readEnvironment(all, reader)).sort()).toEqual(reads);
});
