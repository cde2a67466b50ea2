import { A_UUID, invalid, later, missing, NOW, whole } from './answers.ts';
import { type ApiFixture, openApiFixture, type Principal } from './api-fixture.ts';
import { deploy } from './deploy.ts';

let fixture: ApiFixture;
let me: Principal;
let app: { id: string; name: string };
beforeEach(async () => {
  fixture = await openApiFixture();
  me = await fixture.principal('me@example.com');
  const { id, name } = (await call('POST', '/apps', { name: 'shop' })).body;
  app = { id, name };
  await deploy(fixture, me, 'shop', { processTypes: { web: 'npm start', worker: 'node worker.js' } });
});
afterEach(() => fixture.close());
const call = (method: string, path: string, body?: unknown) =>
  fixture.request(method, path, { token: me.token, ...(body === undefined ? {} : { body }) });
const WRONG_TEXT = 'expected string, received number.';
const processType = (type: string) => ({
  status: 404,
  body: { id: 'not_found', message: `Couldn't find that process type (${type}).`, resource: 'formation' },
});

describe('a formation', () => {
  const sizes = { 1: '5d6e0000-0000-4000-8000-000000000003', 2: '5d6e0000-0000-4000-8000-000000000004' };
  const entry = (type: string, quantity: number, kind: 1 | 2 = 1, changes: object = {}) => ({
    app,
    command: type === 'web' ? 'npm start' : 'node worker.js',
    created_at: NOW,
    dyno_size: { id: sizes[kind], name: `Standard-${kind}X` },
    id: A_UUID,
    quantity,
    size: `Standard-${kind}X`,
    type,
    updated_at: NOW,
    ...changes,
  });

  test('is shown whole, and each process type by its name or its id', async () => {
    const { status, body } = await call('GET', '/apps/shop/formation');
    expect(status).toBe(200);
    expect(body).toHaveLength(2);
    expect(body).toEqual(expect.arrayContaining([entry('web', 1), entry('worker', 0)]));
    for (const shown of body) {
      for (const identity of [shown.type, shown.id]) {
        expect(whole(await call('GET', `/apps/shop/formation/${identity}`))).toEqual({ status: 200, body: shown });
      }
    }
  });

  const changed = { updated_at: later(1_000) };
  test.each([
    { update: { quantity: 3 }, after: () => entry('web', 3, 1, changed) },
    { update: { quantity: '+2' }, after: () => entry('web', 3, 1, changed) },
    { update: { quantity: null, size: null, dyno_size: null }, after: () => entry('web', 1) },
    { update: {}, after: () => entry('web', 1) },
    { update: { size: 'standard-2x', quantity: 0 }, after: () => entry('web', 0, 2, changed) },
    { update: { dyno_size: 'standard-2x' }, after: () => entry('web', 1, 2, changed) },
    { update: { dyno_size: { name: 'Standard-2X' } }, after: () => entry('web', 1, 2, changed) },
    { update: { dyno_size: { id: sizes[2] } }, after: () => entry('web', 1, 2, changed) },
    { update: { dyno_size: { id: sizes[2], name: 'Eco' }, size: 'basic' }, after: () => entry('web', 1, 2, changed) },
    { update: { dyno_size: { name: 'standard-2x' }, size: 'basic' }, after: () => entry('web', 1, 2, changed) },
    { update: { dyno_size: {}, size: 'standard-2x' }, after: () => entry('web', 1, 2, changed) },
  ])('of which web gets $update is answered as it is then', async ({ update, after }) => {
    fixture.clock.advance(1_000);
    const one = await call('PATCH', '/apps/shop/formation/web', update);
    expect(whole(one)).toEqual({ status: 200, body: after() });
    const all = await call('PATCH', '/apps/shop/formation', { updates: [{ type: 'worker', quantity: 2 }] });
    expect(whole(all)).toEqual({ status: 200, body: [one.body, entry('worker', 2, 1, changed)] });
  });

  const quantity = 'expected a number or a text such as "+1"';
  const size = 'expected the name of a size, or an object with its name or id';
  test.each([
    { update: { quantity: [1] }, message: `Invalid value for \`quantity\`: ${quantity}.` },
    { update: { size: 7 }, message: `Invalid value for \`size\`: ${WRONG_TEXT}` },
    { update: { dyno_size: 7 }, message: `Invalid value for \`dyno_size\`: ${size}.` },
    { update: { dyno_size: { name: 7 } }, message: `Invalid value for \`dyno_size\`: ${size}.` },
    { update: { dyno_size: { id: 7 } }, message: `Invalid value for \`dyno_size\`: ${size}.` },
    { update: { size: 'huge' }, message: 'size "huge" is not a dyno size.' },
    { update: { quantity: -1 }, message: 'quantity of web must not be less than 0.' },
    {
      update: { quantity: 'many' },
      message: 'quantity of web must be a whole number, or one with a sign such as "+1" or "-1".',
    },
    { update: { quantity: 101 }, message: 'Cannot update to more than 100 dynos per app.' },
  ])('of which web gets $update is refused, and stays', async ({ update, message }) => {
    const before = (await call('GET', '/apps/shop/formation')).body;
    expect(whole(await call('PATCH', '/apps/shop/formation/web', update))).toEqual(invalid(message));
    const inBatch = message.replace('for `', 'for `updates.0.');
    const updates = [{ type: 'web', ...update }];
    expect(whole(await call('PATCH', '/apps/shop/formation', { updates }))).toEqual(invalid(inBatch));
    expect((await call('GET', '/apps/shop/formation')).body).toEqual(before);
  });

  test('a batch names each process type, and at most 500', async () => {
    const updates = (count: number) => Array.from({ length: count }, () => ({ type: 'web', quantity: 2 }));
    expect((await call('PATCH', '/apps/shop/formation', { updates: updates(500) })).status).toBe(200);
    for (const [body, message] of [
      [{ updates: updates(501) }, 'Invalid value for `updates`: Too big: expected array to have <=500 items.'],
      [{}, 'Missing required field `updates`.'],
      [{ updates: [{}] }, 'Missing required field `updates.0.type`.'],
    ]) {
      expect(whole(await call('PATCH', '/apps/shop/formation', body))).toEqual(invalid(message as string));
    }
  });

  test('has no process type that was never declared', async () => {
    const path = '/apps/shop/formation/clock';
    expect(whole(await call('GET', path))).toEqual(processType('clock'));
    expect(whole(await call('PATCH', path, { quantity: 1 }))).toEqual(processType('clock'));
    const updates = [{ type: 'clock', quantity: 1 }];
    expect(whole(await call('PATCH', '/apps/shop/formation', { updates }))).toEqual(processType('clock'));
    expect(whole(await call('DELETE', '/apps/shop/formations/clock'))).toEqual(processType('clock'));
    expect(whole(await call('POST', '/apps/shop/formations/clock/actions/stop'))).toEqual(processType('clock'));
  });
});

