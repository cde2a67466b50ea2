import { findDyno, listDynos } from '../../../core/dyno/find-dyno.ts';
import { restartAll, restartDyno, restartType } from '../../../core/dyno/restart-dynos.ts';
import { type RunRequest, runDyno } from '../../../core/dyno/run-dyno.ts';
import { type App, appKey } from '../../../core/records/app.ts';
import { type Dyno, dynoContext, dynoKey } from '../../../core/records/dyno.ts';
import type { FormationEntry } from '../../../core/records/formation.ts';
import { type ApiFixture, openApiFixture, type Principal, START_MS } from '../../api/api-fixture.ts';
import { deploy } from '../../api/deploy.ts';
import { fieldsOf } from '../../dyno-fields.ts';
import { stored } from '../../stored.ts';
import { dyno as record } from '../dyno-manager/records.ts';

let fixture: ApiFixture;
let me: Principal;
let appId: string;
beforeEach(async () => {
  fixture = await openApiFixture();
  me = await fixture.principal('me@example.com');
  appId = (await fixture.request('POST', '/apps', { token: me.token, body: { name: 'shop' } })).body.id;
  await deploy(fixture, me, 'shop', { processTypes: { web: 'npm start', worker: 'node worker.js' } });
  fixture.logLines.length = 0;
  fixture.events.length = 0;
});
afterEach(() => fixture.close());

const run = (request: Partial<RunRequest>) =>
  runDyno(fixture.platform, me.actor, appId, {
    command: 'bash',
    attach: false,
    forceNoTty: false,
    env: {},
    ...request,
  });
const started = async (request: Partial<RunRequest>): Promise<Dyno> => {
  const made = await run(request);
  if (!made.ok) throw new Error(made.error.message);
  return made.value.dyno;
};
const app = async () => (await stored<App>(fixture.platform.store, appKey(appId)))?.value as App;
const put = (dyno: Dyno) =>
  fixture.platform.store.transact([{ kind: 'put', key: dynoKey(appId, dyno.id), value: dyno, expect: 'any' }]);
const resize = async (size: string) => {
  const value = await app();
  const formation = value.formation.map((entry): FormationEntry => ({ ...entry, size }));
  await fixture.platform.store.transact([
    { kind: 'put', key: appKey(appId), value: { ...value, formation }, expect: 'any' },
  ]);
};

test('a one-off dyno of which only the command was said', async () => {
  const release = (await fixture.request('GET', '/apps/shop/releases/3', { token: me.token })).body;
  const made = await run({ command: '  worker --once ' });
  const [dyno] = await listDynos(fixture.platform, appId);
  expect(made).toEqual({ ok: true, value: { dyno } });
  expect(dyno).toEqual({
    id: expect.any(String),
    appId,
    name: `run.${dyno?.number}`,
    type: 'run',
    kind: 'one-off',
    number: expect.any(Number),
    releaseVersion: 3,
    releaseId: release.id,
    size: 'Standard-1X',
    command: 'node worker.js --once',
    state: 'starting',
    attempt: 1,
    stateChangedAtMs: START_MS,
    crashCount: 0,
    restartEpoch: 0,
    createdAtMs: START_MS,
    updatedAtMs: START_MS,
  });
  expect(fixture.logLines).toEqual([
    {
      appId,
      atMs: START_MS,
      source: 'app',
      process: 'api',
      message: 'Starting process with command `node worker.js --once` by user me@example.com',
    },
  ]);
  expect(fixture.events).toEqual([
    {
      id: expect.any(String),
      entity: 'dyno',
      action: 'create',
      atMs: START_MS,
      app: { id: appId, name: 'shop' },
      data: {
        id: dyno?.id,
        name: dyno?.name,
        type: 'run',
        size: 'Standard-1X',
        state: 'starting',
        release: { id: release.id, version: 3 },
      },
    },
  ]);
});

test('what else is asked for is kept, and the environment sealed', async () => {
  await restartAll(fixture.platform, appId);
  const job = { id: 'run-1', name: 'clean', scheduledAtMs: 5, cause: 'manual' } as const;
  const env = { A: 'x', COUNT: 7, ON: true };
  const dyno = await started({ type: 'a-b_1', size: '2x', timeToLiveSeconds: 60, job, env });
  expect(dyno).toMatchObject({ type: 'a-b_1', size: 'Standard-2X', timeToLiveSeconds: 60, job, restartEpoch: 1 });
  expect(dyno.name).toBe(`a-b_1.${dyno.number}`);
  expect(
    await fixture.platform.vault.open(fieldsOf(dyno).sealedEnvironment ?? '', dynoContext(appId, dyno.id)),
  ).toEqual({
    A: 'x',
    COUNT: '7',
    ON: 'true',
  });
  expect(dyno).not.toHaveProperty('attach');
});

test.each([
  { env: { COLUMNS: 120, LINES: 40 }, attach: { terminal: true, columns: 120, rows: 40 } },
  { env: { COLUMNS: '1', LINES: '65535' }, attach: { terminal: true, columns: 1, rows: 65_535 } },
  { env: { COLUMNS: 0, LINES: 65_536 }, attach: { terminal: true, columns: 80, rows: 24 } },
  { env: { COLUMNS: 1.5, LINES: -1 }, attach: { terminal: true, columns: 80, rows: 24 } },
  { env: {}, attach: { terminal: true, columns: 80, rows: 24 } },
])('the terminal of $env', async ({ env, attach }) => {
  const made = await run({ attach: true, env });
  expect(made).toMatchObject({ ok: true, value: { dyno: { attach } } });
  expect(made.ok && made.value.attachUrl).toMatch(/^rendezvous:\/\/localhost:5000\/[^/]+$/);
  expect(await started({ attach: true, forceNoTty: true, env })).toMatchObject({
    attach: { ...attach, terminal: false },
  });
});

