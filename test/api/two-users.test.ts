import fc from 'fast-check';
import { type ApiFixture, openApiFixture, type Principal } from './api-fixture.ts';
import { deploy } from './deploy.ts';

let fixture: ApiFixture;
let owner: Principal;
let colleague: Principal;
beforeEach(async () => {
  fixture = await openApiFixture();
  owner = await fixture.principal('owner@example.com');
  colleague = await fixture.principal('colleague@example.com');
  await call(owner, 'POST', '/apps', { name: 'shop' });
  await call(owner, 'POST', '/apps/shop/collaborators', { user: 'colleague@example.com' });
  await deploy(fixture, owner, 'shop', { processTypes: { web: 'npm start', worker: 'node worker.js' } });
});
afterEach(() => fixture.close());

const call = (user: Principal, method: string, path: string, body?: unknown) =>
  fixture.request(method, path, { token: user.token, ...(body === undefined ? {} : { body }) });

interface Listed {
  readonly type: string;
  readonly quantity: number;
  readonly size: string;
}

const formation = async (): Promise<readonly Listed[]> => (await call(owner, 'GET', '/apps/shop/formation')).body;
/** Lists are ordered by id, which is random. */
const shown = async () => (await formation()).map(({ type, quantity, size }) => `${type}@${quantity}:${size}`).sort();

/** Sends both at once; returns their statuses in the order of the users. */
async function both(first: readonly unknown[], second: readonly unknown[]): Promise<readonly number[]> {
  const answers = await Promise.all([
    call(owner, 'PATCH', '/apps/shop/formation', { updates: first }),
    call(colleague, 'PATCH', '/apps/shop/formation', { updates: second }),
  ]);
  return answers.map(({ status }) => status);
}

test.each([
  {
    name: 'each within the limit and together beyond it: one is refused, and changes nothing',
    before: [{ type: 'web', quantity: 1 }],
    first: [{ type: 'web', quantity: '+60' }],
    second: [{ type: 'worker', quantity: '+60' }],
    statuses: [200, 422],
    after: [
      ['web@61:Standard-1X', 'worker@0:Standard-1X'],
      ['web@1:Standard-1X', 'worker@60:Standard-1X'],
    ],
  },
  {
    name: 'one scales while the other changes all sizes to one that has a single dyno',
    before: [{ type: 'web', quantity: 1 }],
    first: [{ type: 'web', quantity: 2 }],
    second: [
      { type: 'web', size: 'basic' },
      { type: 'worker', size: 'basic' },
    ],
    statuses: [200, 422],
    after: [
      ['web@2:Standard-1X', 'worker@0:Standard-1X'],
      ['web@1:Basic', 'worker@0:Basic'],
    ],
  },
  {
    name: 'one goes to Performance while the other scales beyond what Performance may have',
    before: [{ type: 'web', quantity: 2 }],
    first: [{ type: 'web', size: 'performance-m' }],
    second: [{ type: 'web', quantity: 11 }],
    statuses: [200, 422],
    after: [
      ['web@2:Performance-M', 'worker@0:Standard-1X'],
      ['web@11:Standard-1X', 'worker@0:Standard-1X'],
    ],
  },
  {
    name: 'one scales while the other resizes: both hold',
    before: [{ type: 'web', quantity: 2 }],
    first: [{ type: 'web', quantity: 3 }],
    second: [{ type: 'web', size: 'standard-2x' }],
    statuses: [200, 200],
    after: [['web@3:Standard-2X', 'worker@0:Standard-1X']],
  },
])('two users at once: $name', async ({ before, first, second, statuses, after }) => {
  await call(owner, 'PATCH', '/apps/shop/formation', { updates: before });
  expect([...(await both(first, second))].sort()).toEqual(statuses);
  expect(after).toContainEqual(await shown());
});

test('a size change and a release at once: both are there, and the formation runs the new release', async () => {
  const answers = await Promise.all([
    call(owner, 'PATCH', '/apps/shop/formation/web', { size: 'standard-2x', quantity: 2 }),
    call(colleague, 'PATCH', '/apps/shop/config-vars', { COLOR: 'blue' }),
    deploy(fixture, owner, 'shop', { processTypes: { web: 'npm run serve', clock: 'node clock.js' } }),
  ]);
  expect(answers.slice(0, 2).map((answer) => (answer as { status: number }).status)).toEqual([200, 200]);
  expect(await shown()).toEqual(['clock@0:Standard-1X', 'web@2:Standard-2X']);
  const releases = (await call(owner, 'GET', '/apps/shop/releases')).body as readonly { version: number }[];
  expect(releases.map(({ version }) => version).sort()).toEqual([1, 2, 3, 4, 5]);
  expect((await call(owner, 'GET', '/apps/shop/config-vars')).body).toMatchObject({ COLOR: 'blue' });
});

/** Breaches of Heroku's limits for an app, according to its Dev Center. */
function brokenLimits(listed: readonly Listed[]): readonly string[] {
  const sizes = new Set(listed.map(({ size }) => size));
  const lonely = ['Eco', 'Basic'].filter((size) => sizes.has(size));
  return [
    ...(listed.reduce((sum, { quantity }) => sum + quantity, 0) > 100 ? ['more than 100 dynos'] : []),
    ...listed.filter(({ size, quantity }) => size === 'Performance-M' && quantity > 10).map(({ type }) => type),
    ...listed.filter(({ size, quantity }) => lonely.includes(size) && quantity > 1).map(({ type }) => type),
    ...(lonely.length > 0 && sizes.size > 1 ? [`${lonely} beside others`] : []),
  ];
}

test('whatever two users ask for at once, no limit is broken and each answer is the whole of it or a refusal', async () => {
  const update = fc.record(
    {
      type: fc.constantFrom('web', 'worker'),
      quantity: fc.oneof(fc.integer({ min: 0, max: 101 }), fc.constantFrom('+1', '-1', '+50')),
      size: fc.constantFrom('eco', 'basic', 'standard-1x', 'performance-m'),
    },
    { requiredKeys: ['type'] },
  );
  const batch = fc.array(update, { minLength: 1, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(batch, batch, async (first, second) => {
      for (const status of await both(first, second)) expect([200, 422]).toContain(status);
      expect(brokenLimits(await formation())).toEqual([]);
    }),
    { numRuns: 40, seed: 1 },
  );
});
