import { type ApiFixture, openApiFixture, type Principal } from './api-fixture.ts';

let fixture: ApiFixture;
let me: Principal;
beforeEach(async () => {
  fixture = await openApiFixture();
  me = await fixture.principal('me@example.com');
});
afterEach(() => fixture.close());

const get = (path: string, token = me.token) => fixture.request('GET', path, { token });
const remaining = async () => (await get('/account/rate-limits')).body.remaining as number;

test.each(['/account/rate-limits', '/dynoform'])('GET %s costs nothing', async (path) => {
  const before = await remaining();
  for (let count = 0; count < 3; count += 1) await get(path);
  expect(await remaining()).toBe(before);
});

test('every other call costs one, whether it is answered or refused', async () => {
  const before = await remaining();
  await get('/apps');
  await get('/apps/nowhere');
  await fixture.request('POST', '/apps', { token: me.token, body: { name: 'x' } });
  const narrow = await fixture.principal('me@example.com', ['identity']);
  await get('/apps', narrow.token);
  expect(await remaining()).toBe(before - 4);
});
