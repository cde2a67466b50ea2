import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readEnvironment } from '../../../adapters/aws/environment.ts';

test('gives the named variables, typed', () => {
  const variables = {
    DYNOFORM_TABLE: 'platform',
    DYNOFORM_API_URL: 'https://api.example.com',
    DYNOFORM_CAPACITY: '{"providers":{"arm64":"graviton"}}',
    DYNOFORM_BUILD_PROJECTS: '{"amd64":{"buildpacks":"build-amd64","dockerfile":"docker-amd64"}}',
  };
  expect(readEnvironment(variables, ['table', 'apiUrl', 'capacity', 'buildProjects'])).toEqual({
    table: 'platform',
    apiUrl: 'https://api.example.com',
    capacity: { providers: { arm64: 'graviton' } },
    buildProjects: { amd64: { buildpacks: 'build-amd64', dockerfile: 'docker-amd64' } },
  });
  expect(readEnvironment({}, [])).toEqual({});
});

test.each([
  { name: 'a number', value: '1000', hours: 1_000 },
  { name: 'none at all', value: '0', hours: 0 },
  { name: 'as many as they like', value: 'unlimited', hours: undefined },
])('reads hours of Eco dynos: $name', ({ value, hours }) => {
  expect(readEnvironment({ DYNOFORM_ECO_HOURS: value }, ['ecoHours'])).toEqual({ ecoHours: hours });
});

test.each(['', 'lots', '-1', '0.5', '1e3'])('refuses hours of Eco dynos that are none: "%s"', (value) => {
  expect(() => readEnvironment({ DYNOFORM_ECO_HOURS: value }, ['ecoHours'])).toThrow(/: DYNOFORM_ECO_HOURS/);
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
    readEnvironment(variables, ['stage', 'table', 'apiUrl', 'servicesUrl', 'buildProjects', 'capacity']);
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

test('every variable is documented', () => {
  const read = (path: string) => readFileSync(join(__dirname, '../../..', path), 'utf8');
  const namesIn = (text: string) => [...new Set(text.match(/DYNOFORM_[A-Z_]+/g))].sort();
  const documented = read('docs/aws.md').split('## Environment of functions and services')[1] ?? '';
  const names = namesIn(read('adapters/aws/environment.ts'));
  expect(names).toEqual(expect.arrayContaining(['DYNOFORM_STAGE', 'DYNOFORM_ECO_HOURS']));
  expect(namesIn(documented)).toEqual(expect.arrayContaining(names));
});
