import { openSqliteStore, type SqliteStore } from '../../../adapters/local/sqlite-store.ts';
import { DynoSpecs } from '../../../core/dyno-manager/execute/dyno-spec.ts';
import type { Platform } from '../../../core/platform.ts';
import type { ItemKey } from '../../../core/ports/store.ts';
import type { Dyno } from '../../../core/records/dyno.ts';
import { configKey, type Release, releaseKey } from '../../../core/records/release.ts';
import { slugKey } from '../../../core/records/slug.ts';
import { tarball } from '../../artifacts.ts';
import { app, dyno, release, slug } from './records.ts';

let store: SqliteStore;
/** What was read from the store, and unsealed. */
let read: string[];
beforeEach(async () => {
  store = openSqliteStore(':memory:');
  read = [];
  await put(releaseKey('app-1', 7), released({}));
  await put(slugKey('app-1', 'slug-1'), SLUG);
  await put(configKey('app-1', 3), { sealed: 'the config' });
});
afterEach(() => store.close());

const SLUG = slug('slug-1', { artifact: tarball('slugs/1'), commit: 'c0ffee' });
const released = (changes: Partial<Release>) =>
  release(7, {
    description: 'Deploy c0ffee',
    configVersion: 3,
    outputStreamId: 'output-7',
    createdAtMs: Date.UTC(2026, 0, 1, 12),
    ...changes,
  });
const put = (key: ItemKey, value: unknown) => store.transact([{ kind: 'put', key, value, expect: 'any' }]);
const remove = (key: ItemKey) => store.transact([{ kind: 'delete', key, expect: 'any' }]);

const platform = (hosts: readonly string[]) =>
  ({
    store: {
      get: (key: ItemKey) => {
        read.push(key.sort);
        return store.get(key);
      },
    },
    vault: {
      open: async (sealed: string, context: string) => {
        read.push(`opened ${sealed}`);
        return { [`of ${context}`]: sealed };
      },
    },
    urls: { hosts: () => hosts },
  }) as unknown as Platform;

const specs = (features: Readonly<Record<string, boolean>> = {}, hosts: readonly string[] = ['shop.example', 'x']) =>
  new DynoSpecs(platform(hosts), app({ web: 1 }, { features }));
const specOf = async (record: Dyno, of = specs()) => {
  const made = await of.specFor(record);
  if (!made.ok) throw new Error(made.error);
  return made.value;
};

test('what the runtime needs of a dyno of the formation', async () => {
  const { config, ...spec } = await specOf(dyno('web.1', { attempt: 3 }));
  expect(spec).toStrictEqual({
    appId: 'app-1',
    appName: 'shop',
    dynoId: 'id-web.1',
    name: 'web.1',
    type: 'web',
    attempt: 3,
    slug: { id: 'slug-1', artifact: tarball('slugs/1'), checksum: 'SHA256:00' },
    command: 'run web',
    environment: {},
    size: { name: 'Standard-1X', memoryMiB: 512, processLimit: 256 },
    logged: true,
  });
  expect(config.version).toBe(3);
  expect(await config.open()).toEqual({ 'of config/app-1/3': 'the config' });
});

const attach = { terminal: true, columns: 80, rows: 24 };
const EXIT = ' ; echo "\uffff heroku-command-exit-status: $?"';

test.each<{ readonly name: string; readonly of: Dyno; readonly has: object }>([
  {
    name: 'an attached one-off waits for its client, and its output goes there alone',
    of: dyno('run.1', { attach }),
    has: { attach, logged: false },
  },
  { name: 'a one-off that nobody is attached to is logged', of: dyno('run.1'), has: { logged: true } },
  {
    name: 'a one-off has an environment of its own',
    of: dyno('run.1', { sealedEnvironment: 'its env' }),
    has: { environment: { 'of dyno/app-1/id-run.1': 'its env' } },
  },
  {
    name: 'the status of a command is kept',
    of: dyno('run.1', { command: `exit 7${EXIT}` }),
    has: { command: `(\nexit 7\n)${EXIT}` },
  },
  {
    name: 'the output of a release phase is copied',
    of: dyno('release.1'),
    has: { outputStreamId: 'output-7', logged: true },
  },
])('$name', async ({ of, has }) => {
  expect(await specOf(of)).toMatchObject(has);
});

test.each(['web.1', 'run.1'])('the output of %s is copied nowhere', async (name) => {
  expect(await specOf(dyno(name))).not.toHaveProperty('outputStreamId');
});

