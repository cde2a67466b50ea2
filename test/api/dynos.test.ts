import { type App, appKey } from '../../core/records/app.ts';
import { DYNO_PREFIX, type Dyno, dynoContext, dynoKey } from '../../core/records/dyno.ts';
import { fieldsOf } from '../dyno-fields.ts';
import { stored, storedList } from '../stored.ts';
import { type ApiFixture, openApiFixture, type Principal, START_MS } from './api-fixture.ts';
import { deploy, logOf } from './deploy.ts';
import { expectMatchesSchema } from './published-schema.ts';

describe('dynos', () => {
  let fixture: ApiFixture;
  let me: Principal;
  let appId: string;
  beforeEach(async () => {
    fixture = await openApiFixture();
    me = await fixture.principal('me@example.com');
    appId = (await call('POST', '/apps', { name: 'shop' })).body.id;
  });
  afterEach(() => fixture.close());
  const call = (method: string, path: string, body?: unknown) =>
    fixture.request(method, path, { token: me.token, ...(body === undefined ? {} : { body }) });
  const release = () => deploy(fixture, me, 'shop', { processTypes: { web: 'npm start', worker: 'node worker.js' } });
  const run = (body: unknown) => call('POST', '/apps/shop/dynos', body);
  const records = async () =>
    (await storedList<Dyno>(fixture.platform.store, { partition: `app#${appId}`, prefix: DYNO_PREFIX })).map(
      ({ value }) => value,
    );
  const restarts = async () => (await stored<App>(fixture.platform.store, appKey(appId)))?.value.restarts;
  /** Stores a dyno as the dyno manager would. */
  const put = async (dyno: Dyno) => {
    await fixture.platform.store.transact([{ kind: 'put', key: dynoKey(appId, dyno.id), value: dyno, expect: 'any' }]);
  };
  const formationDyno = async (name: string): Promise<Dyno> => {
    await run({ command: 'x' });
    const [model] = await records();
    if (model === undefined) throw new Error('no dyno');
    const [type = ''] = name.split('.');
    await fixture.platform.store.transact([{ kind: 'delete', key: dynoKey(appId, model.id), expect: 'any' }]);
    const dyno: Dyno = { ...model, id: fixture.platform.ids.uuid(), name, type, kind: 'formation', state: 'up' };
    await put(dyno);
    return dyno;
  };

  test('before any code is released nothing can run', async () => {
    expect(await run({ command: 'bash' })).toMatchObject({ status: 409, body: { id: 'conflict' } });
  });

  test('is told as changed when its state changed, whatever else was noted of it since', async () => {
    await release();
    const dyno = await formationDyno('web.1');
    await put({ ...dyno, stateChangedAtMs: START_MS + 1_000, updatedAtMs: START_MS + 60_000 });
    const { body } = await call('GET', '/apps/shop/dynos/web.1');
    expect(body.updated_at).toBe(new Date(START_MS + 1_000).toISOString().replace('.000', ''));
  });

  test('an attached one-off gets a URL that opens just its terminal', async () => {
    await release();
    const created = await run({ command: 'bash', attach: true, env: { TERM: 'xterm', COLUMNS: 120, LINES: 40 } });
    expect(created.status).toBe(201);
    expectMatchesSchema('dyno', created.body);
    expect(created.body).toMatchObject({
      name: expect.stringMatching(/^run\.[1-9]\d{3}$/),
      type: 'run',
      state: 'starting',
      size: 'Standard-1X',
      command: 'bash',
      release: { version: 3 },
    });
    const token = created.body.attach_url.replace('rendezvous://localhost:5000/', '');
    expect(fixture.platform.signer.verify('rendezvous', token, fixture.clock.nowMs())).toBe(
      `${appId}/${created.body.id}`,
    );
    const soon = fixture.clock.nowMs() + 120_000;
    expect(fixture.platform.signer.verify('rendezvous', token, soon - 1)).toBeDefined();
    expect(fixture.platform.signer.verify('rendezvous', token, soon)).toBeUndefined();
    const [record] = await records();
    expect(fieldsOf(record)?.attach).toEqual({ terminal: true, columns: 120, rows: 40 });
    const env = await fixture.platform.vault.open(
      fieldsOf(record)?.sealedEnvironment ?? '',
      dynoContext(appId, created.body.id),
    );
    expect(env).toEqual({ TERM: 'xterm', COLUMNS: '120', LINES: '40' });
    expect(logOf(fixture).at(-1)).toBe('app[api]: Starting process with command `bash` by user me@example.com');
    // Permission to list dynos does not open their terminals.
    const info = await call('GET', `/apps/shop/dynos/${created.body.name}`);
    expect(info.body).toEqual({ ...created.body, attach_url: null });
    expect((await call('GET', '/apps/shop/dynos')).body).toEqual([info.body]);
  });

  test.each([
    { name: 'detached', body: { command: 'node job.js' }, expected: { command: 'node job.js' } },
    { name: 'of a process type', body: { command: 'worker --once' }, expected: { command: 'node worker.js --once' } },
    { name: 'with a type of its own', body: { command: 'x', type: 'scheduler' }, expected: { type: 'scheduler' } },
    { name: 'with a size', body: { command: 'x', size: 'performance-m' }, expected: { size: 'Performance-M' } },
    { name: 'with an end', body: { command: 'x', time_to_live: 86_400 }, expected: { timeToLiveSeconds: 86_400 } },
    {
      name: 'attached without a terminal',
      body: { command: 'x', attach: true, force_no_tty: true, env: { COLUMNS: 'wide', LINES: -1 } },
      expected: { attach: { terminal: false, columns: 80, rows: 24 } },
    },
  ])('a one-off $name', async ({ body, expected }) => {
    await release();
    expect((await run(body)).status).toBe(201);
    expect(await records()).toMatchObject([{ kind: 'one-off', attempt: 1, ...expected }]);
  });

  test.each([
    { name: 'no command', body: {}, message: 'Missing required field `command`.' },
    { name: 'an empty command', body: { command: ' ' }, message: /command must not be empty/ },
    { name: 'an endless command', body: { command: 'x'.repeat(40_000) }, message: /command must not be longer/ },
    { name: 'a null byte', body: { command: 'a\0b' }, message: /null byte/ },
    { name: 'a list of arguments', body: { command: ['a'] }, message: /`command`/ },
    { name: 'an object in env', body: { command: 'x', env: { A: {} } }, message: /`env.A`/ },
    {
      name: 'a bad name in env',
      body: { command: 'x', env: { 'A;B': '1' } },
      message: /Config var key "A;B" is invalid/,
    },
    { name: 'no seconds to live', body: { command: 'x', time_to_live: 0 }, message: /time_to_live/ },
    { name: 'more than a day to live', body: { command: 'x', time_to_live: 86_401 }, message: /time_to_live/ },
    { name: 'a bad type', body: { command: 'x', type: '../x' }, message: /type must be/ },
    { name: 'an unknown size', body: { command: 'x', size: 'huge' }, message: /not a dyno size/ },
    {
      name: 'a size of another tier family',
      body: { command: 'x', size: 'eco' },
      message: /Cannot mix Eco and Standard-1X/,
    },
  ])('refuses $name', async ({ body, message }) => {
    await release();
    const refused = await run(body);
    expect(refused.status).toBe(422);
    expect(refused.body.message).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
    expect(await records()).toEqual([]);
  });

  test('the limit is that of the tier, whatever sizes its one-offs have', async () => {
    await release();
    for (const size of ['performance-l', 'performance-m', 'performance-l', 'performance-m', 'performance-l']) {
      expect((await run({ command: 'x', size })).status).toBe(201);
    }
    for (const [size, name] of [
      ['performance-m', 'Performance-M'],
      ['performance-l', 'Performance-L'],
    ]) {
      expect(await run({ command: 'x', size })).toMatchObject({
        status: 422,
        body: { message: `Cannot run more than 5 ${name} size dynos.` },
      });
    }
    expect((await run({ command: 'x', size: 'standard-1x' })).status).toBe(201);
  });

  test('at most five Performance one-offs run at the same time', async () => {
    await release();
    const tries = await Promise.all(Array.from({ length: 8 }, () => run({ command: 'x', size: 'performance-l' })));
    expect(tries.filter(({ status }) => status === 201)).toHaveLength(5);
    expect(tries.find(({ status }) => status !== 201)?.body.message).toBe(
      'Cannot run more than 5 Performance-L size dynos.',
    );
    const running = await records();
    expect(new Set(running.map(({ name }) => name)).size).toBe(5);
    // A dyno that is stopping makes room.
    if (running[0] !== undefined) await put({ ...running[0], state: 'stopping' });
    expect((await run({ command: 'x', size: 'performance-l' })).status).toBe(201);
  });

  test('dynos of the formation take no room from one-offs', async () => {
    await release();
    const model = await formationDyno('web.1');
    for (let number = 1; number <= 6; number += 1) {
      await put({ ...model, id: fixture.platform.ids.uuid(), name: `web.${number}`, number, size: 'Performance-L' });
    }
    expect((await run({ command: 'x', size: 'performance-l' })).status).toBe(201);
  });

  test.each([
    { name: 'all', method: 'DELETE', path: '/dynos', byScope: { '*': 1 } },
    { name: 'a type', method: 'DELETE', path: '/formations/web', byScope: { web: 1 } },
    { name: 'a dyno', method: 'DELETE', path: '/dynos/web.1', byScope: { 'web.1': 1 } },
    { name: 'by stopping a type', method: 'POST', path: '/formations/web/actions/stop', byScope: { web: 1 } },
    { name: 'by stopping a dyno', method: 'POST', path: '/dynos/web.1/actions/stop', byScope: { 'web.1': 1 } },
  ])('restarting: $name', async ({ method, path, byScope }) => {
    await release();
    await formationDyno('web.1');
    fixture.nudged.length = 0;
    expect(await call(method, `/apps/shop${path}`)).toMatchObject({ status: 202, body: {} });
    expect(await restarts()).toEqual({ last: 1, byScope });
    expect(fixture.nudged).toEqual([appId]);
  });

  test('a restart of a type concerns no other type whose name begins the same', async () => {
    await deploy(fixture, me, 'shop', { processTypes: { web: 'a', webhook: 'b' } });
    await call('PATCH', '/apps/shop/formation/webhook', { quantity: 1 });
    await call('DELETE', '/apps/shop/dynos/webhook.1');
    await call('DELETE', '/apps/shop/dynos/web.1');
    await call('DELETE', '/apps/shop/formations/web');
    expect(await restarts()).toEqual({ last: 3, byScope: { 'webhook.1': 1, web: 3 } });
    await call('DELETE', '/apps/shop/dynos');
    expect(await restarts()).toEqual({ last: 4, byScope: { '*': 4 } });
  });

  test('a dyno is restarted by its id too, and before its record is written', async () => {
    await release();
    const dyno = await formationDyno('worker.1');
    expect((await call('DELETE', `/apps/shop/dynos/${dyno.id}`)).status).toBe(202);
    expect((await call('DELETE', '/apps/shop/dynos/web.1')).status).toBe(202);
    expect(await restarts()).toEqual({ last: 2, byScope: { 'worker.1': 1, 'web.1': 2 } });
    for (const unknown of ['web.2', 'web.0', 'web.01', 'clock.1', 'nonsense', '%00']) {
      const refused = await call('DELETE', `/apps/shop/dynos/${unknown}`);
      expect(refused).toMatchObject({ status: 404, body: { message: "Couldn't find that dyno." } });
    }
    expect(await call('DELETE', '/apps/shop/formations/clock')).toMatchObject({
      status: 404,
      body: { message: "Couldn't find that process type (clock)." },
    });
  });

  test.each([
    { name: 'stop', method: 'POST', suffix: '/actions/stop' },
    { name: 'restart', method: 'DELETE', suffix: '' },
  ])('to $name a one-off is to ask it to end', async ({ method, suffix }) => {
    await release();
    const { name } = (await run({ command: 'x' })).body;
    expect((await call(method, `/apps/shop/dynos/${name}${suffix}`)).status).toBe(202);
    expect(await records()).toMatchObject([{ name, stopRequested: true }]);
    expect(await restarts()).toEqual({ last: 0, byScope: {} });
  });

  test('an instance that makes way for a new one is not listed', async () => {
    await release();
    const old = await formationDyno('web.1');
    await put({ ...old, id: fixture.platform.ids.uuid(), createdAtMs: old.createdAtMs + 1, state: 'starting' });
    await put({ ...old, state: 'stopping' });
    expect((await call('GET', '/apps/shop/dynos')).body).toMatchObject([{ name: 'web.1', state: 'starting' }]);
    // A dyno that was scaled away has no successor, and no longer exists.
    await put({ ...old, id: fixture.platform.ids.uuid(), name: 'worker.1', type: 'worker', state: 'stopping' });
    expect((await call('GET', '/apps/shop/dynos/worker.1')).status).toBe(404);
    // While the old one still serves, the API shows the new one.
    await put(old);
    expect((await call('GET', '/apps/shop/dynos')).body).toMatchObject([{ name: 'web.1', state: 'starting' }]);
  });
});