test.each<{ request: Partial<RunRequest>; message: string }>([
  { request: { command: ' \n' }, message: 'command must not be empty.' },
  { request: { command: 'x'.repeat(32_769) }, message: 'command must not be longer than 32768 characters.' },
  { request: { command: 'a\0b' }, message: 'command must not contain a null byte.' },
  { request: { type: 'a b' }, message: 'type must be 1 to 128 letters, digits, dashes and underscores.' },
  { request: { type: '' }, message: 'type must be 1 to 128 letters, digits, dashes and underscores.' },
  ...[0, 1.5, 86_401, Number.NaN].map((timeToLiveSeconds) => ({
    request: { timeToLiveSeconds },
    message: 'time_to_live must be a whole number of seconds from 1 to 86400.',
  })),
  {
    request: { env: { 'A B': '1' } },
    message: 'Config var key "A B" is invalid: use up to 255 letters, digits and underscores.',
  },
  { request: { env: { A: 'x\0' } }, message: 'Config var A must not contain a null byte.' },
  {
    request: { env: { A: 'x'.repeat(65_536) } },
    message: 'Config vars can hold at most 64 KB, keys and values together. With this change they would hold 65 KB.',
  },
  { request: { size: 'huge' }, message: 'size "huge" is not a dyno size.' },
  {
    request: { size: 'basic' },
    message: 'Cannot mix Basic and Standard-1X dynos in one app. Change the size of every process type at once.',
  },
])('refused: $message', async ({ request, message }) => {
  expect(await run(request)).toEqual({ ok: false, error: { id: 'invalid_params', message } });
  expect(await listDynos(fixture.platform, appId)).toEqual([]);
});

test('a command of 32,768 characters runs, for a second or for a day', async () => {
  const command = 'x'.repeat(32_768);
  expect(await started({ command, timeToLiveSeconds: 1 })).toMatchObject({ command, timeToLiveSeconds: 1 });
  expect(await started({ timeToLiveSeconds: 86_400 })).toMatchObject({ timeToLiveSeconds: 86_400 });
});

test('an app that nothing was deployed to runs nothing', async () => {
  const { body } = await fixture.request('POST', '/apps', { token: me.token, body: { name: 'blank' } });
  const request = { command: 'bash', attach: false, forceNoTty: false, env: {} };
  expect(await runDyno(fixture.platform, me.actor, body.id, request)).toEqual({
    ok: false,
    error: { id: 'conflict', message: 'This app has no released code yet. Deploy it first.' },
  });
});

/** Heroku Dev Center, "Limits": one-off dynos of an app at the same time. */
test.each([
  { size: 'Eco', most: 1 },
  { size: 'Basic', most: 50 },
  { size: 'Standard-2X', most: 50 },
  { size: 'Performance-M', most: 5 },
])('of $size dynos $most one-offs run at the same time', async ({ size, most }) => {
  await resize(size);
  const first = await started({ size });
  for (let number = 1; number < most; number += 1) await put({ ...first, id: `more-${number}`, number });
  expect(await run({ size })).toEqual({
    ok: false,
    error: { id: 'invalid_params', message: `Cannot run more than ${most} ${size} size dynos.` },
  });
  await put({ ...first, state: 'stopping' });
  expect((await run({ size })).ok).toBe(true);
});

describe('restarting', () => {
  const web = (changes: Partial<Dyno> = {}) => record('web.1', { appId, id: 'dyno-1', state: 'up', ...changes });
  const missing = (message: string, resource: string) => ({ ok: false, error: { id: 'not_found', message, resource } });

  test('a one-off is asked to stop, and its record says when', async () => {
    const dyno = await started({});
    fixture.clock.advance(1_000);
    expect(await restartDyno(fixture.platform, appId, dyno.id)).toMatchObject({ ok: true });
    const stopped = { ...dyno, stopRequested: true, updatedAtMs: START_MS + 1_000 };
    for (const identity of [dyno.id, dyno.name]) {
      expect(await findDyno(fixture.platform, appId, identity)).toEqual({ ok: true, value: stopped });
    }
    expect(await app()).toMatchObject({ restarts: { last: 0, byScope: {} } });
  });

  test('dynos are found by name and by id, and nothing else', async () => {
    await put(web());
    const gone = missing("Couldn't find that dyno.", 'dyno');
    expect(await findDyno(fixture.platform, appId, 'dyno-1')).toEqual({ ok: true, value: web() });
    expect(await findDyno(fixture.platform, appId, 'web.2')).toEqual(gone);
    for (const name of ['web.2', 'web.0', 'web.01', 'web.10000', 'xweb.1', 'clock.1', 'web', 'web.1x', 'worker.1']) {
      expect(await restartDyno(fixture.platform, appId, name)).toEqual(gone);
    }
    expect(await restartDyno(fixture.platform, appId, 'dyno-1')).toMatchObject({ ok: true });
    expect(await app()).toMatchObject({ restarts: { last: 1, byScope: { 'web.1': 1 } } });
  });

  test('a type is found by its name and by the id of its formation', async () => {
    const [entry] = (await app()).formation;
    await restartType(fixture.platform, appId, entry?.id ?? '');
    expect(await app()).toMatchObject({ restarts: { last: 1, byScope: { web: 1 } } });
    expect(await restartType(fixture.platform, appId, 'clock')).toEqual(
      missing("Couldn't find that process type (clock).", 'formation'),
    );
    expect(await restartType(fixture.platform, appId, 'x'.repeat(200))).toEqual(
      missing(`Couldn't find that process type (${'x'.repeat(128)}).`, 'formation'),
    );
  });
});
