import { A_UUID, conflict, invalid, later, missing, NOW, whole } from './answers.ts';
import { type ApiFixture, openApiFixture, type Principal } from './api-fixture.ts';
import { deploy, uploadedSource } from './deploy.ts';

let fixture: ApiFixture;
let me: Principal;
let app: { id: string; name: string };
beforeEach(async () => {
  fixture = await openApiFixture();
  me = await fixture.principal('me@example.com');
  const { id, name } = (await call('POST', '/apps', { name: 'shop' })).body;
  app = { id, name };
});
afterEach(() => fixture.close());
const call = (method: string, path: string, body?: unknown) =>
  fixture.request(method, path, { token: me.token, ...(body === undefined ? {} : { body }) });
const mine = () => ({ email: 'me@example.com', id: me.actor.accountId });
const STREAM = expect.stringMatching(/^http:\/\/localhost:5000\/streams\/\S+$/);
const BLOB = expect.stringMatching(/^http:\/\/localhost:5000\/blobs\/\S+$/);
const HEROKU_24 = { id: '57ac0000-0000-4000-8000-000000000024', name: 'heroku-24' };
const WRONG_TEXT = 'expected string, received number.';

describe('a build', () => {
  const build = (changes: object = {}) => ({
    app: { id: app.id },
    buildpacks: [] as unknown[],
    created_at: NOW,
    generation: 'cedar',
    id: A_UUID,
    output_stream_url: STREAM,
    release: null,
    slug: null,
    source_blob: { checksum: null, url: 'https://example.com/x.tgz', version: null, version_description: null },
    stack: 'heroku-24',
    status: 'pending',
    updated_at: NOW,
    user: mine(),
    ...changes,
  });
  const url = 'https://example.com/x.tgz';
  const checksum = `SHA256:${'ab'.repeat(32)}`;
  const nodejs = { name: 'heroku/nodejs', url: 'urn:buildpack:heroku/nodejs' };

  test.each([
    { source: { url }, more: {}, made: {} },
    { source: { url, checksum: null, version: null, version_description: null }, more: { buildpacks: null }, made: {} },
    {
      source: { url, checksum, version: 'v1', version_description: 'first' },
      more: {},
      made: { source_blob: { url, checksum, version: 'v1', version_description: 'first' } },
    },
    { source: { url }, more: { buildpacks: [] }, made: {} },
    {
      source: { url },
      more: { buildpacks: [{ url: 'heroku/nodejs', name: 'ignored' }, { name: 'https://example.com/p.git' }] },
      made: {
        buildpacks: [nodejs, { name: 'https://example.com/p.git', url: 'https://example.com/p.git' }],
      },
    },
  ])('of $source and $more is answered whole', async ({ source, more, made }) => {
    const answer = await call('POST', '/apps/shop/builds', { source_blob: source, ...more });
    expect(whole(answer)).toEqual({ status: 201, body: build(made) });
    const { source_blob: given, buildpacks } = answer.body;
    const [order] = fixture.buildOrders;
    expect(order?.source).toEqual({ url });
    expect(order?.buildpacks).toEqual(buildpacks.map(({ name }: { name: string }) => name));
    expect(order?.checksum).toBe(given.checksum ?? undefined);
    expect(order?.sourceVersion).toBe(given.version ?? undefined);
    const again = await call('GET', `/apps/shop/builds/${answer.body.id}`);
    expect(whole(again)).toEqual({ status: 200, body: answer.body });
    expect(whole(await call('GET', '/apps/shop/builds'))).toEqual({ status: 200, body: [answer.body] });
    fixture.clock.advance(1_000);
    const failed = { ...answer.body, output_stream_url: STREAM, status: 'failed', updated_at: later(1_000) };
    expect(whole(await call('DELETE', `/apps/shop/builds/${answer.body.id}`))).toEqual({ status: 200, body: failed });
    expect(whole(await call('DELETE', `/apps/shop/builds/${answer.body.id}`))).toEqual(
      conflict('This build has ended already.'),
    );
  });

  test('takes the buildpacks of its app, and when it has ended it tells of its slug and its release', async () => {
    const packs = [{ ordinal: 0, buildpack: nodejs }];
    const installations = '/apps/shop/buildpack-installations';
    const put = await call('PUT', installations, { updates: [{ buildpack: 'heroku/nodejs' }] });
    expect(whole(put)).toEqual({ status: 200, body: packs });
    expect(whole(await call('GET', installations))).toEqual({ status: 200, body: packs });
    const ended = await deploy(fixture, me, 'shop', { processTypes: { web: 'w' }, description: 'first' });
    const version = '58d1fdd258d1fdd258d1fdd258d1fdd258d1fdd2';
    expect(ended).toEqual(
      build({
        buildpacks: [nodejs],
        release: { id: A_UUID },
        slug: { id: A_UUID },
        source_blob: { checksum: null, url: BLOB, version, version_description: 'first' },
        status: 'succeeded',
      }),
    );
  });

  const sourced = (more: object) => ({ source_blob: { url, ...more } });
  const shipped = 'The platform ships heroku/nodejs, dynoform/static, dynoform/procfile; give any other by its URL.';
  test.each([
    { body: {}, message: 'Missing required field `source_blob`.' },
    { body: { source_blob: {} }, message: 'Missing required field `source_blob.url`.' },
    { body: { source_blob: { url: 'x' } }, message: 'source_blob.url must be a URL.' },
    { body: sourced({ checksum: 7 }), message: `Invalid value for \`source_blob.checksum\`: ${WRONG_TEXT}` },
    { body: sourced({ version: 7 }), message: `Invalid value for \`source_blob.version\`: ${WRONG_TEXT}` },
    {
      body: sourced({ version_description: 7 }),
      message: `Invalid value for \`source_blob.version_description\`: ${WRONG_TEXT}`,
    },
    {
      body: sourced({ checksum: '' }),
      message: 'source_blob.checksum must be SHA256: and 64 hexadecimal digits.',
    },
    {
      body: sourced({ version: 'x'.repeat(1_001) }),
      message: 'source_blob.version must not be longer than 1000 characters.',
    },
    { body: { ...sourced({}), buildpacks: [{}] }, message: `Couldn't find that buildpack. ${shipped}` },
    {
      body: { ...sourced({}), buildpacks: [{ url: 7 }] },
      message: `Invalid value for \`buildpacks.0.url\`: ${WRONG_TEXT}`,
    },
    {
      body: { ...sourced({}), buildpacks: [{ name: 7 }] },
      message: `Invalid value for \`buildpacks.0.name\`: ${WRONG_TEXT}`,
    },
    {
      body: { ...sourced({}), buildpacks: [{ url: 'heroku/nodejs' }, { url: 'heroku/nodejs' }] },
      message: 'buildpack heroku/nodejs is named twice.',
    },
  ])('of $body is refused', async ({ body, message }) => {
    expect(whole(await call('POST', '/apps/shop/builds', body))).toEqual(invalid(message));
    expect((await call('GET', '/apps/shop/builds')).body).toEqual([]);
  });

  test('that is not there is not found', async () => {
    for (const method of ['GET', 'DELETE']) {
      for (const id of [app.id, 'nonsense']) {
        expect(whole(await call(method, `/apps/shop/builds/${id}`))).toEqual(missing('build'));
      }
    }
  });

  test.each([
    { updates: [{}], message: `Couldn't find that buildpack. ${shipped}` },
    { updates: [{ buildpack: null }], message: `Couldn't find that buildpack. ${shipped}` },
    { updates: [{ buildpack: 7 }], message: `Invalid value for \`updates.0.buildpack\`: ${WRONG_TEXT}` },
    { updates: undefined, message: 'Missing required field `updates`.' },
  ])('gets no buildpacks of $updates', async ({ updates, message }) => {
    expect(whole(await call('PUT', '/apps/shop/buildpack-installations', { updates }))).toEqual(invalid(message));
  });
});

