import { parseOptions } from '../../bin/local/options.ts';

const parse = (argv: readonly string[], environment: Record<string, string> = {}) =>
  parseOptions(argv, environment, '/home/me/project', '/home/me/.dynoform');

const DEFAULTS = {
  dataDirectory: '/home/me/.dynoform',
  apiPort: 5000,
  routerPort: 8080,
  host: '127.0.0.1',
  demo: true,
  runtime: { kind: 'process' },
};

test.each([
  { name: 'no option: the defaults', argv: [], environment: {}, expected: {} },
  {
    name: 'flags',
    argv: ['--data-dir', 'd', '--port', '6000', '--router-port=9000', '--no-demo', '--host', '::1'],
    environment: {},
    expected: { dataDirectory: '/home/me/project/d', apiPort: 6000, routerPort: 9000, demo: false, host: '::1' },
  },
  {
    name: 'variables',
    argv: [],
    environment: {
      DYNOFORM_DATA_DIR: '/var/d',
      DYNOFORM_PORT: '6000',
      DYNOFORM_ROUTER_PORT: '9',
      DYNOFORM_NO_DEMO: '1',
    },
    expected: { dataDirectory: '/var/d', apiPort: 6000, routerPort: 9, demo: false },
  },
  {
    name: 'a flag wins over its variable',
    argv: ['--port', '7000'],
    environment: { DYNOFORM_PORT: '6000' },
    expected: { apiPort: 7000 },
  },
  {
    name: 'an empty variable is not set',
    argv: [],
    environment: { DYNOFORM_PORT: '', DYNOFORM_HOST: '' },
    expected: {},
  },
  { name: 'a switch that says no', argv: [], environment: { DYNOFORM_NO_DEMO: '0' }, expected: {} },
  {
    name: 'all interfaces, asked for in words',
    argv: ['--host', '0.0.0.0', '--allow-remote'],
    environment: {},
    expected: { host: '0.0.0.0' },
  },
  {
    name: 'containers of the Node.js that builds here use',
    argv: ['--runtime', 'docker'],
    environment: {},
    expected: { runtime: { kind: 'docker', image: `node:${process.versions.node}` } },
  },
  {
    name: 'containers of another image',
    argv: ['--runtime=docker', '--docker-image', 'registry.example:5000/team/node:22@sha256:0a'],
    environment: { DYNOFORM_DOCKER_IMAGE: 'node:20' },
    expected: { runtime: { kind: 'docker', image: 'registry.example:5000/team/node:22@sha256:0a' } },
  },
  { name: 'TLS', argv: ['--tls-port', '8443'], environment: {}, expected: { tlsPort: 8443 } },
  { name: 'Eco hours', argv: ['--eco-hours', '1000'], environment: {}, expected: { ecoHoursPerMonth: 1_000 } },
  {
    name: 'Eco hours by a variable',
    argv: [],
    environment: { DYNOFORM_ECO_HOURS: '0' },
    expected: { ecoHoursPerMonth: 0 },
  },
  { name: 'TLS by a variable', argv: [], environment: { DYNOFORM_TLS_PORT: '9443' }, expected: { tlsPort: 9443 } },
  {
    name: 'containers by variables',
    argv: [],
    environment: { DYNOFORM_RUNTIME: 'docker', DYNOFORM_DOCKER_IMAGE: 'node:20' },
    expected: { runtime: { kind: 'docker', image: 'node:20' } },
  },
  {
    name: 'processes, whatever image a variable names',
    argv: ['--runtime', 'process'],
    environment: { DYNOFORM_RUNTIME: 'docker', DYNOFORM_DOCKER_IMAGE: 'node:20' },
    expected: {},
  },
])('$name', ({ argv, environment, expected }) => {
  expect(parse(argv, environment as Record<string, string>)).toEqual({
    ok: true,
    value: { kind: 'run', options: { ...DEFAULTS, ...expected } },
  });
});

test.each([
  { name: 'an unknown flag', argv: ['--prot', '1'], error: /--prot.*--help/ },
  { name: 'a stray word', argv: ['web'], error: /web.*--help/ },
  { name: 'a port that is no number', argv: ['--port', '80a'], error: /--port is "80a": give a port from 1 to 65535/ },
  { name: 'a port out of range', argv: ['--router-port', '70000'], error: /--router-port is "70000"/ },
  { name: 'Eco hours that are none', argv: ['--eco-hours', '-1'], error: /--eco-hours/ },
  { name: 'half an Eco hour', argv: ['--eco-hours=0.5'], error: /--eco-hours is "0.5": give the hours/ },
  { name: 'a TLS port that is no number', argv: ['--tls-port', 'on'], error: /--tls-port is "on": give a port/ },
  {
    name: 'a TLS port that is the router’s',
    argv: ['--tls-port', '8080'],
    error: /--router-port and --tls-port are both 8080/,
  },
  { name: 'one port for both', argv: ['--port', '8080'], error: /--port and --router-port are both 8080/ },
  { name: 'a wide host without the words', argv: ['--host', '0.0.0.0'], error: /--allow-remote/ },
  {
    name: 'a host that is no address',
    argv: ['--host', 'example.com', '--allow-remote'],
    error: /--host is "example.com"/,
  },
  {
    name: 'a runtime that does not exist',
    argv: ['--runtime', 'podman'],
    error: /--runtime is "podman": give process or docker/,
  },
  {
    name: 'an image for processes',
    argv: ['--docker-image', 'node:20'],
    error: /--docker-image is given without --runtime docker/,
  },
  {
    name: 'an image that is none',
    argv: ['--runtime', 'docker', '--docker-image', '--privileged'],
    error: /--docker-image/,
  },
  {
    name: 'an image’s name with a space',
    argv: ['--runtime', 'docker', '--docker-image', 'node 20'],
    error: /--docker-image is "node 20"/,
  },
])('refuses $name', ({ argv, error }) => {
  const parsed = parse(argv);
  expect(parsed.ok).toBe(false);
  expect(!parsed.ok && parsed.error).toMatch(error);
});

test('--help asks for the help text whatever else is said', () => {
  expect(parse(['--help', '--port', 'x'])).toEqual({ ok: true, value: { kind: 'help' } });
});
