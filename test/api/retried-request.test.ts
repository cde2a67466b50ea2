import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type Route, route } from '../../api/route.ts';
import { routes as realRoutes } from '../../api/routes.ts';
import type { Failure } from '../../core/failure.ts';
import { err, ok } from '../../core/result.ts';
import { type ApiFixture, openApiFixture, type Principal } from './api-fixture.ts';

describe('a repeated POST', () => {
  let fixture: ApiFixture;
  let me: Principal;
  let worked: number;
  let failing: boolean;
  let refusal: Failure | undefined;
  let slowMs: number;
  const counting: Route = route({
    method: 'POST',
    path: '/work',
    permission: 'account',
    body: z.object({ for: z.string().optional() }),
    handle: async ({ body }) => {
      worked += 1;
      const number = worked;
      await sleep(slowMs);
      if (failing) throw new Error('broken machine');
      if (refusal !== undefined) return err(refusal);
      return ok({ status: 201, body: { number, for: body.for }, headers: { 'X-Extra': 'kept' } });
    },
  });
  const counted: Route = route({
    method: 'PATCH',
    path: '/counted',
    permission: 'account',
    body: z.object({ quantity: z.number() }),
    handle: async () => {
      worked += 1;
      return ok({ body: { number: worked } });
    },
  });
  beforeEach(async () => {
    worked = 0;
    slowMs = 0;
    failing = false;
    refusal = undefined;
    fixture = await openApiFixture({ routes: [...realRoutes, counting, counted] });
    me = await fixture.principal('me@example.com');
  });
  afterEach(() => fixture.close());
  const post = (id: string | undefined, body: unknown = {}, path = '/work', token = me.token) =>
    fixture.request('POST', path, { token, body, headers: id === undefined ? {} : { 'request-id': id } });

  test('gets the first answer, with its status and headers', async () => {
    const first = await post('a,older');
    const again = await post('a,other,older');
    expect(again).toMatchObject({ status: 201, body: first.body });
    expect(again.headers.get('x-extra')).toBe('kept');
    expect(again.headers.get('request-id')).not.toBe(first.headers.get('request-id'));
    expect(worked).toBe(1);
  });

  test.each([
    { name: 'another id', second: () => post('b') },
    { name: 'no id', second: () => post(undefined) },
    { name: 'another body', second: () => post('a', { for: 'you' }) },
    { name: 'another query', second: () => post('a', {}, '/work?x=1') },
  ])('with $name is another request', async ({ second }) => {
    await post('a');
    expect((await second()).body.number).toBe(2);
  });

  test('of another account is another request', async () => {
    const other = await fixture.principal('other@example.com');
    await post('a');
    expect((await post('a', {}, '/work', other.token)).body.number).toBe(2);
  });

  test('that arrives while the first one works waits for its answer', async () => {
    slowMs = 50;
    const answers = await Promise.all(Array.from({ length: 6 }, () => post('a')));
    expect(answers.map(({ body }) => body.number)).toEqual(Array(6).fill(1));
    expect(worked).toBe(1);
  });

  test('is worked on anew after an exception', async () => {
    failing = true;
    expect((await post('a')).status).toBe(500);
    failing = false;
    expect((await post('a')).status).toBe(201);
  });

  test.each([
    { name: 'refused as invalid', failure: { id: 'invalid_params', message: 'no' }, status: 422 },
    { name: 'not found', failure: { id: 'not_found', message: 'no' }, status: 404 },
    { name: 'in conflict', failure: { id: 'conflict', message: 'no' }, status: 409 },
    { name: 'forbidden', failure: { id: 'forbidden', message: 'no' }, status: 403 },
  ] as const)('that was $name is judged anew, by what is so by then', async ({ failure, status }) => {
    refusal = failure;
    expect((await post('a')).status).toBe(status);
    expect((await post('a')).status).toBe(status);
    expect(worked).toBe(2);
    refusal = undefined;
    expect((await post('a')).body.number).toBe(3);
    // From here on the answer is kept.
    refusal = failure;
    expect(await post('a')).toMatchObject({ status: 201, body: { number: 3 } });
  });

  test('that was refused by the state of the platform is allowed by another one', async () => {
    const domain = { hostname: 'www.example.com', sni_endpoint: null };
    await fixture.request('POST', '/apps', { token: me.token, body: { name: 'first' } });
    await fixture.request('POST', '/apps', { token: me.token, body: { name: 'second' } });
    await post('x', domain, '/apps/first/domains');
    expect((await post('a', domain, '/apps/second/domains')).status).toBe(422);
    await fixture.request('DELETE', '/apps/first/domains/www.example.com', { token: me.token });
    expect((await post('a', domain, '/apps/second/domains')).status).toBe(201);
  });

  test('whose answer cannot be kept has its answer all the same, and the operator is told', async () => {
    const { vault } = fixture.platform;
    const seal = vault.seal.bind(vault);
    vault.seal = async () => {
      vault.seal = seal;
      throw new Error('no key');
    };
    expect(await post('a')).toMatchObject({ status: 201, body: { number: 1 } });
    expect(fixture.reported).toEqual([new Error('no key')]);
  });

  test('of a request that changes nothing by itself is not kept: only a POST is', async () => {
    const put = (quantity: number) =>
      fixture.request('PATCH', '/counted', {
        token: me.token,
        body: { quantity },
        headers: { 'request-id': 'a' },
      });
    expect((await put(1)).body.number).toBe(1);
    expect((await put(1)).body.number).toBe(2);
  });

  test('whose first attempt died with its process is worked on when the lease is over', async () => {
    const { store } = fixture.platform;
    const fingerprint = fixture.platform.ids.sha256('a\n/work\n{}');
    const nowMs = fixture.platform.clock.nowMs();
    await store.transact([
      {
        kind: 'put',
        key: { partition: `account#${me.actor.accountId}`, sort: `request#${fingerprint}` },
        value: { leaseUntilMs: nowMs + 20_000, keptUntilMs: nowMs + 600_000 },
        expect: 'absent',
      },
    ]);
    const waiting = post('a');
    await sleep(20);
    expect(worked).toBe(0);
    fixture.clock.advance(20_000);
    expect((await waiting).status).toBe(201);
  });

  test('is forgotten after ten minutes', async () => {
    await post('a');
    fixture.clock.advance(10 * 60_000);
    expect((await post('a')).body.number).toBe(2);
  });

  test('for a token gets the same token, which is nowhere in clear', async () => {
    const first = await post('a', { description: 'ci' }, '/oauth/authorizations');
    const again = await post('a', { description: 'ci' }, '/oauth/authorizations');
    expect(again.body).toEqual(first.body);
    const items = await fixture.platform.store.list({ partition: `account#${me.actor.accountId}`, prefix: '' });
    expect(items.some(({ sort }) => sort.startsWith('request#'))).toBe(true);
    expect(JSON.stringify(items)).not.toContain(first.body.access_token.token);
  });

  test('for an app makes one app, also when six arrive together', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => post('a', {}, '/apps')));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect((await fixture.request('GET', '/apps', { token: me.token })).body).toHaveLength(1);
  });
});