describe('a slug', () => {
  const slug = (changes: object = {}) => ({
    blob: { method: 'PUT', url: BLOB },
    buildpack_provided_description: null,
    checksum: null,
    commit: null,
    commit_description: null,
    created_at: NOW,
    deleted_at: null,
    id: A_UUID,
    process_types: { web: 'w' },
    size: null,
    stack: HEROKU_24,
    updated_at: NOW,
    ...changes,
  });
  const given = {
    buildpack_provided_description: 'Node.js',
    checksum: `SHA256:${'ab'.repeat(32)}`,
    commit: '60883d9e',
    commit_description: 'fix it',
  };
  const nothing = {
    buildpack_provided_description: null,
    checksum: null,
    commit: null,
    commit_description: null,
    stack: null,
  };

  test.each([
    { asked: {}, made: {} },
    { asked: nothing, made: {} },
    {
      asked: { ...given, stack: 'heroku-22' },
      made: { ...given, stack: { id: '57ac0000-0000-4000-8000-000000000022', name: 'heroku-22' } },
    },
  ])('of $asked is answered whole', async ({ asked, made }) => {
    const created = await call('POST', '/apps/shop/slugs', { process_types: { web: 'w' }, ...asked });
    expect(whole(created)).toEqual({ status: 201, body: slug(made) });
    const shown = { ...created.body, blob: { method: 'GET', url: BLOB } };
    expect(whole(await call('GET', `/apps/shop/slugs/${created.body.id}`))).toEqual({ status: 200, body: shown });
    const { signer } = fixture.platform;
    const token = created.body.blob.url.split('/').at(-1);
    const end = fixture.clock.nowMs() + 3_600_000;
    expect(signer.verify('blob-PUT', token, end - 1)).toBe(`slugs/${created.body.id}.tgz`);
    expect(signer.verify('blob-PUT', token, end)).toBeUndefined();
  });

  test('that was built has its size and its checksum', async () => {
    const built = await deploy(fixture, me, 'shop', { processTypes: { web: 'w' } });
    expect((await call('GET', `/apps/shop/slugs/${built.slug.id}`)).body).toEqual(
      slug({
        blob: { method: 'GET', url: BLOB },
        buildpack_provided_description: 'Node.js',
        checksum: expect.stringMatching(/^SHA256:[0-9a-f]{64}$/),
        commit: '58d1fdd258d1fdd258d1fdd258d1fdd258d1fdd2',
        size: 6,
      }),
    );
  });

  const types = { process_types: { web: 'w' } };
  test.each([
    { body: {}, answer: invalid('Missing required field `process_types`.') },
    { body: { process_types: { web: ' ' } }, answer: invalid('Process type web has no command.') },
    { body: { ...types, stack: 'heroku-1' }, answer: missing('stack') },
    { body: { ...types, stack: 7 }, answer: invalid(`Invalid value for \`stack\`: ${WRONG_TEXT}`) },
    { body: { ...types, commit: 7 }, answer: invalid(`Invalid value for \`commit\`: ${WRONG_TEXT}`) },
    {
      body: { ...types, commit_description: 7 },
      answer: invalid(`Invalid value for \`commit_description\`: ${WRONG_TEXT}`),
    },
    {
      body: { ...types, buildpack_provided_description: 7 },
      answer: invalid(`Invalid value for \`buildpack_provided_description\`: ${WRONG_TEXT}`),
    },
    { body: { ...types, checksum: '' }, answer: invalid('checksum must be SHA256: and 64 hexadecimal digits.') },
  ])('of $body is refused', async ({ body, answer }) => {
    expect(whole(await call('POST', '/apps/shop/slugs', body))).toEqual(answer);
  });

  test('that is not there is not found', async () => {
    for (const id of [app.id, 'nonsense']) {
      expect(whole(await call('GET', `/apps/shop/slugs/${id}`))).toEqual(missing('slug'));
    }
  });
});

