import { readFileSync } from 'node:fs';
import { MISSING } from '../../api/missing.ts';
import { invalid, missing, whole } from './answers.ts';
import { type ApiFixture, openApiFixture, type Principal } from './api-fixture.ts';
import requests from './shapes/requests.json';

let fixture: ApiFixture;
let me: Principal;
let stranger: Principal;
beforeAll(async () => {
  fixture = await openApiFixture();
  me = await fixture.principal('me@example.com');
  stranger = await fixture.principal('stranger@example.com');
});
// Again: one of Heroku's links destroys it.
beforeEach(() => fixture.request('POST', '/apps', { token: me.token, body: { name: 'shop' } }));
afterAll(() => fixture.close());
const call = (method: string, path: string, token: string | undefined = me.token) =>
  fixture.request(method, path, { ...(token === undefined ? {} : { token }) });

const UNKNOWN = /^The requested API endpoint was not found\./;
const pathOf = (link: string) => (link.split(' ')[1] ?? '').replace('/apps/*', '/apps/shop').replaceAll('*', 'x');

test.each(requests.links)('Heroku has %s, so it is never called a wrong path', async (link) => {
  const [method = ''] = link.split(' ');
  const { status, body } = await call(method, pathOf(link));
  expect({ status, message: body.message ?? '' }).toEqual({
    status: expect.any(Number),
    message: expect.not.stringMatching(UNKNOWN),
  });
  expect(status).toBeLessThan(500);
});

test.each([
  ['GET', '/pipeline'],
  ['GET', '/apps/shop/drains'],
  ['POST', '/apps/shop/log-drain'],
  ['GET', '/teamsters'],
  ['PUT', '/apps'],
  ['GET', '/account/nonsense'],
  ['GET', '/users/~/add-ons'],
  ['PURGE', '/pipelines'],
])('%s %s is no route of Heroku', async (method, path) => {
  expect(await call(method, path)).toMatchObject({ status: 404, body: { message: expect.stringMatching(UNKNOWN) } });
});

const LISTS = [
  ['Pipelines', '/pipelines'],
  ['Pipelines', '/pipeline-couplings'],
  ['Pipelines', '/users/~/pipeline-couplings'],
  ['Teams', '/teams'],
  ['Enterprise accounts', '/enterprise-accounts'],
  ['Private Spaces', '/spaces'],
  ['App transfers', '/account/app-transfers'],
  ['Webhooks', '/apps/shop/webhooks'],
  ['Webhooks', '/apps/shop/webhook-deliveries'],
  ['Webhooks', '/apps/shop/webhook-events'],
  ['Log drains', '/apps/shop/log-drains'],
  ['Telemetry drains', '/apps/shop/telemetry-drains'],
  ['OAuth clients', '/oauth/clients'],
  ['Add-ons', '/addon-services'],
  ['Add-ons', '/addon-region-capabilities'],
  ['Add-ons', '/users/~/addons'],
  ['Invoices and credits', '/account/invoices'],
  ['Invoices and credits', '/account/credits'],
] as const;

test.each(LISTS)('%s: GET %s is an empty list, and nothing can be added', async (what, path) => {
  const list = await call('GET', path);
  expect(whole(list)).toEqual({ status: 200, body: [] });
  expect(list.headers.get('content-range')).toBe('id ..; max=200');
  const sentence = `${what} are not supported by this platform yet.`;
  for (const method of ['POST', 'PUT', 'PATCH']) expect(whole(await call(method, path))).toEqual(invalid(sentence));
});

test.each([
  ['Log drains', 'DELETE', '/apps/shop/log-drains/syslog%3A%2F%2Fexample.com'],
  ['Teams', 'GET', '/teams/x/members'],
  ['Private Spaces', 'GET', '/spaces/x/nat'],
  ['Review apps', 'GET', '/apps/shop/review-app'],
  ['Add-ons', 'GET', '/addons/x/config'],
  ['Deletions of accounts', 'DELETE', '/account'],
] as const)('%s: %s %s is not found, under its name', async (what, method, path) => {
  const message = `${what} are not supported by this platform yet.`;
  expect(whole(await call(method, path))).toEqual({
    status: 404,
    body: { id: 'not_found', message, resource: what.toLowerCase() },
  });
});

test.each([
  ['Log drains', 'POST', '/apps/shop/log-drains'],
  ['Add-ons', 'POST', '/apps/shop/addons'],
  ['Private Spaces', 'POST', '/spaces/x/transfer'],
  ['Teams', 'PATCH', '/teams/apps/shop'],
  ['Container images', 'POST', '/apps/shop/oci-images'],
  ['Commands in a running dyno', 'POST', '/apps/shop/dynos/web.1'],
  ['Features of accounts', 'PATCH', '/account/features/dashboard-repositories-api'],
] as const)('%s: %s %s is refused under its name', async (what, method, path) => {
  expect(whole(await call(method, path))).toEqual(invalid(`${what} are not supported by this platform yet.`));
});

test('what is missing is told to those alone who might use it', async () => {
  expect((await fixture.request('GET', '/pipelines')).status).toBe(401);
  expect((await call('GET', '/apps/shop/log-drains', stranger.token)).status).toBe(403);
  expect(whole(await call('GET', '/apps/nowhere/log-drains'))).toEqual(missing('app'));
  const { token } = await fixture.principal('me@example.com', ['read']);
  expect((await call('GET', '/apps/shop/log-drains', token)).status).toBe(200);
  expect((await call('POST', '/apps/shop/log-drains', token)).status).toBe(403);
  expect((await call('GET', '/oauth/clients', token)).status).toBe(403);
});

test('the README names all that is missing', () => {
  const readme = readFileSync('README.md', 'utf8').toLowerCase();
  const unnamed = MISSING.map(({ what }) => what.toLowerCase()).filter((what) => !readme.includes(what));
  expect(unnamed).toEqual([]);
});
