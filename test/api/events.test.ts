import { eventView } from '../../core/records/domain-event.ts';
import { completeReleasePhase } from '../../core/release/complete-release-phase.ts';
import { type ApiFixture, openApiFixture, type Principal } from './api-fixture.ts';
import { deploy, startBuild } from './deploy.ts';

describe('events', () => {
  let fixture: ApiFixture;
  let me: Principal;
  let appId: string;
  const call = (method: string, path: string, body?: unknown) =>
    fixture.request(method, path, { token: me.token, ...(body === undefined ? {} : { body }) });
  /** The events since the last call, in short. */
  const told = () =>
    fixture.events.splice(0).map(({ entity, action, data }) => {
      if ('version' in data) return `${entity} ${action} v${data.version} ${data.status}`;
      return 'state' in data ? `${entity} ${action} ${data.type} ${data.state}` : `${entity} ${action} ${data.status}`;
    });
  beforeEach(async () => {
    fixture = await openApiFixture();
    me = await fixture.principal('me@example.com');
    appId = (await call('POST', '/apps', { name: 'shop' })).body.id;
    fixture.events.length = 0;
  });
  afterEach(() => fixture.close());

  test('of config vars: a release, and none where nothing changes', async () => {
    await call('PATCH', '/apps/shop/config-vars', { A: '1' });
    expect(fixture.events.map(eventView)).toEqual([
      {
        id: expect.any(String),
        resource: 'api:release',
        action: 'create',
        published_at: '2026-01-01T00:00:00Z',
        app: { id: appId, name: 'shop' },
        data: { id: expect.any(String), version: 3, description: 'Set A config vars', status: 'succeeded' },
      },
    ]);
    told();
    await call('PATCH', '/apps/shop/config-vars', { A: '1' });
    expect(told()).toEqual([]);
  });

  test('of a build that succeeds, that fails, and that is canceled', async () => {
    await deploy(fixture, me, 'shop', { processTypes: { web: 'npm start' } });
    expect(told()).toEqual([
      'api:build create pending',
      'api:release create v3 succeeded',
      'api:build update succeeded',
    ]);
    const build = await startBuild(fixture, me.token, 'shop');
    await call('DELETE', `/apps/shop/builds/${build.id}`);
    expect(told()).toEqual(['api:build create pending', 'api:build update failed']);
  });

  test.each([{ outcome: 'succeeded' as const }, { outcome: 'failed' as const }])(
    'of a release command that has $outcome',
    async ({ outcome }) => {
      await deploy(fixture, me, 'shop', { processTypes: { release: 'npm run migrate' } });
      expect(told()).toContain('api:release create v3 pending');
      await completeReleasePhase(fixture.platform, appId, 3, outcome);
      await completeReleasePhase(fixture.platform, appId, 3, outcome);
      expect(told()).toEqual([`api:release update v3 ${outcome}`]);
    },
  );

  test('of a rollback and of a one-off dyno', async () => {
    await deploy(fixture, me, 'shop', { processTypes: { web: 'npm start' } });
    told();
    await call('POST', '/apps/shop/releases', { release: 'v3' });
    await call('POST', '/apps/shop/dynos', { command: 'node job.js' });
    expect(told()).toEqual(['api:release create v4 succeeded', 'dyno create run starting']);
  });

  test('say nothing of values, commands and users', async () => {
    await call('PATCH', '/apps/shop/config-vars', { A: 'p4ssword' });
    await deploy(fixture, me, 'shop', { processTypes: { web: 'npm --token=t0ken' } });
    await call('POST', '/apps/shop/dynos', { command: 'echo s3cret', env: { B: 'hidd3n' } });
    expect(fixture.events.length).toBeGreaterThan(3);
    expect(JSON.stringify(fixture.events)).not.toMatch(/p4ssword|t0ken|s3cret|hidd3n|me@example/);
  });
});