describe('a release', () => {
  const release = (version: number, description: string, changes: object = {}) => ({
    addon_plan_names: [],
    app,
    artifacts: [] as unknown[],
    created_at: NOW,
    current: false,
    description,
    eligible_for_rollback: false,
    id: A_UUID,
    output_stream_url: null,
    slug: null,
    status: 'succeeded',
    updated_at: NOW,
    user: mine(),
    version,
    ...changes,
  });
  const withSlug = (id: string) => ({
    artifacts: [{ type: 'slug', id }],
    eligible_for_rollback: true,
    slug: { id },
  });

  test('is shown whole: without code, with it, and while its command runs', async () => {
    const first = (await deploy(fixture, me, 'shop', { processTypes: { web: 'w' } })).slug;
    const second = (await deploy(fixture, me, 'shop', { processTypes: { web: 'w', release: 'r' } })).slug;
    const deployed = 'Deploy 58d1fdd2';
    const waiting = { ...withSlug(second.id), eligible_for_rollback: false, output_stream_url: STREAM };
    const all = [
      release(1, 'Initial release'),
      release(2, 'Enable Logplex'),
      release(3, deployed, { ...withSlug(first.id), current: true }),
      release(4, deployed, { ...waiting, status: 'pending' }),
    ];
    const { body } = await call('GET', '/apps/shop/releases');
    expect([...body].sort((a, b) => a.version - b.version)).toEqual(all);
    for (const [index, each] of all.entries()) {
      expect(whole(await call('GET', `/apps/shop/releases/v${index + 1}`))).toEqual({ status: 200, body: each });
    }
    const range = { range: 'version ..; order=desc, max=2' };
    const newest = await fixture.request('GET', '/apps/shop/releases', { token: me.token, headers: range });
    expect(newest.body).toEqual([all[3], all[2]]);
  });

  test('made of a slug, or of an earlier release, is the current one and is answered whole', async () => {
    const { slug } = await deploy(fixture, me, 'shop', { processTypes: { web: 'w' } });
    const changes = { ...withSlug(slug.id), current: true };
    for (const [body, version, description] of [
      [{ slug: slug.id }, 4, 'Deploy 58d1fdd2'],
      [{ slug: slug.id, description: 'by hand' }, 5, 'by hand'],
      [{ release: 3 }, 6, 'Rollback to v3'],
      [{ release: 'v4', description: 'not told' }, 7, 'Rollback to v4'],
    ] as const) {
      const made = await call('POST', '/apps/shop/releases', body);
      expect(whole(made)).toEqual({ status: 201, body: release(version, description, changes) });
    }
  });

  const noContent = 'This slug has no content yet. PUT its archive to the blob.url that creating it answered.';
  test.each([
    { body: () => ({}), answer: invalid('Missing required field `slug`.') },
    { body: () => ({ description: 'x' }), answer: invalid('Missing required field `slug`.') },
    { body: (slug: string) => ({ slug }), answer: invalid(noContent) },
    { body: () => ({ slug: app.id }), answer: missing('slug') },
    { body: () => ({ slug: 'nonsense' }), answer: missing('slug') },
    { body: () => ({ release: 9 }), answer: missing('release') },
    { body: () => ({ release: 'nonsense' }), answer: missing('release') },
    { body: () => ({ release: 1 }), answer: invalid('Cannot roll back to v1: it has no slug.') },
    {
      body: () => ({ release: 1.5 }),
      answer: invalid('Invalid value for `release`: expected a version or an id.'),
    },
    {
      body: () => ({ release: null }),
      answer: invalid('Invalid value for `release`: expected a version or an id.'),
    },
    { body: () => ({ slug: 7 }), answer: invalid(`Invalid value for \`slug\`: ${WRONG_TEXT}`) },
    {
      body: () => ({ release: 1, description: 7 }),
      answer: invalid(`Invalid value for \`description\`: ${WRONG_TEXT}`),
    },
  ])('of $body gets $answer.body.message', async ({ body, answer }) => {
    const { body: slug } = await call('POST', '/apps/shop/slugs', { process_types: { web: 'w' } });
    expect(whole(await call('POST', '/apps/shop/releases', body(slug.id)))).toEqual(answer);
    expect((await call('GET', '/apps/shop/releases')).body).toHaveLength(2);
  });

  test('that is not there is not found', async () => {
    expect(whole(await call('GET', '/apps/shop/releases/9'))).toEqual(missing('release'));
  });
});

test('a build of an uploaded source shows an URL that reads it for an hour', async () => {
  const source = { url: await uploadedSource(fixture, me.token) };
  const { body } = await call('POST', '/apps/shop/builds', { source_blob: source });
  fixture.clock.advance(1_800_000);
  const shown = (await call('GET', `/apps/shop/builds/${body.id}`)).body.source_blob.url.split('/').at(-1);
  const end = fixture.clock.nowMs() + 3_600_000;
  expect(fixture.platform.signer.verify('blob-GET', shown, end - 1)).toMatch(/^sources\//);
  expect(fixture.platform.signer.verify('blob-GET', shown, end)).toBeUndefined();
});
