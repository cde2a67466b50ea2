import { completeReleasePhase } from '../../core/release/complete-release-phase.ts';
import { type Answered, type ApiFixture, openApiFixture, type Principal } from './api-fixture.ts';
import { chunks, deploy, logOf, outputOf } from './deploy.ts';
import { expectMatchesSchema } from './published-schema.ts';

describe('releases and slugs', () => {
  let fixture: ApiFixture;
  let me: Principal;
  beforeEach(async () => {
    fixture = await openApiFixture();
    me = await fixture.principal('me@example.com');
    await call('POST', '/apps', { name: 'shop' });
  });
  afterEach(() => fixture.close());
  const call = (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
    fixture.request(method, path, {
      token: me.token,
      ...(body === undefined ? {} : { body }),
      ...(headers === undefined ? {} : { headers }),
    });
  const versions = ({ body }: Answered): number[] => body.map(({ version }: { version: number }) => version);
  /** How many releases each list asks of the store from now on. */
  const readLimits = () => {
    const { store } = fixture.platform;
    const list = store.list.bind(store);
    const limits: unknown[] = [];
    store.list = (query) => {
      if (query.prefix === 'release#') limits.push(query.limit);
      return list(query);
    };
    return limits;
  };
  const web = { processTypes: { web: 'npm start' } };
  const phased = { processTypes: { web: 'npm start', release: 'npm run migrate' } };

  test('a release is found by version, by vN and by id', async () => {
    await deploy(fixture, me, 'shop', web);
    const list = await call('GET', '/apps/shop/releases');
    expectMatchesSchema('release', list.body);
    const [, , third] = [...list.body].sort((a, b) => a.version - b.version);
    expect(third).toMatchObject({
      version: 3,
      current: true,
      description: 'Deploy 58d1fdd2',
      eligible_for_rollback: true,
      output_stream_url: null,
      status: 'succeeded',
      user: { email: 'me@example.com' },
    });
    for (const identity of ['3', 'v3', third.id]) {
      expect((await call('GET', `/apps/shop/releases/${identity}`)).body).toEqual(third);
    }
    for (const identity of ['0', '4', 'v99999999999', 'nonsense', third.slug.id, '%00', '..']) {
      expect((await call('GET', `/apps/shop/releases/${identity}`)).status).toBe(404);
    }
  });

  test('the app tells what its running slug is', async () => {
    expect((await call('GET', '/apps/shop')).body).toMatchObject({
      buildpack_provided_description: null,
      slug_size: null,
    });
    await deploy(fixture, me, 'shop', web);
    expect((await call('GET', '/apps/shop')).body).toMatchObject({
      buildpack_provided_description: 'Node.js',
      slug_size: 'a slug'.length,
    });
  });

  test('the newest comes first when asked for, and exactly one is current', async () => {
    await deploy(fixture, me, 'shop', web);
    await call('PATCH', '/apps/shop/config-vars', { A: '1' });
    const two = await call('GET', '/apps/shop/releases', undefined, { range: 'version ..; max=2, order=desc' });
    expect(two.status).toBe(206);
    expect(versions(two)).toEqual([4, 3]);
    const next = two.headers.get('next-range') ?? '';
    const rest = await call('GET', '/apps/shop/releases', undefined, { range: next });
    expect([rest.status, versions(rest)]).toEqual([200, [2, 1]]);
    const four = await call('GET', '/apps/shop/releases', undefined, { range: 'version ..; max=4, order=desc' });
    expect([four.status, versions(four)]).toEqual([200, [4, 3, 2, 1]]);
    const all = (await call('GET', '/apps/shop/releases')).body;
    expect(all.filter(({ current }: { current: boolean }) => current)).toMatchObject([{ version: 4 }]);
  });

  test.each([
    { range: 'version ..; order=desc, max=2', versions: [4, 3], read: 3 },
    { range: 'version ..; order=desc, max=1', versions: [4], read: 2 },
    { range: 'version ..; max=1', versions: [1], read: undefined },
    { range: 'version 3..; order=desc, max=2', versions: [3, 2], read: undefined },
    { range: 'version ..3; order=desc, max=1', versions: [4], read: undefined },
    { range: 'version ]3..1; order=desc, max=1', versions: [2], read: undefined },
    { range: 'color ..; order=desc, max=1', versions: 416, read: undefined },
  ])('$range reads $read releases of the store, and answers $versions', async ({ range, versions: expected, read }) => {
    await deploy(fixture, me, 'shop', web);
    await call('PATCH', '/apps/shop/config-vars', { A: '1' });
    const limits = readLimits();
    const answer = await call('GET', '/apps/shop/releases', undefined, { range });
    expect(answer.status < 300 ? versions(answer) : answer.status).toEqual(expected);
    expect(limits).toEqual([read]);
  });

  test('sorted by their ids, the last of all comes first', async () => {
    await deploy(fixture, me, 'shop', web);
    const ids = (await call('GET', '/apps/shop/releases')).body.map(({ id }: { id: string }) => id).sort();
    const limits = readLimits();
    for (const [order, expected] of [
      ['desc', [ids[2]]],
      ['asc', [ids[0]]],
    ]) {
      const one = await call('GET', '/apps/shop/releases', undefined, { range: `id ..; order=${order}, max=1` });
      expect(one.body.map(({ id }: { id: string }) => id)).toEqual(expected);
    }
    expect(limits).toEqual([undefined, undefined]);
  });

  test('rolling back brings back code and config vars as a new release', async () => {
    await call('PATCH', '/apps/shop/config-vars', { A: 'old' });
    const first = await deploy(fixture, me, 'shop', web);
    await call('PATCH', '/apps/shop/config-vars', { A: 'new', B: 'new' });
    await deploy(fixture, me, 'shop', { processTypes: { web: 'other', worker: 'k' } });
    const target = (await call('GET', '/apps/shop/releases/4')).body;
    const back = await call('POST', '/apps/shop/releases', { release: target.id });
    expect(back).toMatchObject({
      status: 201,
      body: { version: 7, description: 'Rollback to v4', current: true, slug: { id: first.slug.id } },
    });
    expectMatchesSchema('release', back.body);
    expect((await call('GET', '/apps/shop/config-vars')).body).toEqual({ A: 'old' });
    const formation = (await call('GET', '/apps/shop/formation')).body;
    expect(formation).toMatchObject([{ type: 'web', command: 'npm start', quantity: 1 }]);
    expect(logOf(fixture).slice(-2)).toEqual([
      'app[api]: Rollback to v4 by user me@example.com',
      'app[api]: Release v7 created by user me@example.com',
    ]);
    // By version; new config vars then continue from there.
    expect((await call('POST', '/apps/shop/releases', { release: 6 })).body).toMatchObject({ version: 8 });
    expect((await call('PATCH', '/apps/shop/config-vars', { C: '3' })).body).toEqual({ A: 'new', B: 'new', C: '3' });
  });

  test('what never ran cannot be rolled back to', async () => {
    const failed = await deploy(fixture, me, 'shop', phased);
    await completeReleasePhase(fixture.platform, failed.app.id, 3, 'failed');
    await deploy(fixture, me, 'shop', phased);
    const refusals = await Promise.all(
      ['1', '3', '4', '9'].map((release) => call('POST', '/apps/shop/releases', { release })),
    );
    expect(refusals.map(({ status, body }) => [status, body.message])).toEqual([
      [422, 'Cannot roll back to v1: it has no slug.'],
      [422, 'Cannot roll back to v3: its release command failed.'],
      [409, 'Cannot roll back to v4: its release command has not ended yet.'],
      [404, "Couldn't find that release."],
    ]);
    expect((await call('GET', '/apps/shop/releases/3')).body).toMatchObject({ eligible_for_rollback: false });
  });

  test('a pending release shows where its output is, and ends with it', async () => {
    const build = await deploy(fixture, me, 'shop', phased);
    const pending = (await call('GET', '/apps/shop/releases/3')).body;
    expect(pending).toMatchObject({ status: 'pending', current: false });
    expectMatchesSchema('release', pending);
    const token = pending.output_stream_url.replace('http://localhost:5000/streams/', '');
    const streamId = fixture.platform.signer.verify('output', token, fixture.clock.nowMs()) ?? '';
    fixture.platform.outputs.append(streamId, 'migrating\n');
    await completeReleasePhase(fixture.platform, build.app.id, 3, 'succeeded');
    expect(await outputOf(fixture, streamId)).toBe('migrating\n');
    expect((await call('GET', '/apps/shop/releases/3')).body).toMatchObject({ status: 'succeeded', current: true });
  });

  test('the checksum of an uploaded slug is written in one way, however it was sent', async () => {
    const checksum = `sha256:${'AB'.repeat(32)}`;
    const created = await call('POST', '/apps/shop/slugs', { process_types: { web: 'w' }, checksum });
    expect(created).toMatchObject({ status: 201, body: { checksum: `SHA256:${'ab'.repeat(32)}` } });
    const { url } = (await call('GET', `/apps/shop/slugs/${created.body.id}`)).body.blob;
    const { signer } = fixture.platform;
    expect(signer.verify('blob-GET', url.split('/').at(-1), fixture.clock.nowMs())).toMatch(/^slugs\//);
  });

  test('a release that waits for its command is not current, whoever made it', async () => {
    const first = await deploy(fixture, me, 'shop', phased);
    await completeReleasePhase(fixture.platform, first.app.id, 3, 'succeeded');
    const again = await call('POST', '/apps/shop/releases', { slug: first.slug.id });
    expect(again).toMatchObject({ status: 201, body: { version: 4, status: 'pending', current: false } });
    expect((await call('GET', '/apps/shop/releases/3')).body).toMatchObject({ current: true });
  });

  test('an uploaded slug is released, again and with a description of its own', async () => {
    const created = await call('POST', '/apps/shop/slugs', {
      process_types: { web: './run' },
      commit: '60883d9e8947a57e04dc9124f25df004866a2051',
    });
    expect(created).toMatchObject({ status: 201, body: { blob: { method: 'PUT' }, size: null, checksum: null } });
    const slug = created.body.id;
    const early = await call('POST', '/apps/shop/releases', { slug });
    expect(early).toMatchObject({ status: 422, body: { message: expect.stringMatching(/no content yet/) } });

    const token = created.body.blob.url.replace('http://localhost:5000/blobs/', '');
    const key = fixture.platform.signer.verify('blob-PUT', token, fixture.clock.nowMs()) ?? '';
    await fixture.platform.blobs.put(key, chunks(Buffer.from('12345')), 100);
    const released = await call('POST', '/apps/shop/releases', { slug });
    expect(released).toMatchObject({
      status: 201,
      body: { version: 3, description: 'Deploy 60883d9e', slug: { id: slug } },
    });
    const info = await call('GET', `/apps/shop/slugs/${slug}`);
    expect(info.body).toMatchObject({ size: 5, blob: { method: 'GET' }, process_types: { web: './run' } });
    expectMatchesSchema('slug', info.body);
    const retried = await call('POST', '/apps/shop/releases', {
      slug,
      description: 'Retry of v3: Deploy\nforged line',
    });
    expect(retried.body).toMatchObject({ version: 4, description: 'Retry of v3: Deploy forged line' });
  });

  test.each([
    { name: 'a slug without process types', body: {}, message: 'Missing required field `process_types`.' },
    { name: 'a bad type name', body: { process_types: { 'a b': 'x' } }, message: /Process type "a b" is invalid/ },
    { name: 'an endless type name', body: { process_types: { ['a'.repeat(129)]: 'x' } }, message: /is invalid/ },
    { name: 'an empty command', body: { process_types: { web: ' ' } }, message: 'Process type web has no command.' },
    { name: 'a command of 70 KB', body: { process_types: { web: 'x'.repeat(70_000) } }, message: /at most 64 KB/ },
    { name: 'a number for a command', body: { process_types: { web: 1 } }, message: /`process_types.web`/ },
    { name: 'a bad checksum', body: { process_types: {}, checksum: 'MD5:1' }, message: /checksum must be SHA256/ },
  ])('refuses $name', async ({ body, message }) => {
    const refused = await call('POST', '/apps/shop/slugs', body);
    expect(refused.status).toBe(422);
    expect(refused.body.message).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
  });

  test('a slug of another app is not found', async () => {
    await call('POST', '/apps', { name: 'other' });
    const build = await deploy(fixture, me, 'other', web);
    expect((await call('POST', '/apps/shop/releases', { slug: build.slug.id })).status).toBe(404);
    expect((await call('GET', `/apps/shop/slugs/${build.slug.id}`)).status).toBe(404);
    expect((await call('POST', '/apps/shop/releases', {})).body.message).toBe('Missing required field `slug`.');
  });
});
