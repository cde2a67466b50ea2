import { readConfig } from '../../../core/config/read-config.ts';
import { setConfigVars } from '../../../core/config/set-config-vars.ts';
import { type App, appKey } from '../../../core/records/app.ts';
import { releaseKey } from '../../../core/records/release.ts';
import { completeReleasePhase } from '../../../core/release/complete-release-phase.ts';
import { releaseSlug } from '../../../core/release/create-release.ts';
import { findRelease } from '../../../core/release/find-release.ts';
import { createSlug, type SlugRequest } from '../../../core/slug/create-slug.ts';
import { hasReleasePhase, validateProcessTypes } from '../../../core/slug/process-types.ts';
import { readSlug } from '../../../core/slug/read-slug.ts';
import { createSource } from '../../../core/source/create-source.ts';
import { type ApiFixture, openApiFixture, type Principal, START_MS } from '../../api/api-fixture.ts';
import { chunks } from '../../api/deploy.ts';
import { stored } from '../../stored.ts';

let fixture: ApiFixture;
let me: Principal;
let app: App;
beforeEach(async () => {
  fixture = await openApiFixture();
  me = await fixture.principal('me@example.com');
  const { body } = await fixture.request('POST', '/apps', { token: me.token, body: { name: 'shop' } });
  app = (await stored<App>(fixture.platform.store, appKey(body.id)))?.value as App;
});
afterEach(() => fixture.close());

const refusal = (message: string) => ({ ok: false, error: { id: 'invalid_params', message } });
const NOTHING: SlugRequest = {
  processTypes: { web: 'w' },
  commit: undefined,
  commitDescription: undefined,
  buildpackDescription: undefined,
  checksum: undefined,
  stack: undefined,
};
const create = (request: Partial<SlugRequest>) => createSlug(fixture.platform, app, { ...NOTHING, ...request });

test('a slug of which nothing was said is of the app’s stack, and has no size yet', async () => {
  const created = await create({});
  const id = created.ok ? created.value.id : '';
  expect(created).toEqual({
    ok: true,
    value: {
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      appId: app.id,
      artifact: { kind: 'tarball', blobKey: `slugs/${id}.tgz` },
      sizeBytes: 0,
      checksum: '',
      buildpackDescription: '',
      processTypes: { web: 'w' },
      stackName: 'heroku-24',
      createdAtMs: START_MS,
      updatedAtMs: START_MS,
    },
  });
  expect({ ok: true, value: await readSlug(fixture.platform, app.id, id) }).toEqual(created);
});

test('all that is said of a slug is kept', async () => {
  const text = 'x'.repeat(1_000);
  const texts = { commit: text, commitDescription: text, buildpackDescription: text };
  expect(await create({ ...texts, checksum: `sha256:${'AB'.repeat(32)}`, stack: 'heroku-22' })).toMatchObject({
    ok: true,
    value: { ...texts, checksum: `SHA256:${'ab'.repeat(32)}`, stackName: 'heroku-22' },
  });
});

const LONG = 'x'.repeat(1_001);
const CHECKSUM = 'checksum must be SHA256: and 64 hexadecimal digits.';
test.each([
  { request: { commit: LONG }, message: 'commit must not be longer than 1000 characters.' },
  { request: { commitDescription: LONG }, message: 'commit_description must not be longer than 1000 characters.' },
  {
    request: { buildpackDescription: LONG },
    message: 'buildpack_provided_description must not be longer than 1000 characters.',
  },
  { request: { checksum: '' }, message: CHECKSUM },
  { request: { checksum: `SHA256:${'a'.repeat(63)}` }, message: CHECKSUM },
  { request: { checksum: `SHA256:${'a'.repeat(65)}` }, message: CHECKSUM },
  { request: { checksum: `SHA256:${'g'.repeat(64)}` }, message: CHECKSUM },
  { request: { checksum: `xSHA256:${'a'.repeat(64)}` }, message: CHECKSUM },
  { request: { processTypes: { web: '' } }, message: 'Process type web has no command.' },
])('$message', async ({ request, message }) => {
  expect(await create(request)).toEqual(refusal(message));
});

