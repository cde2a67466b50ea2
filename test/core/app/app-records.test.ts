import { setAppFeature } from '../../../core/app/app-feature.ts';
import { changeApp } from '../../../core/app/change-app.ts';
import {
  addCollaborator,
  findCollaborator,
  listCollaborators,
  removeCollaborator,
} from '../../../core/app/collaborator.ts';
import { createApp } from '../../../core/app/create-app.ts';
import { deleteApp } from '../../../core/app/delete-app.ts';
import { findApp, findAppFor, listApps, roleIn } from '../../../core/app/find-app.ts';
import { managerDirty, updateApp } from '../../../core/app/update-app.ts';
import type { Random } from '../../../core/ports/random.ts';
import type { Store } from '../../../core/ports/store.ts';
import { type App, appKey, managerKey } from '../../../core/records/app.ts';
import { err, ok } from '../../../core/result.ts';
import { type ApiFixture, openApiFixture, type Principal, START_MS } from '../../api/api-fixture.ts';
import { MirroredStore } from '../../api/mirrored-store.ts';

let fixture: ApiFixture;
let store: MirroredStore;
let me: Principal;
beforeEach(async () => {
  fixture = await openApiFixture({
    wrapStore: (inner) => {
      store = new MirroredStore(inner);
      return store;
    },
  });
  me = await fixture.principal('me@example.com');
});
afterEach(() => fixture.close());

const refusal = (message: string, id = 'invalid_params') => ({ ok: false, error: { id, message } });
const missing = (noun: string) => ({
  ok: false,
  error: { id: 'not_found', message: `Couldn't find that ${noun}.`, resource: noun },
});
const UNKNOWN = '00000000-0000-4000-8000-000000000000';
async function create(name = 'shop'): Promise<App> {
  const created = await createApp(fixture.platform, me.actor, { name });
  if (!created.ok) throw new Error(created.error.message);
  return created.value;
}

test('every record of a new app', async () => {
  const before = new Set(store.keys());
  const app = await create();
  expect(app).toEqual({
    id: expect.any(String),
    name: 'shop',
    ownerId: me.actor.accountId,
    ownerEmail: 'me@example.com',
    regionName: 'us',
    stackName: 'heroku-24',
    buildStackName: 'heroku-24',
    maintenance: false,
    features: {},
    buildpacks: [],
    formation: [],
    nextReleaseVersion: 3,
    currentReleaseVersion: 2,
    pendingReleaseVersions: [],
    configVersion: 1,
    restarts: { last: 0, byScope: {} },
    createdAtMs: START_MS,
    updatedAtMs: START_MS,
    releasedAtMs: START_MS,
  });
  const made = { createdAtMs: START_MS, updatedAtMs: START_MS };
  const id = expect.any(String);
  const release = (version: number, description: string) => ({
    id,
    appId: app.id,
    version,
    description,
    status: 'succeeded',
    processTypes: {},
    configVersion: 1,
    userId: me.actor.accountId,
    userEmail: 'me@example.com',
    ...made,
  });
  const records = Object.fromEntries(Object.entries(store.contents()).filter(([key]) => !before.has(key)));
  const partition = `app#${app.id}`;
  const byId = Object.keys(records).filter((key) => key.startsWith(`${partition} / release-id#`));
  expect(byId.map((key) => records[key])).toEqual(expect.arrayContaining([{ version: 1 }, { version: 2 }]));
  for (const key of byId) delete records[key];
  const [outbox = ''] = Object.keys(records).filter((key) => key.startsWith(`events#${app.id} / `));
  expect(records[outbox]).toMatchObject({
    events: [1, 2].map((version) => ({ entity: 'api:release', action: 'create', data: { version } })),
  });
  delete records[outbox];
  expect(records).toEqual({
    'app-name#shop / app-name': { appId: app.id },
    [`${partition} / app`]: app,
    [`account#${me.actor.accountId} / app#${app.id}`]: { appId: app.id, role: 'owner' },
    [`${partition} / collaborator#${me.actor.accountId}`]: {
      id,
      appId: app.id,
      accountId: me.actor.accountId,
      email: 'me@example.com',
      role: 'owner',
      ...made,
    },
    [`${partition} / config#0000000001`]: { sealed: expect.any(String) },
    [`${partition} / release#0000000001`]: release(1, 'Initial release'),
    [`${partition} / release#0000000002`]: release(2, 'Enable Logplex'),
    [`${partition} / manager`]: { appId: app.id, dirty: true },
  });
  expect(fixture.nudged).toEqual([app.id]);
  expect(fixture.toPublish).toEqual([app.id]);
});

