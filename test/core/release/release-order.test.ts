import fc from 'fast-check';
import { createApp } from '../../../core/app/create-app.ts';
import { readConfig } from '../../../core/config/read-config.ts';
import { setConfigVars } from '../../../core/config/set-config-vars.ts';
import { scaleFormation } from '../../../core/formation/scale-formation.ts';
import { type App, appKey } from '../../../core/records/app.ts';
import { type Slug, slugKey } from '../../../core/records/slug.ts';
import { completeReleasePhase } from '../../../core/release/complete-release-phase.ts';
import { releaseSlug, rollback } from '../../../core/release/create-release.ts';
import { listReleases } from '../../../core/release/find-release.ts';
import { createSlug } from '../../../core/slug/create-slug.ts';
import { type ApiFixture, openApiFixture, type Principal } from '../../api/api-fixture.ts';
import { chunks, logOf } from '../../api/deploy.ts';
import { stored } from '../../stored.ts';

describe('releases', () => {
  let fixture: ApiFixture;
  let me: Principal;
  let app: App;
  beforeEach(async () => {
    fixture = await openApiFixture();
    me = await fixture.principal('me@example.com');
    const created = await createApp(fixture.platform, me.actor, {});
    if (!created.ok) throw new Error(created.error.message);
    app = created.value;
    fixture.logLines.length = 0;
  });
  afterEach(() => fixture.close());

  const now = async (): Promise<App> => {
    const item = await stored<App>(fixture.platform.store, appKey(app.id));
    if (item === undefined) throw new Error('the app is gone');
    return item.value;
  };
  const slug = async (processTypes: Record<string, string>): Promise<string> => {
    const created = await createSlug(fixture.platform, app, {
      processTypes,
      commit: '58d1fdd258d1fdd2',
      commitDescription: undefined,
      buildpackDescription: undefined,
      checksum: undefined,
      stack: undefined,
    });
    if (!created.ok) throw new Error(created.error.message);
    await fixture.platform.blobs.put(created.value.artifact.blobKey, chunks(Buffer.from('slug')), 100);
    return created.value.id;
  };
  const release = async (processTypes: Record<string, string>) => {
    const made = await releaseSlug(fixture.platform, me.actor, app.id, await slug(processTypes));
    if (!made.ok) throw new Error(made.error.message);
    return made.value;
  };
  const states = async () =>
    (await listReleases(fixture.platform, app.id)).map(({ version, status }) => `v${version} ${status}`);
  const complete = (version: number, outcome: 'succeeded' | 'failed') =>
    completeReleasePhase(fixture.platform, app.id, version, outcome);

  test('what a build made keeps the size of its image when it is released again, whatever its blob holds', async () => {
    const id = await slug({ web: 'w' });
    const key = slugKey(app.id, id);
    const uploaded = await stored<Slug>(fixture.platform.store, key);
    const value = { ...uploaded?.value, sizeBytes: 90_000_000 };
    await fixture.platform.store.transact([{ kind: 'put', key, value, expect: 'any' }]);
    expect(await releaseSlug(fixture.platform, me.actor, app.id, id)).toMatchObject({ ok: true });
    expect(await now()).toMatchObject({ slugSizeBytes: 90_000_000 });
    expect(await fixture.platform.store.get(key)).toMatchObject({ value: { sizeBytes: 90_000_000 } });
  });

  test('code without a release command is current at once, and begins its formation', async () => {
    await release({ web: 'w', worker: 'k' });
    expect(await now()).toMatchObject({ currentReleaseVersion: 3, pendingReleaseVersions: [], slugSizeBytes: 4 });
    expect(logOf(fixture)).toEqual([
      'app[api]: Deploy 58d1fdd2 by user me@example.com',
      'app[api]: Release v3 created by user me@example.com',
      'app[api]: Scaled to web@1:Standard-1X by user me@example.com',
    ]);
  });

  test('with a release command the old release serves until it succeeds', async () => {
    await release({ web: 'w', release: 'migrate' });
    expect(await now()).toMatchObject({ currentReleaseVersion: 2, pendingReleaseVersions: [3], formation: [] });
    await complete(3, 'succeeded');
    const after = await now();
    expect(after).toMatchObject({ currentReleaseVersion: 3, pendingReleaseVersions: [] });
    expect(after.formation.map(({ type, quantity }) => [type, quantity])).toEqual([
      ['web', 1],
      ['release', 0],
    ]);
    expect(logOf(fixture)).toEqual([
      'app[api]: Deploy 58d1fdd2 by user me@example.com',
      'app[api]: Running release v3 commands by user me@example.com',
      'app[api]: Release v3 created by user me@example.com',
      'app[api]: Scaled to web@1:Standard-1X by user me@example.com',
    ]);
  });

  test('a failed release command leaves the old release, and keeps new config vars', async () => {
    await release({ web: 'w', release: 'migrate' });
    await complete(3, 'succeeded');
    await setConfigVars(fixture.platform, me.actor, app.id, { A: '1' });
    await complete(4, 'failed');
    const after = await now();
    expect(after).toMatchObject({ currentReleaseVersion: 3, pendingReleaseVersions: [] });
    expect(await readConfig(fixture.platform, app.id, after.configVersion)).toEqual({ A: '1' });
    expect(logOf(fixture).slice(-3)).toEqual([
      'app[api]: Set A config vars by user me@example.com',
      'app[api]: Running release v4 commands by user me@example.com',
      'app[api]: Release v4 command failed by user me@example.com',
    ]);
    // The next release has the failed one's config vars, and the last code that did not fail.
    await setConfigVars(fixture.platform, me.actor, app.id, { B: '2' });
    const [newest] = (await listReleases(fixture.platform, app.id)).slice(-1);
    expect(await readConfig(fixture.platform, app.id, newest?.configVersion ?? 0)).toEqual({ A: '1', B: '2' });
  });

  test('releases wait for the release command before them, in order', async () => {
    await release({ web: 'w', release: 'migrate' });
    await release({ web: 'w2' });
    await release({ web: 'w3', release: 'migrate again' });
    await release({ web: 'w4' });
    expect(await states()).toEqual([
      'v1 succeeded',
      'v2 succeeded',
      'v3 pending',
      'v4 pending',
      'v5 pending',
      'v6 pending',
    ]);
    fixture.logLines.length = 0;
    await complete(3, 'succeeded');
    expect(await now()).toMatchObject({ currentReleaseVersion: 4, pendingReleaseVersions: [5, 6] });
    expect(logOf(fixture)).toEqual([
      'app[api]: Release v3 created by user me@example.com',
      'app[api]: Scaled to web@1:Standard-1X by user me@example.com',
      'app[api]: Release v4 created by user me@example.com',
      'app[api]: Running release v5 commands by user me@example.com',
    ]);
    await complete(5, 'failed');
    const after = await now();
    expect(after).toMatchObject({ currentReleaseVersion: 6, pendingReleaseVersions: [] });
    expect(after.formation).toMatchObject([{ type: 'web', command: 'w4', quantity: 1 }]);
  });

  test('an outcome counts once, and that of a release without a command not at all', async () => {
    await release({ web: 'w', release: 'migrate' });
    await complete(3, 'failed');
    const before = await now();
    fixture.logLines.length = 0;
    for (const version of [1, 3, 9]) await complete(version, 'succeeded');
    expect(await now()).toEqual(before);
    expect(logOf(fixture)).toEqual([]);
  });

  test('an older release that succeeds late does not take the place of a newer one', async () => {
    await release({ web: 'w', release: 'migrate' });
    await release({ web: 'w2', release: 'migrate' });
    await complete(4, 'succeeded');
    await complete(3, 'succeeded');
    expect(await states()).toEqual(['v1 succeeded', 'v2 succeeded', 'v3 succeeded', 'v4 succeeded']);
    const after = await now();
    expect(after).toMatchObject({ currentReleaseVersion: 4, pendingReleaseVersions: [] });
    expect(after.formation).toMatchObject([{ type: 'web', command: 'w2' }, { type: 'release' }]);
  });

  test('two processes that change one app at the same time lose nothing', async () => {
    const { platform } = fixture;
    const { store } = platform;
    // Writers take turns per store object, so another object acts as another process.
    const elsewhere = {
      ...platform,
      store: {
        get: store.get.bind(store),
        list: store.list.bind(store),
        transact: store.transact.bind(store),
        due: store.due.bind(store),
      },
    };
    const keys = Array.from({ length: 20 }, (_, index) => `KEY_${index}`);
    const changed = await Promise.all(
      keys.map((key, index) => setConfigVars(index % 2 ? platform : elsewhere, me.actor, app.id, { [key]: key })),
    );
    expect(changed.map(({ ok }) => ok)).toEqual(keys.map(() => true));
    const config = await readConfig(platform, app.id, (await now()).configVersion);
    expect(Object.keys(config)).toHaveLength(20);

    await release({ web: 'w' });
    const more = [{ type: 'web', quantity: '+1' }];
    await Promise.all(keys.map((_, index) => scaleFormation(index % 2 ? platform : elsewhere, me.actor, app.id, more)));
    expect((await now()).formation).toMatchObject([{ type: 'web', quantity: 21 }]);
  });

  test('config vars set while code is pending go with that code', async () => {
    await release({ web: 'w', release: 'migrate' });
    await setConfigVars(fixture.platform, me.actor, app.id, { A: '1' });
    const [pending, next] = (await listReleases(fixture.platform, app.id)).slice(-2);
    expect(next).toMatchObject({ status: 'pending', slugId: pending?.slugId, description: 'Set A config vars' });
  });

  test('a queue without end is refused, and the longest one ends in one step', async () => {
    await release({ web: 'w', release: 'migrate' });
    const plain = await slug({ web: 'w2' });
    for (let count = 0; count < 49; count += 1) await releaseSlug(fixture.platform, me.actor, app.id, plain);
    const refused = await releaseSlug(fixture.platform, me.actor, app.id, plain);
    expect(refused).toMatchObject({ ok: false, error: { id: 'conflict' } });
    await complete(3, 'succeeded');
    expect(await now()).toMatchObject({ currentReleaseVersion: 52, pendingReleaseVersions: [] });
  });

  test('50 changes at the same time all land, each in its own release', async () => {
    await release({ web: 'w' });
    const keys = Array.from({ length: 50 }, (_, index) => `KEY_${index}`);
    const changed = await Promise.all(
      keys.map((key) => setConfigVars(fixture.platform, me.actor, app.id, { [key]: key })),
    );
    const versions = changed.map((each) => (each.ok ? each.value.release?.version : undefined));
    expect(new Set(versions)).toEqual(new Set(keys.map((_, index) => index + 4)));
    const after = await now();
    expect(await readConfig(fixture.platform, app.id, after.configVersion)).toEqual(
      Object.fromEntries(keys.map((key) => [key, key])),
    );
  });

  test('any order of events: versions strictly increase, and current never goes back', async () => {
    const event = fc.oneof(
      fc.constant({ kind: 'plain' } as const),
      fc.constant({ kind: 'phased' } as const),
      fc.record({ kind: fc.constant('config' as const), value: fc.integer({ min: 0, max: 2 }) }),
      fc.record({ kind: fc.constant('rollback' as const), back: fc.integer({ min: 0, max: 5 }) }),
      fc.record({ kind: fc.constant('complete' as const), index: fc.nat(3), good: fc.boolean() }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(event, { maxLength: 3 }), { maxLength: 8 }), async (rounds) => {
        const created = await createApp(fixture.platform, me.actor, {});
        if (!created.ok) throw new Error(created.error.message);
        app = created.value;
        const plain = await slug({ web: 'w' });
        const phased = await slug({ web: 'w', release: 'migrate' });
        let current = 2;
        for (const round of rounds) {
          const before = await now();
          await Promise.all(
            round.map((each) => {
              const { platform } = fixture;
              if (each.kind === 'plain') return releaseSlug(platform, me.actor, app.id, plain);
              if (each.kind === 'phased') return releaseSlug(platform, me.actor, app.id, phased);
              if (each.kind === 'config') return setConfigVars(platform, me.actor, app.id, { A: String(each.value) });
              if (each.kind === 'rollback') {
                return rollback(platform, me.actor, app.id, String(before.nextReleaseVersion - 1 - each.back));
              }
              const pending = before.pendingReleaseVersions;
              const version = pending[each.index % Math.max(1, pending.length)] ?? 1;
              return complete(version, each.good ? 'succeeded' : 'failed');
            }),
          );
          const after = await now();
          const releases = await listReleases(fixture.platform, app.id);
          expect(releases.map(({ version }) => version)).toEqual(releases.map((_, index) => index + 1));
          expect(after.nextReleaseVersion).toBe(releases.length + 1);
          expect(after.currentReleaseVersion).toBeGreaterThanOrEqual(current);
          current = after.currentReleaseVersion ?? 0;
          const succeeded = releases.filter(({ status }) => status === 'succeeded');
          expect(current).toBe(Math.max(...succeeded.map(({ version }) => version)));
          expect(after.pendingReleaseVersions).toEqual(
            releases.filter(({ status }) => status === 'pending').map(({ version }) => version),
          );
          const head = releases[(after.pendingReleaseVersions[0] ?? 0) - 1];
          if (head !== undefined) expect(head.processTypes).toHaveProperty('release');
        }
      }),
      { numRuns: 40 },
    );
  });
});