const NAME = 'is invalid: use 1 to 128 letters, digits, dashes and underscores.';
const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`t${index}`, 'x']));
test.each([
  { name: 'none', types: {}, message: undefined },
  { name: '200 of them', types: many(200), message: undefined },
  { name: '201 of them', types: many(201), message: 'A slug can declare at most 200 process types.' },
  { name: 'a name of 128 letters', types: { ['a'.repeat(128)]: 'x' }, message: undefined },
  { name: 'dashes and underscores', types: { 'A-b_9': 'x' }, message: undefined },
  {
    name: 'a name of 200 letters',
    types: { ['a'.repeat(200)]: 'x' },
    message: `Process type "${'a'.repeat(140)}" ${NAME}`,
  },
  { name: 'a name of none', types: { '': 'x' }, message: `Process type "" ${NAME}` },
  { name: 'a space', types: { 'a b': 'x' }, message: `Process type "a b" ${NAME}` },
  { name: 'a line break', types: { 'a\n': 'x' }, message: `Process type "a\\n" ${NAME}` },
  {
    name: 'what every object has',
    types: JSON.parse('{"__proto__":"x"}'),
    message: `Process type "__proto__" ${NAME}`,
  },
  { name: 'an empty command', types: { web: ' ' }, message: 'Process type web has no command.' },
  {
    name: 'a null byte',
    types: { web: 'a\0b' },
    message: 'The command of process type web must not contain a null byte.',
  },
  { name: '64 KB', types: { web: 'x'.repeat(32 * 1_024), k: 'x'.repeat(32 * 1_024 - 4) }, message: undefined },
  {
    name: '64 KB and a byte',
    types: { web: 'x'.repeat(32 * 1_024), k: 'x'.repeat(32 * 1_024 - 3) },
    message: 'Process types and their commands can hold at most 64 KB together.',
  },
])('process types: $name', ({ types, message }) => {
  expect(validateProcessTypes(types)).toEqual(message && { id: 'invalid_params', message });
});

test.each([
  { release: { slugId: 's', processTypes: { release: 'r' } }, phase: true },
  { release: { slugId: 's', processTypes: { web: 'r' } }, phase: false },
  { release: { processTypes: { release: 'r' } }, phase: false },
])('a release command: $release', ({ release, phase }) => {
  expect(hasReleasePhase(release)).toBe(phase);
});