test('a new app has the region, the stack and the features that were asked for', async () => {
  const request = { name: 'shop', region: 'eu', stack: 'heroku-22', features: ['preboot', 'runtime-dyno-metadata'] };
  expect(await createApp(fixture.platform, me.actor, request)).toMatchObject({
    ok: true,
    value: {
      regionName: 'eu',
      stackName: 'heroku-22',
      buildStackName: 'heroku-22',
      features: { preboot: true, 'runtime-dyno-metadata': true },
    },
  });
});

/** Random numbers that give `ancient-beach-10000`, `ancient-beach-10001`, … in turn. */
function counting(): Random {
  let calls = 0;
  return {
    next: () => {
      calls += 1;
      return calls % 3 === 0 ? (calls / 3 - 1 + 0.5) / 90_000 : 0;
    },
  };
}

test('a made-up name that somebody has is made up anew, ten times', async () => {
  await create('ancient-beach-10000');
  const again = await createApp({ ...fixture.platform, random: counting() }, me.actor, {});
  expect(again).toMatchObject({ ok: true, value: { name: 'ancient-beach-10001' } });
  for (let number = 10_002; number < 10_009; number += 1) await create(`ancient-beach-${number}`);
  const last = await createApp({ ...fixture.platform, random: counting() }, me.actor, {});
  expect(last).toMatchObject({ ok: true, value: { name: 'ancient-beach-10009' } });
  await expect(createApp({ ...fixture.platform, random: counting() }, me.actor, {})).rejects.toThrow(
    'no free app name in 10 attempts',
  );
});

describe('changes of an app', () => {
  test('are written with the mark that makes the dyno manager look, and say when', async () => {
    const app = await create();
    fixture.clock.advance(1_000);
    fixture.nudged.length = 0;
    const changed = await updateApp(fixture.platform, app.id, (old) =>
      ok({ app: { ...old, maintenance: true }, value: 7 }),
    );
    const after = { ...app, maintenance: true, updatedAtMs: START_MS + 1_000 };
    expect(changed).toEqual({ ok: true, value: { app: after, value: 7 } });
    expect((await store.get(appKey(app.id)))?.value).toEqual(after);
    expect(fixture.nudged).toEqual([app.id]);
    expect(managerDirty(app.id, 5)).toEqual({
      kind: 'put',
      key: { partition: `app#${app.id}`, sort: 'manager' },
      value: { appId: app.id, dirty: true },
      expect: 'any',
      due: { queue: 'manager', atMs: 5 },
    });
  });

  test('that leave it as it is write what comes with them, and not the app', async () => {
    const app = await create();
    fixture.clock.advance(1_000);
    await store.transact([{ kind: 'delete', key: managerKey(app.id), expect: 'any' }]);
    fixture.nudged.length = 0;
    const nothing = await updateApp(fixture.platform, app.id, (old) => ok({ app: old, value: 1 }));
    expect(nothing).toEqual({ ok: true, value: { app, value: 1 } });
    expect(await store.get(managerKey(app.id))).toBeUndefined();
    const key = { partition: `app#${app.id}`, sort: 'more' };
    const more = { kind: 'put', key, value: 5, expect: 'absent' } as const;
    const version = (await store.get(appKey(app.id)))?.version;
    expect(await updateApp(fixture.platform, app.id, (old) => ok({ app: old, writes: [more], value: 2 }))).toEqual({
      ok: true,
      value: { app, value: 2 },
    });
    expect(await store.get(appKey(app.id))).toMatchObject({ version, value: app });
    expect((await store.get(key))?.value).toBe(5);
    expect((await store.get(managerKey(app.id)))?.value).toEqual({ appId: app.id, dirty: true });
    expect(fixture.nudged).toEqual([app.id]);
  });

  test('of an app that is not there, or goes, are none', async () => {
    const app = await create();
    const change = (appId: string) => updateApp(fixture.platform, appId, (old) => ok({ app: { ...old }, value: 1 }));
    expect(await change(UNKNOWN)).toEqual(missing('app'));
    await deleteApp(fixture.platform, app.id);
    expect(await change(app.id)).toEqual(missing('app'));
    expect(await updateApp(fixture.platform, UNKNOWN, () => err({ id: 'gone', message: 'x' }))).toEqual(missing('app'));
  });

  test('that somebody else is always faster with are given up after twenty times', async () => {
    const app = await create();
    let attempts = 0;
    const contended: Store = {
      get: store.get.bind(store),
      list: store.list.bind(store),
      due: store.due.bind(store),
      transact: async () => ({ ok: false }) as never,
    };
    const changed = await updateApp({ ...fixture.platform, store: contended }, app.id, (old) => {
      attempts += 1;
      return ok({ app: { ...old, maintenance: true }, value: 1 });
    });
    expect(changed).toEqual(refusal('Too many changes to this app at the same time. Try again.', 'conflict'));
    expect(attempts).toBe(20);
  });

  test('one that throws does not hold up the next', async () => {
    const app = await create();
    const fails = updateApp(fixture.platform, app.id, () => {
      throw new Error('broken');
    });
    const next = updateApp(fixture.platform, app.id, (old) => ok({ app: old, value: 1 }));
    await expect(fails).rejects.toThrow('broken');
    expect(await next).toMatchObject({ ok: true });
  });
});