test('a release phase without an output stream has none', async () => {
  const { outputStreamId: _none, ...without } = released({});
  await put(releaseKey('app-1', 7), without);
  expect(await specOf(dyno('release.1'))).not.toHaveProperty('outputStreamId');
});

const DYNO_METADATA = {
  HEROKU_APP_ID: 'app-1',
  HEROKU_APP_NAME: 'shop',
  HEROKU_APP_DEFAULT_DOMAIN_NAME: 'shop.example',
  HEROKU_DYNO_ID: 'id-web.1',
  HEROKU_RELEASE_CREATED_AT: '2026-01-01T12:00:00Z',
  HEROKU_RELEASE_VERSION: 'v7',
  HEROKU_SLUG_COMMIT: 'c0ffee',
  HEROKU_SLUG_DESCRIPTION: 'Deploy c0ffee',
};
const BUILD_METADATA = { HEROKU_BUILD_COMMIT: 'c0ffee', HEROKU_BUILD_DESCRIPTION: 'Deploy c0ffee' };

test.each([
  { features: {}, environment: {} },
  { features: { 'runtime-dyno-metadata': false, 'runtime-dyno-build-metadata': false }, environment: {} },
  { features: { 'runtime-dyno-metadata': true }, environment: DYNO_METADATA },
  { features: { 'runtime-dyno-build-metadata': true }, environment: BUILD_METADATA },
  {
    features: { 'runtime-dyno-metadata': true, 'runtime-dyno-build-metadata': true },
    environment: { ...DYNO_METADATA, ...BUILD_METADATA },
  },
])('with the features $features a dyno knows $environment', async ({ features, environment }) => {
  expect((await specOf(dyno('web.1'), specs(features))).environment).toStrictEqual(environment);
});

test('metadata that there is not is empty, and a dyno’s own environment stands beside it', async () => {
  const { commit: _none, ...slug } = SLUG;
  await put(slugKey('app-1', 'slug-1'), slug);
  const { environment } = await specOf(
    dyno('run.1', { sealedEnvironment: 'its env' }),
    specs({ 'runtime-dyno-metadata': true }, []),
  );
  expect(environment).toMatchObject({
    HEROKU_APP_DEFAULT_DOMAIN_NAME: '',
    HEROKU_SLUG_COMMIT: '',
    'of dyno/app-1/id-run.1': 'its env',
  });
});

test('fifty dynos of one release read and unseal its parts once', async () => {
  const shared = specs();
  const made = await Promise.all(Array.from({ length: 50 }, (_, index) => specOf(dyno(`web.${index + 1}`), shared)));
  await Promise.all(made.map(({ config }) => config.open()));
  expect(read).toEqual(['release#0000000007', 'slug#slug-1', 'config#0000000003', 'opened the config']);
});

test.each<{
  readonly name: string;
  readonly prepare: () => Promise<unknown>;
  readonly error: string;
  readonly size?: string;
}>([
  {
    name: 'its release is gone',
    prepare: () => remove(releaseKey('app-1', 7)),
    error: 'release v7 is missing',
  },
  {
    name: 'its release has no slug',
    prepare: () => {
      const { slugId: _none, ...without } = released({});
      return put(releaseKey('app-1', 7), without);
    },
    error: 'release v7 has no slug',
  },
  {
    name: 'its size is none',
    prepare: async () => undefined,
    size: 'Colossal',
    error: 'unknown dyno size Colossal',
  },
])('no attempt can succeed where $name', async ({ prepare, error, size = 'Standard-1X' }) => {
  await prepare();
  expect(await specs().specFor(dyno('web.1', { size }))).toEqual({ ok: false, error });
});

test.each([
  {
    name: 'a slug that is gone',
    prepare: () => remove(slugKey('app-1', 'slug-1')),
    error: 'slug slug-1 of app app-1 is missing',
  },
  {
    name: 'a corrupt slug',
    prepare: () => put(slugKey('app-1', 'slug-1'), { ...SLUG, checksum: 7 }),
    error: 'its slug record is corrupt: checksum',
  },
  {
    name: 'a corrupt release',
    prepare: () => put(releaseKey('app-1', 7), { ...released({}), configVersion: 'three' }),
    error: 'its release record is corrupt: configVersion',
  },
])('$name is the platform’s fault: nothing is said of the dyno', async ({ prepare, error }) => {
  await prepare();
  await expect(specs().specFor(dyno('web.1'))).rejects.toThrow(error);
});
