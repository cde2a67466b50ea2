import { completeBuild, failInterruptedBuilds } from '../../core/build/complete-build.ts';
import { startBuild as orderBuild } from '../../core/build/start-build.ts';
import { type App, appKey } from '../../core/records/app.ts';
import { BUILD_QUEUE } from '../../core/records/build.ts';
import { tarball } from '../artifacts.ts';
import { stored } from '../stored.ts';
import { type ApiFixture, openApiFixture, type Principal } from './api-fixture.ts';
import { deploy, logOf, outputOf, startBuild, uploadedSource } from './deploy.ts';
import { expectMatchesSchema } from './published-schema.ts';

describe('builds', () => {
  let fixture: ApiFixture;
  let me: Principal;
  beforeEach(async () => {
    fixture = await openApiFixture();
    me = await fixture.principal('me@example.com');
    await call('POST', '/apps', { name: 'shop' });
    fixture.logLines.length = 0;
  });
  afterEach(() => fixture.close());
  const call = (method: string, path: string, body?: unknown) =>
    fixture.request(method, path, { token: me.token, ...(body === undefined ? {} : { body }) });
  const output = (index = 0) => outputOf(fixture, fixture.buildOrders[index]?.outputStreamId ?? '');
  const due = () => fixture.platform.store.due(BUILD_QUEUE, Number.MAX_SAFE_INTEGER, 10);

  test('a build is ordered with the config vars, the stack and the buildpacks in force', async () => {
    await call('PATCH', '/apps/shop/config-vars', { A: '1' });
    await call('PUT', '/apps/shop/buildpack-installations', { updates: [{ buildpack: 'heroku/nodejs' }] });
    const build = await startBuild(fixture, me.token, 'shop', { description: 'fix it' });
    expectMatchesSchema('build', build);
    expect(build).toMatchObject({ status: 'pending', release: null, slug: null, stack: 'heroku-24' });
    expect(fixture.buildOrders).toMatchObject([
      {
        appName: 'shop',
        buildId: build.id,
        config: { A: '1' },
        buildpacks: ['heroku/nodejs'],
        sourceVersion: '58d1fdd258d1fdd258d1fdd258d1fdd258d1fdd2',
        source: { blobKey: expect.stringMatching(/^sources\//) },
        deadlineMs: fixture.clock.nowMs() + 15 * 60_000,
      },
    ]);
    expect(logOf(fixture).at(-1)).toBe('app[api]: Build started by user me@example.com');
  });

  test('config vars that are set while a build is being ordered go to its builder', async () => {
    const app = await stored<App>(fixture.platform.store, appKey((await call('GET', '/apps/shop')).body.id));
    if (app === undefined) throw new Error('no app');
    await call('PATCH', '/apps/shop/config-vars', { A: 'new' });
    await orderBuild(fixture.platform, me.actor, app.value, { source: { url: 'https://example.com/x.tgz' } });
    expect(fixture.buildOrders).toMatchObject([{ config: { A: 'new' } }]);
  });

  test("a build that succeeds is released, in Heroku's words", async () => {
    const build = await deploy(fixture, me, 'shop', { processTypes: { web: 'npm start' } });
    expectMatchesSchema('build', build);
    expect(build).toMatchObject({ status: 'succeeded', release: { id: expect.any(String) } });
    expect(await output()).toBe(
      '-----> Launching...\n       Released v3\n       http://shop.localhost:8080/ deployed to Heroku\n\n',
    );
    expect(logOf(fixture)).toEqual([
      'app[api]: Build started by user me@example.com',
      'app[api]: Deploy 58d1fdd2 by user me@example.com',
      'app[api]: Release v3 created by user me@example.com',
      'app[api]: Scaled to web@1:Standard-1X by user me@example.com',
      'app[api]: Build succeeded',
    ]);
    expect((await call('GET', '/apps/shop/buildpack-installations')).body).toMatchObject([
      { ordinal: 0, buildpack: { name: 'heroku/nodejs', url: 'urn:buildpack:heroku/nodejs' } },
    ]);
    expect((await call('GET', `/apps/shop/slugs/${build.slug.id}`)).body).toMatchObject({
      commit: '58d1fdd258d1fdd258d1fdd258d1fdd258d1fdd2',
      buildpack_provided_description: 'Node.js',
    });
    expect(await due()).toEqual([]);
  });

  test('a release command is announced', async () => {
    await deploy(fixture, me, 'shop', { processTypes: { web: 'w', release: 'migrate' } });
    expect(await output()).toContain(
      '-----> Launching...\n !     Release command declared: this new release will not be available until the command succeeds.\n       Released v3\n',
    );
  });

  test('a release that waits behind another one announces no command that it does not have', async () => {
    await deploy(fixture, me, 'shop', { processTypes: { web: 'w', release: 'migrate' } });
    await deploy(fixture, me, 'shop', { processTypes: { web: 'w' } });
    expect(await output(1)).not.toContain('Release command declared');
    const waiting = (await call('GET', '/apps/shop/releases/4')).body;
    expect(waiting).toMatchObject({ status: 'pending', current: false, output_stream_url: null });
  });

  test('only the first outcome counts, however often it comes', async () => {
    const build = await deploy(fixture, me, 'shop', { processTypes: { web: 'w' } });
    const before = { log: logOf(fixture), output: await output() };
    await completeBuild(fixture.platform, build.app.id, build.id, { status: 'failed', message: 'late' });
    await deployAgain(build);
    expect({ log: logOf(fixture), output: await output() }).toEqual(before);
    expect((await call('GET', `/apps/shop/builds/${build.id}`)).body).toEqual(build);
    expect((await call('GET', '/apps/shop/releases')).body).toHaveLength(3);
  });

  test('a build that fails leaves everything else as it was', async () => {
    const build = await startBuild(fixture, me.token, 'shop');
    const order = fixture.buildOrders[0];
    fixture.platform.outputs.append(order?.outputStreamId ?? '', ' !     Push failed\n');
    await completeBuild(fixture.platform, build.app.id, build.id, { status: 'failed', message: 'no' });
    expect((await call('GET', `/apps/shop/builds/${build.id}`)).body).toMatchObject({
      status: 'failed',
      release: null,
    });
    expect((await call('GET', '/apps/shop/releases')).body).toHaveLength(2);
    expect(await output()).toBe(' !     Push failed\n');
    // The address that may be read without a token.
    const { output_stream_url: address } = (await call('GET', `/apps/shop/builds/${build.id}`)).body as {
      readonly output_stream_url: string;
    };
    expect(address).toMatch(/^http:\/\/localhost:5000\/streams\/[^/]+$/);
    expect(logOf(fixture).at(-1)).toBe(`app[api]: Build failed -- check your build output: ${address}`);
  });

  test('a slug whose process types nobody can run fails its build and says why', async () => {
    const build = await deploy(fixture, me, 'shop', { processTypes: { 'a b': 'x' } });
    expect(build).toMatchObject({ status: 'failed', slug: null });
    expect(await output()).toMatch(/ ! {5}Process type "a b" is invalid.*\n\n ! {5}Push failed\n$/);
  });

  test('a slug without processes is released', async () => {
    await deploy(fixture, me, 'shop', { processTypes: {} });
    expect((await call('GET', '/apps/shop/formation')).body).toEqual([]);
    expect((await call('GET', '/apps/shop/releases/3')).body).toMatchObject({ current: true });
  });

  test('canceling ends a build at once, and only once', async () => {
    const build = await startBuild(fixture, me.token, 'shop');
    const canceled = await call('DELETE', `/apps/shop/builds/${build.id}`);
    expect(canceled).toMatchObject({ status: 200, body: { status: 'failed' } });
    expect(await output()).toContain('Build canceled.');
    expect(await call('DELETE', `/apps/shop/builds/${build.id}`)).toMatchObject({ status: 409 });
    await deployAgain(build);
    expect((await call('GET', '/apps/shop/releases')).body).toHaveLength(2);
    expect(await call('DELETE', '/apps/shop/builds/nonsense')).toMatchObject({ status: 404 });
  });

  test('canceling is told to the builder', async () => {
    const canceled: string[] = [];
    fixture.platform.builder.cancel = async (buildId) => void canceled.push(buildId);
    const build = await startBuild(fixture, me.token, 'shop');
    await call('DELETE', `/apps/shop/builds/${build.id}`);
    expect(canceled).toEqual([build.id]);
  });

  test('a build that the builder does not take fails, and its readers are let go', async () => {
    fixture.platform.builder.start = async ({ outputStreamId }) => {
      fixture.platform.outputs.append(outputStreamId, 'no room\n');
      throw new Error('no room');
    };
    const url = await uploadedSource(fixture, me.token);
    expect((await call('POST', '/apps/shop/builds', { source_blob: { url } })).status).toBe(500);
    const [build] = (await call('GET', '/apps/shop/builds')).body;
    expect(build.status).toBe('failed');
    const token = build.output_stream_url.split('/').at(-1);
    const streamId = fixture.platform.signer.verify('output', token, fixture.clock.nowMs()) ?? '';
    expect(await outputOf(fixture, streamId)).toBe('no room\n');
    expect(await due()).toEqual([]);
  });

  test('a build of an app that is deleted meanwhile ends, and its readers are let go', async () => {
    const build = await startBuild(fixture, me.token, 'shop');
    fixture.platform.outputs.append(fixture.buildOrders[0]?.outputStreamId ?? '', '-----> building\n');
    await call('DELETE', '/apps/shop');
    await deployAgain(build);
    expect(await output()).toBe('-----> building\n');
    expect(await due()).toEqual([]);
  });

  test('buildpacks of one build are of that build alone; what a build detects is of the app from then on', async () => {
    const url = await uploadedSource(fixture, me.token);
    const buildpacks = [{ url: 'dynoform/static' }];
    const { body } = await call('POST', '/apps/shop/builds', { source_blob: { url }, buildpacks });
    await deployAgain(body, ['dynoform/static']);
    const installed = async () =>
      (await call('GET', '/apps/shop/buildpack-installations')).body.map(
        ({ buildpack }: { buildpack: { name: string } }) => buildpack.name,
      );
    expect(await installed()).toEqual([]);
    await deploy(fixture, me, 'shop', { processTypes: { web: 'w' } });
    expect(await installed()).toEqual(['heroku/nodejs']);
    await call('PUT', '/apps/shop/buildpack-installations', { updates: [{ buildpack: 'dynoform/procfile' }] });
    await deploy(fixture, me, 'shop', { processTypes: { web: 'w' } });
    expect(await installed()).toEqual(['dynoform/procfile']);
  });

  test('the source of a build may be read by whoever sees the build, and not written', async () => {
    const build = await startBuild(fixture, me.token, 'shop');
    const token = build.source_blob.url.split('/').at(-1);
    const nowMs = fixture.clock.nowMs();
    expect(fixture.platform.signer.verify('blob-GET', token, nowMs)).toMatch(/^sources\//);
    expect(fixture.platform.signer.verify('blob-PUT', token, nowMs)).toBeUndefined();
  });

  test.each([
    { megabytes: 300, warns: false },
    { megabytes: 301, warns: true },
  ])('a slug of $megabytes MB: warned of: $warns', async ({ megabytes, warns }) => {
    const build = await startBuild(fixture, me.token, 'shop');
    await deployAgain(build, [], megabytes * 1_024 * 1_024);
    expect((await output()).includes(`Your slug size (${megabytes} MB) exceeds our soft limit (300 MB)`)).toBe(warns);
  });

  test('after a crash, pending builds end as failed and their readers are let go', async () => {
    const first = await startBuild(fixture, me.token, 'shop');
    await startBuild(fixture, me.token, 'shop');
    fixture.platform.outputs.append(fixture.buildOrders[0]?.outputStreamId ?? '', '-----> half way\n');
    expect(await failInterruptedBuilds(fixture.platform)).toBe(2);
    expect(await failInterruptedBuilds(fixture.platform)).toBe(0);
    expect((await call('GET', `/apps/shop/builds/${first.id}`)).body.status).toBe('failed');
    for (const index of [0, 1]) expect(await output(index)).toContain('interrupted by a restart of the platform');
    expect(await due()).toEqual([]);
  });

  test('the eleventh waiting build is refused', async () => {
    for (let count = 0; count < 10; count += 1) await startBuild(fixture, me.token, 'shop');
    const url = await uploadedSource(fixture, me.token);
    expect(await call('POST', '/apps/shop/builds', { source_blob: { url } })).toMatchObject({
      status: 409,
      body: { message: '10 builds of this app are waiting. Try again when one has ended.' },
    });
    expect((await call('GET', '/apps/shop/builds')).body).toHaveLength(10);
  });

  test.each([
    { name: 'no source', body: {}, message: 'Missing required field `source_blob`.' },
    { name: 'no URL', body: { source_blob: {} }, message: 'Missing required field `source_blob.url`.' },
    { name: 'a URL that is none', body: { source_blob: { url: 'shop.tgz' } }, message: /must be a URL/ },
    {
      name: 'a file',
      body: { source_blob: { url: 'file:///etc/passwd' } },
      message: /source_blob.url must begin with http/,
    },
    {
      name: 'an odd scheme',
      body: { source_blob: { url: 'gopher://example.com/x' } },
      message: /must begin with http/,
    },
    { name: 'credentials', body: { source_blob: { url: 'https://a:b@example.com/x' } }, message: /user name/ },
    { name: 'loopback', body: { source_blob: { url: 'http://127.0.0.1/x' } }, message: /public address/ },
    { name: 'loopback in disguise', body: { source_blob: { url: 'http://0x7f.1/x' } }, message: /public address/ },
    { name: 'one number', body: { source_blob: { url: 'http://2130706433/x' } }, message: /public address/ },
    {
      name: 'the metadata service',
      body: { source_blob: { url: 'http://169.254.169.254/' } },
      message: /public address/,
    },
    { name: 'IPv6 loopback', body: { source_blob: { url: 'http://[::1]/x' } }, message: /public address/ },
    { name: 'mapped IPv4', body: { source_blob: { url: 'http://[::ffff:10.0.0.1]/x' } }, message: /public address/ },
    { name: 'localhost', body: { source_blob: { url: 'http://localhost./x' } }, message: /public address/ },
    {
      name: 'an app of ours',
      body: { source_blob: { url: 'http://shop.localhost:8080/x' } },
      message: /public address/,
    },
    {
      name: 'a forged blob',
      body: { source_blob: { url: 'http://localhost:5000/blobs/x.y' } },
      message: /expired or is not/,
    },
    {
      name: 'a bad checksum',
      body: { source_blob: { url: 'https://example.com/x', checksum: 'x' } },
      message: /checksum/,
    },
    {
      name: 'an unknown buildpack',
      body: { source_blob: { url: 'https://example.com/x' }, buildpacks: [{ name: 'heroku/cobol' }] },
      message: /neither one that the platform ships/,
    },
  ])('refuses $name, naming the field', async ({ body, message }) => {
    const refused = await call('POST', '/apps/shop/builds', body);
    expect(refused.status).toBe(422);
    expect(refused.body.message).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
    expect(fixture.buildOrders).toEqual([]);
  });

  test('a source of ours must have content, and its URL expires', async () => {
    const source = await call('POST', '/apps/shop/sources');
    expectMatchesSchema('source', source.body);
    const url = source.body.source_blob.get_url;
    const empty = await call('POST', '/apps/shop/builds', { source_blob: { url } });
    expect(empty).toMatchObject({ status: 422, body: { message: expect.stringMatching(/no content yet/) } });
    const put = await call('POST', '/apps/shop/builds', { source_blob: { url: source.body.source_blob.put_url } });
    expect(put).toMatchObject({ status: 422, body: { message: expect.stringMatching(/not the get_url/) } });
    const full = await uploadedSource(fixture, me.token);
    fixture.clock.advance(3_600_000);
    const late = await call('POST', '/apps/shop/builds', { source_blob: { url: full } });
    expect(late).toMatchObject({ status: 422, body: { message: expect.stringMatching(/has expired/) } });
  });

  test('a public URL goes to the builder as it is', async () => {
    const url = 'https://example.com/shop.tgz?token=x';
    const built = await call('POST', '/apps/shop/builds', {
      source_blob: { url },
      buildpacks: [{ url: 'heroku/nodejs' }],
    });
    expect(built).toMatchObject({ status: 201, body: { source_blob: { url } } });
    expect(fixture.buildOrders).toMatchObject([{ source: { url }, buildpacks: ['heroku/nodejs'] }]);
    expect((await call('GET', '/apps/shop/builds')).body).toEqual([built.body]);
  });

  async function deployAgain(
    build: { app: { id: string }; id: string },
    buildpacks: readonly string[] = [],
    sizeBytes = 1,
  ): Promise<void> {
    await completeBuild(fixture.platform, build.app.id, build.id, {
      status: 'succeeded',
      slug: {
        artifact: tarball('slugs/late'),
        sizeBytes,
        checksum: `SHA256:${'0'.repeat(64)}`,
        processTypes: { web: 'late' },
        buildpackDescription: '',
        buildpacks,
      },
    });
  }
});