describe('settings', () => {
  test('without settings nothing is written', async () => {
    const app = await create();
    const before = store.contents();
    expect(await changeApp(fixture.platform, me.actor, app.id, {})).toEqual({ ok: true, value: app });
    expect(store.contents()).toEqual(before);
  });

  test('a name is taken by one app at a time, and its own is no news', async () => {
    const app = await create();
    await create('other');
    const rename = (name: string) => changeApp(fixture.platform, me.actor, app.id, { name });
    expect(await rename('other')).toEqual(refusal('Name other is already taken'));
    expect(await rename('a')).toEqual(refusal('Name is too short (minimum is 3 characters)'));
    expect(await rename('shop')).toMatchObject({ ok: true, value: { name: 'shop' } });
    expect(await findApp(fixture.platform, 'shop')).toMatchObject({ ok: true, value: { id: app.id } });
    expect(await rename('store')).toMatchObject({ ok: true, value: { name: 'store' } });
    const names = store.keys().filter((key) => key.startsWith('app-name#'));
    expect(names.toSorted()).toEqual(['app-name#other / app-name', 'app-name#store / app-name']);
    expect(store.contents()['app-name#store / app-name']).toEqual({ appId: app.id });
    expect(await changeApp(fixture.platform, me.actor, app.id, { buildStack: 'heroku-1' })).toEqual(missing('stack'));
  });

  test.each([
    { size: 'Eco', refused: true },
    { size: 'Basic', refused: true },
    { size: 'Standard-1X', refused: false },
    { size: undefined, refused: false },
  ])('preboot of a web process of size $size is refused: $refused', async ({ size, refused }) => {
    const app = await create();
    const entry = { id: 'x', quantity: 1, command: 'c', createdAtMs: 0, updatedAtMs: 0 };
    const web = size === undefined ? [] : [{ ...entry, type: 'web', size }];
    // The size of another process type does not matter.
    const formation = [{ ...entry, type: 'worker', size: 'Eco' }, ...web];
    await store.transact([{ kind: 'put', key: appKey(app.id), value: { ...app, formation }, expect: 'any' }]);
    const feature = (name: string) => ({ name }) as Parameters<typeof setAppFeature>[2];
    const set = (name: string, on: boolean) => setAppFeature(fixture.platform, app.id, feature(name), on);
    expect(await set('runtime-dyno-metadata', true)).toMatchObject({ ok: true });
    expect(await set('preboot', true)).toEqual(
      refused
        ? refusal('Preboot needs Standard or Performance web dynos. Resize the web dynos first.')
        : { ok: true, value: expect.objectContaining({ features: { 'runtime-dyno-metadata': true, preboot: true } }) },
    );
    expect(await set('preboot', false)).toMatchObject({ ok: true, value: { features: { preboot: false } } });
  });
});