describe('a one-off dyno', () => {
  const dyno = (changes: object = {}) => ({
    app,
    attach_url: null,
    command: 'bash',
    created_at: NOW,
    id: A_UUID,
    name: expect.stringMatching(/^run\.[1-9]\d{3}$/),
    release: { id: A_UUID, version: 3 },
    size: 'Standard-1X',
    state: 'starting',
    type: 'run',
    updated_at: NOW,
    ...changes,
  });
  const attached = { attach_url: expect.stringMatching(/^rendezvous:\/\/localhost:5000\/\S+$/) };

  test.each([
    { asked: {}, made: {} },
    {
      asked: { attach: null, env: null, force_no_tty: null, size: null, type: null, time_to_live: null },
      made: {},
    },
    { asked: { attach: false, env: { A: 'x', B: 1, C: true } }, made: {} },
    { asked: { attach: true }, made: attached },
    { asked: { attach: true, force_no_tty: true }, made: attached },
    { asked: { size: 'standard-2x' }, made: { size: 'Standard-2X' } },
    {
      asked: { type: 'job', time_to_live: 1 },
      made: { type: 'job', name: expect.stringMatching(/^job\.[1-9]\d{3}$/) },
    },
  ])('asked for with $asked is answered whole, and later without its terminal', async ({ asked, made }) => {
    const created = await call('POST', '/apps/shop/dynos', { command: 'bash', ...asked });
    expect(whole(created)).toEqual({ status: 201, body: dyno(made) });
    const shown = { ...created.body, attach_url: null };
    for (const identity of [shown.id, shown.name]) {
      expect(whole(await call('GET', `/apps/shop/dynos/${identity}`))).toEqual({ status: 200, body: shown });
    }
    expect(whole(await call('GET', '/apps/shop/dynos'))).toEqual({ status: 200, body: [shown] });
  });

  test.each([
    { asked: { command: undefined }, message: 'Missing required field `command`.' },
    { asked: { command: ' ' }, message: 'command must not be empty.' },
    { asked: { attach: 1 }, message: 'Invalid value for `attach`: expected boolean, received number.' },
    { asked: { force_no_tty: 1 }, message: 'Invalid value for `force_no_tty`: expected boolean, received number.' },
    { asked: { size: 7 }, message: `Invalid value for \`size\`: ${WRONG_TEXT}` },
    { asked: { type: 7 }, message: `Invalid value for \`type\`: ${WRONG_TEXT}` },
    { asked: { time_to_live: '1' }, message: 'Invalid value for `time_to_live`: expected number, received string.' },
    { asked: { env: [] }, message: 'Invalid value for `env`: expected record, received array.' },
    {
      asked: { env: { A: null } },
      message: 'Invalid value for `env.A`: expected a text, a number or a boolean.',
    },
    { asked: { type: 'a b' }, message: 'type must be 1 to 128 letters, digits, dashes and underscores.' },
    { asked: { time_to_live: 0 }, message: 'time_to_live must be a whole number of seconds from 1 to 86400.' },
    { asked: { size: 'huge' }, message: 'size "huge" is not a dyno size.' },
  ])('asked for with $asked is refused', async ({ asked, message }) => {
    expect(whole(await call('POST', '/apps/shop/dynos', { command: 'bash', ...asked }))).toEqual(invalid(message));
    expect((await call('GET', '/apps/shop/dynos')).body).toEqual([]);
  });
});

