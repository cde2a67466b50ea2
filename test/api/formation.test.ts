import { type ApiFixture, openApiFixture, type Principal } from './api-fixture.ts';
import { deploy, logOf } from './deploy.ts';
import { expectMatchesSchema } from './published-schema.ts';

describe('formation', () => {
  let fixture: ApiFixture;
  let me: Principal;
  beforeEach(async () => {
    fixture = await openApiFixture();
    me = await fixture.principal('me@example.com');
    await call('POST', '/apps', { name: 'shop' });
    await deploy(fixture, me, 'shop', { processTypes: { web: 'npm start', worker: 'node worker.js' } });
    fixture.logLines.length = 0;
    fixture.nudged.length = 0;
  });
  afterEach(() => fixture.close());
  const call = (method: string, path: string, body?: unknown) =>
    fixture.request(method, path, { token: me.token, ...(body === undefined ? {} : { body }) });
  const quantities = async () =>
    Object.fromEntries(
      (await call('GET', '/apps/shop/formation')).body.map(
        (entry: { type: string; quantity: number; size: string }) => [entry.type, `${entry.quantity}:${entry.size}`],
      ),
    );

  test('a batch as the CLI sends it changes all, logs once and wakes the dyno manager', async () => {
    const answer = await call('PATCH', '/apps/shop/formation', {
      updates: [
        { type: 'web', quantity: '10' },
        { type: 'worker', quantity: '+2' },
      ],
    });
    expect(answer.status).toBe(200);
    expectMatchesSchema('formation', answer.body);
    expect(answer.body).toMatchObject([
      { type: 'web', quantity: 10, size: 'Standard-1X', command: 'npm start' },
      { type: 'worker', quantity: 2 },
    ]);
    expect(logOf(fixture)).toEqual([
      'app[api]: Scaled to web@10:Standard-1X worker@2:Standard-1X by user me@example.com',
    ]);
    expect(fixture.nudged).toHaveLength(1);
    expect((await call('GET', '/apps/shop/releases')).body).toHaveLength(3);
  });

  test('one bad update spoils the batch', async () => {
    const refused = await call('PATCH', '/apps/shop/formation', {
      updates: [
        { type: 'web', quantity: 5 },
        { type: 'clock', quantity: 1 },
      ],
    });
    expect(refused).toMatchObject({
      status: 404,
      body: { id: 'not_found', message: "Couldn't find that process type (clock)." },
    });
    expect(await quantities()).toEqual({ web: '1:Standard-1X', worker: '0:Standard-1X' });
    expect(logOf(fixture)).toEqual([]);
  });

  test('a scale that changes nothing writes nothing', async () => {
    const before = (await call('GET', '/apps/shop')).body;
    fixture.clock.advance(60_000);
    const same = await call('PATCH', '/apps/shop/formation', { updates: [{ type: 'web', quantity: '1' }] });
    expect(same).toMatchObject({ status: 200, body: [{ quantity: 1 }, { quantity: 0 }] });
    expect((await call('GET', '/apps/shop')).body).toEqual(before);
    expect([logOf(fixture), fixture.nudged]).toEqual([[], []]);
  });

  test.each([
    { name: 'size', body: { size: 'standard-2X' } },
    { name: 'dyno_size by name', body: { dyno_size: { name: 'Standard-2X' } } },
    { name: 'dyno_size as text', body: { dyno_size: 'standard-2x' } },
  ])('a process type is resized by $name', async ({ body }) => {
    const resized = await call('PATCH', '/apps/shop/formation/web', body);
    expect(resized).toMatchObject({
      status: 200,
      body: { type: 'web', quantity: 1, dyno_size: { name: 'Standard-2X' } },
    });
    expectMatchesSchema('formation', resized.body);
    const info = await call('GET', `/apps/shop/formation/${resized.body.id}`);
    expect(info.body).toEqual(resized.body);
  });

  test('a process type is resized by the id of a size', async () => {
    const { id } = (await call('GET', '/dyno-sizes/standard-2x')).body;
    expect((await call('PATCH', '/apps/shop/formation/web', { dyno_size: { id } })).body.size).toBe('Standard-2X');
  });

  test.each([
    { name: 'no updates', path: '', body: {}, message: 'Missing required field `updates`.' },
    { name: 'an update without a type', path: '', body: { updates: [{ quantity: 1 }] }, message: /`updates.0.type`/ },
    { name: 'a list for a quantity', path: '/web', body: { quantity: [1] }, message: /`quantity`/ },
    { name: 'a huge quantity', path: '/web', body: { quantity: 1e21 }, message: /quantity of web must be a whole/ },
    { name: 'more than an app may have', path: '/web', body: { quantity: 101 }, message: /more than 100 dynos/ },
  ])('refuses $name', async ({ path, body, message }) => {
    const refused = await call('PATCH', `/apps/shop/formation${path}`, body);
    expect(refused.status).toBe(422);
    expect(refused.body.message).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
  });

  test('parallel relative changes all count', async () => {
    await Promise.all(
      Array.from({ length: 20 }, () => call('PATCH', '/apps/shop/formation/worker', { quantity: '+1' })),
    );
    expect(await quantities()).toMatchObject({ worker: '20:Standard-1X' });
  });

  test('a new app has no formation to scale', async () => {
    await call('POST', '/apps', { name: 'blank' });
    expect((await call('GET', '/apps/blank/formation')).body).toEqual([]);
    const refused = await call('PATCH', '/apps/blank/formation', { updates: [{ type: 'web', quantity: '1' }] });
    expect(refused).toMatchObject({ status: 404, body: { message: "Couldn't find that process type (web)." } });
  });
});