describe('who has to do with an app', () => {
  test('its owner and its collaborators, each with a record of his own', async () => {
    const app = await create();
    const eve = await fixture.principal('eve@example.com');
    const ann = await fixture.principal('ann@example.com');
    const added = await addCollaborator(fixture.platform, app, ann.actor.accountId);
    const record = {
      id: expect.any(String),
      appId: app.id,
      accountId: ann.actor.accountId,
      email: 'ann@example.com',
      role: 'collaborator',
      createdAtMs: START_MS,
      updatedAtMs: START_MS,
    };
    expect(added).toEqual({ ok: true, value: record });
    expect(store.contents()[`account#${ann.actor.accountId} / app#${app.id}`]).toEqual({
      appId: app.id,
      role: 'collaborator',
    });
    const listed = await listCollaborators(fixture.platform, app.id);
    expect(listed.map(({ email, role }) => `${email} ${role}`).toSorted()).toEqual([
      'ann@example.com collaborator',
      'me@example.com owner',
    ]);
    const id = added.ok ? added.value.id : '';
    for (const identity of [id, id.toUpperCase(), ann.actor.accountId, 'ANN@example.com']) {
      expect(await findCollaborator(fixture.platform, app.id, identity)).toEqual(added);
    }
    expect(await findCollaborator(fixture.platform, app.id, 'collaborator')).toEqual(missing('collaborator'));
    const roles = [me, ann, eve].map(({ actor }) => roleIn(fixture.platform, actor, app));
    expect(await Promise.all(roles)).toEqual(['owner', 'collaborator', undefined]);
    expect(await findAppFor(fixture.platform, ann.actor, 'shop')).toEqual({
      ok: true,
      value: { app, role: 'collaborator' },
    });
    expect(await findAppFor(fixture.platform, eve.actor, 'shop')).toEqual(
      refusal('You do not have access to the app shop.', 'forbidden'),
    );
    expect(await findAppFor(fixture.platform, eve.actor, 'nothing')).toEqual(missing('app'));
  });

  test('nobody is added twice, and only a user can be', async () => {
    const app = await create();
    const add = (user: string) => addCollaborator(fixture.platform, app, user);
    expect(await add('me@example.com')).toEqual(refusal('User me@example.com is already a collaborator on shop.'));
    expect(await add(UNKNOWN)).toEqual(missing('user'));
    expect(await add('ann')).toEqual(missing('user'));
    expect(await add('a b@example.com')).toEqual(refusal('Email is not a valid address.'));
    expect(await add('new@example.com')).toMatchObject({ ok: true, value: { email: 'new@example.com' } });
  });

  test('the owner stays; others leave, or are removed by the owner', async () => {
    const app = await create();
    const [ann, eve] = [await fixture.principal('ann@example.com'), await fixture.principal('eve@example.com')];
    for (const { actor } of [ann, eve]) await addCollaborator(fixture.platform, app, actor.email);
    const remove = (by: Principal, whom: string) => removeCollaborator(fixture.platform, by.actor, app, whom);
    expect(await remove(ann, 'eve@example.com')).toEqual(
      refusal('Only the owner of shop can remove other collaborators.', 'forbidden'),
    );
    expect(await remove(me, 'me@example.com')).toEqual(refusal('The owner of shop cannot be removed.'));
    expect(await remove(me, 'nobody@example.com')).toEqual(missing('collaborator'));
    expect(await remove(ann, 'ann@example.com')).toMatchObject({ ok: true, value: { email: 'ann@example.com' } });
    expect(await remove(me, 'eve@example.com')).toMatchObject({ ok: true, value: { email: 'eve@example.com' } });
    expect(await listCollaborators(fixture.platform, app.id)).toMatchObject([{ role: 'owner' }]);
    expect(await listApps(fixture.platform, ann.actor.accountId)).toEqual([]);
  });

  test('an app is found by its name and its id, while it is there', async () => {
    const app = await create();
    for (const identity of ['shop', app.id, app.id.toUpperCase()]) {
      expect(await findApp(fixture.platform, identity)).toEqual({ ok: true, value: app });
    }
    for (const identity of ['Shop', 'sho', '', UNKNOWN, 'x'.repeat(5_000)]) {
      expect(await findApp(fixture.platform, identity)).toEqual(missing('app'));
    }
    expect(await listApps(fixture.platform, me.actor.accountId)).toEqual([app]);
    fixture.clock.advance(1_000);
    expect(await deleteApp(fixture.platform, app.id)).toEqual({
      ok: true,
      value: { ...app, customHosts: [], deletedAtMs: START_MS + 1_000, updatedAtMs: START_MS + 1_000 },
    });
    for (const identity of ['shop', app.id]) expect(await findApp(fixture.platform, identity)).toEqual(missing('app'));
    expect(await deleteApp(fixture.platform, app.id)).toEqual(missing('app'));
    // Its own record is still there.
    await store.transact([
      {
        kind: 'put',
        key: { partition: `account#${me.actor.accountId}`, sort: `app#${app.id}` },
        value: { appId: app.id },
        expect: 'any',
      },
    ]);
    expect(await listApps(fixture.platform, me.actor.accountId)).toEqual([]);
  });
});