test('what is accepted is answered at once, and what is not there is not found', async () => {
  const accepted = { status: 202, body: {} };
  for (const [method, path, answer] of [
    ['DELETE', '/dynos', accepted],
    ['DELETE', '/dynos/web.1', accepted],
    ['POST', '/dynos/web.1/actions/stop', accepted],
    ['DELETE', '/formations/web', accepted],
    ['POST', '/formations/web/actions/stop', accepted],
    ['GET', '/dynos/web.9', missing('dyno')],
    ['DELETE', '/dynos/web.9', missing('dyno')],
    ['POST', '/dynos/web.9/actions/stop', missing('dyno')],
  ] as const) {
    expect(whole(await call(method, `/apps/shop${path}`))).toEqual(answer);
  }
});

test.each([
  { body: { cycling: 'no' }, message: 'Invalid value for `cycling`: expected boolean, received string.' },
  {
    body: { memory_threshold_percent: 'x' },
    message: 'Invalid value for `memory_threshold_percent`: expected number, received string.',
  },
  { body: { cycle_window: 'x' }, message: 'Invalid value for `cycle_window`: expected object, received string.' },
  ...['start', 'end', 'time_zone'].map((field) => ({
    body: { cycle_window: { start: '02:00', end: '05:00', time_zone: 'UTC', [field]: undefined } },
    message: `Missing required field \`cycle_window.${field}\`.`,
  })),
])('the dyno manager is not told $body', async ({ body, message }) => {
  expect(whole(await call('PATCH', '/apps/shop/dyno-manager', body))).toEqual(invalid(message));
});

test('the settings of the dyno manager are answered whole', async () => {
  const still = { last_pass_at: null, next_pass_at: null, waiting_for: [], failures: null };
  const now = { next_pass_at: '2026-01-01T00:00:00Z' };
  const settings = { cycle_window: { start: '22:30', end: '05:00', time_zone: 'Europe/Berlin' }, cycling: false };
  const body = {
    app,
    ...settings,
    memory_threshold_percent: 90,
    rollouts: [],
    reconcilers: [
      { ...still, name: 'dyno-manager', ...now, waiting_for: ['a pass over what has changed since the last one'] },
      { ...still, name: 'recurring-jobs', ...now, waiting_for: ['the jobs of the current release to be read'] },
      { ...still, name: 'certificates' },
      { ...still, name: 'events', ...now, waiting_for: ['events to be published'] },
    ],
    dynos: [],
  };
  const changed = await call('PATCH', '/apps/shop/dyno-manager', { ...settings, memory_threshold_percent: 90 });
  expect(whole(changed)).toEqual({ status: 200, body });
  expect(whole(await call('GET', '/apps/shop/dyno-manager'))).toEqual({ status: 200, body });
});
