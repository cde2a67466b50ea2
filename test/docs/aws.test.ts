import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SERVICE_PORTS } from '../../adapters/aws/ports.ts';
import { variablesTable } from './variables-table.ts';

const read = (path: string) => readFileSync(join(__dirname, '../..', path), 'utf8');
const section = (heading: string) => read('docs/aws.md').split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';

test('docs/aws.md has the table of variables (node --import tsx test/docs/print-variables.ts prints it)', () => {
  const [table = ''] = /^(\|.*\n)+/m.exec(section('Environment of functions and services')) ?? [];
  for (const row of ['| `DYNOFORM_STAGE` | name of the stage | text | `api`, ', '| `DYNOFORM_ECO_HOURS` | ']) {
    expect(table).toContain(row);
  }
  expect(table).toBe(variablesTable());
});

test.each([
  {
    where: 'docs/aws.md',
    ports: () => [...section('The services').matchAll(/^\| (\d+) \|/gm)].map(([, port]) => port),
  },
  { where: 'services/Dockerfile', ports: () => /^EXPOSE (.*)$/m.exec(read('services/Dockerfile'))?.[1]?.split(' ') },
])('$where names the ports on which the services listen', ({ ports }) => {
  expect(ports()?.map(Number).sort()).toEqual([24224, 5000, 5001, 8080]);
  expect(Object.values(SERVICE_PORTS).map(String).sort()).toEqual([...(ports() ?? [])].sort());
});

test('a container of the services is healthy by the port on which they say so', () => {
  expect(read('services/Dockerfile')).toContain(`fetch('http://127.0.0.1:${SERVICE_PORTS.services}/health')`);
});
