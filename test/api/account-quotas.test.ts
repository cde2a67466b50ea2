import { ecoPoolKey } from '../../core/records/eco-pool.ts';
import { type ApiFixture, openApiFixture, type Principal } from './api-fixture.ts';

const HOUR = 3_600_000;

let fixture: ApiFixture;
let me: Principal;
beforeEach(async () => {
  fixture = await openApiFixture();
  me = await fixture.principal('me@example.com');
});
afterEach(() => fixture.close());

const quota = (identity: string) =>
  fixture.request('GET', `/accounts/${identity}/actions/get-quota`, { token: me.token });
const account = async () => (await fixture.request('GET', '/account', { token: me.token })).body.id as string;

test('what `heroku ps` prints of an Eco app: seconds of the account and of each app', async () => {
  Object.assign(fixture.platform, { ecoHoursPerMonth: 1_000 });
  const id = await account();
  expect((await quota(id)).body).toEqual({ account_quota: 3_600_000, quota_used: 0, apps: [] });
  const nowMs = fixture.clock.nowMs();
  const pool = {
    monthStartMs: 0,
    settledMs: {},
    running: { dyno: { appId: 'shop', sinceMs: nowMs } },
  };
  await fixture.platform.store.transact([{ kind: 'put', key: ecoPoolKey(id), value: pool, expect: 'absent' }]);
  fixture.clock.advance(2 * HOUR);
  expect((await quota(id)).body).toEqual({
    account_quota: 3_600_000,
    quota_used: 7_200,
    apps: [{ app_uuid: 'shop', quota_used: 7_200 }],
  });
});

test.each([
  { name: 'a moment more than there is', usedMs: 1_000 * HOUR + 5_000, prints: 3_600_000 },
  { name: 'all there is', usedMs: 1_000 * HOUR, prints: 3_600_000 },
  { name: 'all but a second', usedMs: 1_000 * HOUR - 1_000, prints: 3_599_999 },
])('of a pool that has used $name, no more is printed than there is', async ({ usedMs, prints }) => {
  Object.assign(fixture.platform, { ecoHoursPerMonth: 1_000 });
  const id = await account();
  const pool = { monthStartMs: fixture.clock.nowMs(), settledMs: { shop: usedMs }, running: {} };
  await fixture.platform.store.transact([{ kind: 'put', key: ecoPoolKey(id), value: pool, expect: 'absent' }]);
  expect((await quota(id)).body).toMatchObject({ account_quota: 3_600_000, quota_used: prints });
});

test("nobody sees another account's", async () => {
  Object.assign(fixture.platform, { ecoHoursPerMonth: 1_000 });
  const somebody = await fixture.principal('somebody@example.com');
  for (const identity of ['somebody@example.com', somebody.actor.accountId]) {
    expect(await quota(identity)).toMatchObject({ status: 404, body: { id: 'not_found' } });
  }
});
