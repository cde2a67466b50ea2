import { openLogSession } from '../../core/log/log-session.ts';
import { type ApiFixture, openApiFixture, type Principal } from './api-fixture.ts';
import { expectMatchesSchema } from './published-schema.ts';

describe('log sessions', () => {
  let fixture: ApiFixture;
  let me: Principal;
  let appId: string;
  beforeEach(async () => {
    fixture = await openApiFixture();
    me = await fixture.principal('me@example.com');
    appId = (await fixture.request('POST', '/apps', { token: me.token, body: { name: 'shop' } })).body.id;
  });
  afterEach(() => fixture.close());
  const create = (body: unknown) => fixture.request('POST', '/apps/shop/log-sessions', { token: me.token, body });
  const opened = (url: string) =>
    openLogSession(fixture.platform, url.replace(`${fixture.platform.urls.api}/logs/`, ''));

  test.each([
    { name: 'nothing asked for', body: {}, session: { filter: {}, lines: 100, tail: false } },
    {
      name: 'what the CLI sends',
      body: { dyno: 'web.1', source: 'app', lines: 20, tail: true },
      session: { filter: { process: 'web.1', source: 'app' }, lines: 20, tail: true },
    },
    { name: 'the documented keys', body: { dyno_name: 'web.2' }, session: { filter: { process: 'web.2' } } },
    { name: 'a process type', body: { type: 'worker' }, session: { filter: { process: 'worker' } } },
    { name: 'more lines than are kept', body: { lines: 99_999 }, session: { lines: 1_500 } },
    { name: 'empty filters', body: { dyno: '', source: null }, session: { filter: {} } },
  ])('$name', async ({ body, session }) => {
    const answer = await create(body);
    expect(answer.status).toBe(201);
    expectMatchesSchema('log-session', answer.body);
    expect(opened(answer.body.logplex_url)).toMatchObject({ appId, ...session });
  });

  test.each([{ lines: 0 }, { lines: 1.5 }, { lines: '20' }, { tail: 'yes' }, { dyno: 'x'.repeat(500) }])(
    'refuses %j',
    async (body) => {
      const message = expect.stringContaining(`\`${Object.keys(body)}\``);
      expect(await create(body)).toMatchObject({ status: 422, body: { id: 'invalid_params', message } });
    },
  );

  test('the URL expires and cannot be made up', async () => {
    const url = (await create({})).body.logplex_url;
    expect(opened(`${url}x`)).toBeUndefined();
    fixture.clock.advance(300_000);
    expect(opened(url)).toBeUndefined();
  });
});
