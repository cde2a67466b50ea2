import { jobs } from '../core/scheduler/scheduler-fixture.ts';
import { type ApiFixture, openApiFixture, type Principal } from './api-fixture.ts';
import { deploy } from './deploy.ts';

let fixture: ApiFixture;
let me: Principal;
beforeAll(async () => {
  fixture = await openApiFixture();
  me = await fixture.principal('me@example.com');
  await fixture.request('POST', '/apps', { token: me.token, body: { name: 'shop' } });
  const cron = jobs([{ name: 'ten', schedule: '*/10 * * * *', command: 'bin/run' }]);
  await deploy(fixture, me, 'shop', { processTypes: { web: 'w' }, cron });
  await fixture.request('GET', '/apps/shop/scheduler/jobs', { token: me.token });
});
afterAll(() => fixture.close());

test.each([
  { path: '/account/features', keys: ['id', 'name'] },
  { path: '/account/keys', keys: ['id', 'created_at'] },
  { path: '/addon-attachments', keys: ['id', 'name'] },
  { path: '/addons', keys: ['id', 'name'] },
  { path: '/apps', keys: ['id', 'name', 'updated_at'] },
  { path: '/apps/shop/addon-attachments', keys: ['id', 'name'] },
  { path: '/apps/shop/addons', keys: ['id', 'name'] },
  { path: '/apps/shop/available-dyno-sizes', keys: ['id', 'name'] },
  { path: '/apps/shop/available-stacks', keys: ['id', 'name'] },
  { path: '/apps/shop/buildpack-installations', keys: ['ordinal', 'id'] },
  { path: '/apps/shop/builds', keys: ['id', 'created_at', 'started_at'] },
  { path: '/apps/shop/collaborators', keys: ['id', 'created_at'] },
  { path: '/apps/shop/domains', keys: ['id', 'hostname', 'created_at', 'updated_at'] },
  { path: '/apps/shop/dynos', keys: ['id', 'name'] },
  { path: '/apps/shop/features', keys: ['id', 'name'] },
  { path: '/apps/shop/formation', keys: ['id', 'type'] },
  { path: '/apps/shop/releases', keys: ['id', 'version'] },
  { path: '/apps/shop/scheduler/jobs', keys: ['name', 'id'] },
  { path: '/apps/shop/scheduler/jobs/ten/runs', keys: ['scheduled_at', 'id'] },
  { path: '/apps/shop/sni-endpoints', keys: ['id', 'name'] },
  { path: '/dyno-sizes', keys: ['id', 'name'] },
  { path: '/generations', keys: ['id', 'name'] },
  { path: '/oauth/authorizations', keys: ['id', 'created_at', 'updated_at'] },
  { path: '/oauth/sessions', keys: ['id'] },
  { path: '/regions', keys: ['id', 'name'] },
  { path: '/stacks', keys: ['id', 'name'] },
  { path: '/users/~/apps', keys: ['id', 'name', 'updated_at'] },
])('$path is sorted by $keys.0, or by what its client names of $keys', async ({ path, keys }) => {
  const get = (range: string) => fixture.request('GET', path, { token: me.token, headers: { range } });
  const { status, headers } = await get('');
  expect({ status, ranges: headers.get('accept-ranges') }).toEqual({ status: 200, ranges: keys.join(', ') });
  expect(headers.get('content-range')).toMatch(new RegExp(`^${keys[0]} \\S*\\.\\.\\S*; max=200$`));
  for (const key of keys) expect((await get(`${key} ..; order=desc`)).status).toBe(200);
  const refused = await get('color ..');
  expect({ status: refused.status, body: refused.body }).toEqual({
    status: 416,
    body: {
      id: 'requested_range_not_satisfiable',
      message: `This list can be sorted by ${keys.join(', ')}, not by color.`,
    },
  });
});