describe('an uploaded slug', () => {
  const release = (slugId: string, description?: string) =>
    releaseSlug(fixture.platform, me.actor, app.id, slugId, description);
  const uploaded = async (processTypes: Record<string, string> = { web: 'w' }): Promise<string> => {
    const created = await create({ processTypes });
    if (!created.ok) throw new Error(created.error.message);
    await fixture.platform.blobs.put(created.value.artifact.blobKey, chunks(Buffer.from('slug')), 100);
    return created.value.id;
  };

  test.each(['00000000-0000-4000-8000-000000000000', 'nonsense'])('%s is none', async (id) => {
    expect(await release(id)).toEqual({
      ok: false,
      error: { id: 'not_found', message: "Couldn't find that slug.", resource: 'slug' },
    });
  });

  test('needs its content', async () => {
    const created = await create({});
    expect(await release(created.ok ? created.value.id : '')).toEqual(
      refusal('This slug has no content yet. PUT its archive to the blob.url that creating it answered.'),
    );
  });

  test('is described in a thousand characters', async () => {
    const id = await uploaded();
    expect(await release(id, 'x'.repeat(1_001))).toEqual(
      refusal('description is too long: the limit is 1000 characters.'),
    );
    expect(await release(id, 'x'.repeat(1_000))).toMatchObject({
      value: { description: 'x'.repeat(1_000), version: 3 },
    });
    expect(await release(id)).toMatchObject({ value: { description: 'Deploy', version: 4 } });
    expect(await readSlug(fixture.platform, app.id, id)).toMatchObject({ sizeBytes: 4 });
  });

  test('a release is found by its version in up to ten digits, by vN and by id', async () => {
    const made = await release(await uploaded());
    const id = made.ok ? made.value.id : '';
    for (const identity of ['3', 'v3', '0000000003', id]) {
      expect(await findRelease(fixture.platform, app.id, identity)).toEqual(made);
    }
    for (const identity of ['00000000003', 'V3', 'vv3', '3x', 'x3', 'v', '', '3.0']) {
      expect(await findRelease(fixture.platform, app.id, identity)).toMatchObject({ ok: false });
    }
  });

  test('what the end of a release command writes and tells', async () => {
    const made = await release(await uploaded({ release: 'migrate' }));
    fixture.logLines.length = 0;
    fixture.events.length = 0;
    fixture.clock.advance(1_000);
    expect(await completeReleasePhase(fixture.platform, app.id, 3, 'failed')).toEqual({ ok: true, value: undefined });
    const found = await findRelease(fixture.platform, app.id, '3');
    expect(found).toEqual({
      ok: true,
      value: { ...(made.ok && made.value), status: 'failed', updatedAtMs: START_MS + 1_000 },
    });
    expect(fixture.logLines.map(({ message }) => message)).toEqual([
      'Release v3 command failed by user me@example.com',
    ]);
    expect(fixture.events.map(({ entity, action, atMs }) => [entity, action, atMs])).toEqual([
      ['api:release', 'update', START_MS + 1_000],
    ]);
  });

  test('the end of one release command says nothing of another that still runs, and ends what waited for it', async () => {
    for (const types of [{ release: 'a' }, { release: 'b' }, { web: 'w' }]) await release(await uploaded(types));
    const lines = () => fixture.logLines.splice(0).map(({ message }) => message);
    lines();
    await completeReleasePhase(fixture.platform, app.id, 4, 'succeeded');
    expect(lines()).toEqual(['Release v4 created by user me@example.com']);
    await completeReleasePhase(fixture.platform, app.id, 3, 'failed');
    expect(await findRelease(fixture.platform, app.id, '5')).toMatchObject({ value: { status: 'succeeded' } });
    const nobody = '00000000-0000-4000-8000-000000000000';
    expect(await completeReleasePhase(fixture.platform, nobody, 3, 'failed')).toMatchObject({
      ok: false,
      error: { id: 'not_found', resource: 'app' },
    });
  });

  test('a release whose record is missing stops whoever needs it, by name', async () => {
    await release(await uploaded({ release: 'migrate' }));
    const key = releaseKey(app.id, 3);
    await fixture.platform.store.transact([{ kind: 'delete', key, expect: 'any' }]);
    const missing = `release 3 of app ${app.id} is missing`;
    await expect(completeReleasePhase(fixture.platform, app.id, 3, 'succeeded')).rejects.toThrow(missing);
    await expect(setConfigVars(fixture.platform, me.actor, app.id, { A: '1' })).rejects.toThrow(missing);
    await expect(readSlug(fixture.platform, app.id, 'gone')).rejects.toThrow(`slug gone of app ${app.id} is missing`);
    await expect(readConfig(fixture.platform, app.id, 9)).rejects.toThrow(`config 9 of app ${app.id} is missing`);
    expect(await readConfig(fixture.platform, app.id, 0)).toEqual({});
  });
});

test('a source is a place to write and to read, for an hour', async () => {
  const { putUrl, getUrl } = await createSource(fixture.platform);
  const { signer } = fixture.platform;
  const key = (purpose: string, url: string, afterMs: number) =>
    signer.verify(purpose, url.split('/').at(-1) ?? '', START_MS + afterMs);
  const name = key('blob-PUT', putUrl, 3_599_999);
  expect(name).toMatch(/^sources\/[0-9a-f-]{36}\.tgz$/);
  expect(key('blob-GET', getUrl, 3_599_999)).toBe(name);
  expect(key('blob-PUT', putUrl, 3_600_000)).toBeUndefined();
  expect(key('blob-GET', getUrl, 3_600_000)).toBeUndefined();
  expect((await createSource(fixture.platform)).putUrl).not.toBe(putUrl);
});
