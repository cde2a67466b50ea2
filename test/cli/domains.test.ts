import path from 'node:path';
import { freePort } from '../free-ports.ts';
import { PlatformProcess } from '../platform/platform-process.ts';
import { until } from '../platform/until.ts';
import { Terminal } from './terminal.ts';

/** Custom domains and automated certificates, typed with the unmodified Heroku CLI. Steps build on each other. */
jest.setTimeout(180_000);

const platform = new PlatformProcess();
let terminal: Terminal;
let tlsPort: number;

beforeAll(async () => {
  tlsPort = await freePort();
  await platform.start('--tls-port', String(tlsPort));
  terminal = new Terminal(platform);
});

afterAll(async () => {
  await platform.stop();
  terminal?.remove();
  platform.remove();
});

const heroku = (line: string) => terminal.ok(`heroku ${line} -a hello`);
const http = (host: string) =>
  terminal.run(`curl -sS -o /dev/null -w '%{http_code}' -H 'Host: ${host}' http://127.0.0.1:${platform.routerPort}/`);
const trust = path.join(platform.dataDirectory, 'certificates', 'trust.pem');
const https = (host: string) =>
  terminal.run(`curl -sS --cacert ${trust} --resolve ${host}:${tlsPort}:127.0.0.1 https://${host}:${tlsPort}/`);

test('domains:add names the DNS target, and both names lead to the app', async () => {
  const added = await heroku('domains:add www.shop.example --wait');
  const target = /DNS Target ([a-z]+-[a-z]+-[0-9a-f]{16}\.dns\.localhost)/.exec(added)?.[1] ?? 'none';
  expect(await heroku('domains')).toMatch(new RegExp(`www\\.shop\\.example\\s+CNAME\\s+${target}`));
  for (const host of ['www.shop.example', target]) expect((await http(host)).stdout).toBe('200');
  expect((await http('other.shop.example')).stdout).toBe('404');
  const again = await terminal.run('heroku domains:add www.shop.example -a hello');
  expect(again.stderr).toContain('Domain already added to this app.');
});

test('a wildcard leads one level below to the app', async () => {
  await heroku(`domains:add '*.shop.example'`);
  await heroku('domains:wait');
  expect((await http('other.shop.example')).stdout).toBe('200');
  expect((await http('a.b.shop.example')).stdout).toBe('404');
});

test("the app's own name has TLS, custom domains do not yet", async () => {
  expect((await https('hello.localhost')).stdout).toContain('Hello from web.1');
  expect(await https('www.shop.example')).toMatchObject({ status: 60 });
  expect(await heroku('certs:auto')).toContain('disabled');
});

test('certs:auto:enable gives every domain a certificate, and the app answers on it', async () => {
  await heroku('certs:auto:enable');
  const status = await heroku('certs:auto --wait');
  expect(status).toMatch(/www\.shop\.example\s+Cert issued/);
  expect(status).toMatch(/\*\.shop\.example\s+Cert issued/);
  for (const host of ['www.shop.example', 'other.shop.example']) {
    expect((await https(host)).stdout).toContain('Hello from web.1');
  }
  expect(await heroku('domains:info www.shop.example')).toMatch(/acm_status:\s+cert issued[\s\S]*status:\s+succeeded/);
  expect(await heroku('certs')).toMatch(/acm-\S+\s+\*\.shop\.example, www\.shop\.example .*ACM/);
  expect(await heroku('certs:info')).toContain('www.shop.example');
  expect(await heroku('apps:info')).toMatch(/Auto Cert Mgmt:\s+true/);
  await until('the router to have told of it', async () =>
    /host=www\.shop\.example .*protocol=https/.test(await heroku('logs -n 1500 --source heroku --no-color')),
  );
});

test('a domain that is added later gets its certificate by itself; after a restart all are still there', async () => {
  await heroku('domains:add late.example --wait');
  await until('its certificate', async () => (await https('late.example')).stdout.includes('Hello'));
  await platform.stop();
  await platform.start('--tls-port', String(tlsPort));
  await until('the app', async () => (await https('late.example')).stdout.includes('Hello'));
  expect((await https('www.shop.example')).stdout).toContain('Hello');
});

test('refresh, remove, clear and disable', async () => {
  await heroku('certs:auto:refresh');
  await heroku('domains:remove www.shop.example');
  await until('the wildcard to take over', async () => (await https('www.shop.example')).stdout.includes('Hello'));
  await heroku('domains:clear');
  await until('the names to be gone', async () => (await http('late.example')).stdout === '404');
  await until('the certificate to be gone', async () => (await https('late.example')).status === 60);
  await heroku('certs:auto:disable --confirm hello');
  expect(await heroku('certs:auto')).toContain('disabled');
  expect(await heroku('certs')).toContain('has no SSL certificates');
});
