import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SlugCache } from '../../../adapters/local/dynos/slug-cache.ts';
import type { Blobs } from '../../../core/ports/blobs.ts';
import { tarball } from '../../artifacts.ts';
import { blobsOf, checksum, slugArchive } from '../process-runtime/slug-archive.ts';

const GIB = 1024 ** 3;
const HOUR_MS = 3_600_000;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'slug-cache-test-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Puts a slug of this size into the cache, last started this long ago. */
function keep(id: string, bytes: number, usedMsAgo: number): void {
  mkdirSync(join(directory, id, 'app'), { recursive: true });
  const path = join(directory, id, 'kept.json');
  writeFileSync(path, JSON.stringify({ entries: 1, bytes }));
  const used = new Date(Date.now() - usedMsAgo);
  utimesSync(path, used, used);
}

test.each([
  {
    name: 'the one that was not started for longest',
    kept: { month: [6, 720], day: [2, 24], hour: [2, 1] },
    stay: ['day', 'hour'],
  },
  {
    name: 'as many as it takes',
    kept: { month: [6, 720], day: [6, 24], hour: [6, 1] },
    stay: ['hour'],
  },
  {
    name: 'none that a dyno may still be copied from',
    kept: { month: [6, 720], now: [12, 0] },
    stay: ['now'],
  },
])('a cache of more than 10 GiB gives up $name', async ({ kept, stay }) => {
  for (const [id, [gib = 0, hours = 0]] of Object.entries(kept)) keep(id, gib * GIB, hours * HOUR_MS);
  const content = await slugArchive({ 'a.txt': 'a' });
  const cache = new SlugCache(directory, blobsOf(new Map([['slugs/new', content]])));
  await cache.open();
  const slug = { id: 'new', artifact: tarball('slugs/new'), checksum: checksum(content) };
  expect(await cache.get(slug)).toMatchObject({ ok: true });
  const there = () => readdirSync(directory).sort();
  for (let tries = 0; there().length > stay.length + 1 && tries < 500; tries += 1) await sleep(10);
  // Nothing more is removed afterwards.
  await sleep(50);
  expect(there()).toEqual([...stay, 'new'].sort());
});

test('a slug that was given up is extracted again when its app starts again', async () => {
  const content = await slugArchive({ 'a.txt': 'a' });
  const blobs = new Map(['old', 'new'].map((id) => [`slugs/${id}`, content]));
  const cache = new SlugCache(directory, blobsOf(blobs));
  await cache.open();
  const slug = (id: string) => ({ id, artifact: tarball(`slugs/${id}`), checksum: checksum(content) });
  await cache.get(slug('old'));
  // Its use is recorded after the answer: it must not come after the next one.
  await sleep(20);
  keep('old', 11 * GIB, 24 * HOUR_MS);
  await cache.get(slug('new'));
  for (let tries = 0; existsSync(join(directory, 'old')) && tries < 500; tries += 1) await sleep(10);
  const again = await cache.get(slug('old'));
  expect(again).toMatchObject({ ok: true, slug: { directory: join(directory, 'old', 'app') } });
  expect(readdirSync(join(directory, 'old', 'app'))).toEqual(['a.txt']);
});

describe('a slug', () => {
  const open = async (contents: Readonly<Record<string, Buffer>>) => {
    const blobs = blobsOf(new Map(Object.entries(contents)));
    let reads = 0;
    const counted = {
      ...blobs,
      get: (key: string) => {
        reads += 1;
        return blobs.get(key);
      },
    };
    const cache = new SlugCache(directory, counted);
    await cache.open();
    return { cache, reads: () => reads };
  };
  const slug = (id: string, sum = '') => ({ id, artifact: tarball('key'), checksum: sum });

  test('is unpacked once, for all who ask at once and later, with a checksum or without', async () => {
    const content = await slugArchive({ 'a.txt': 'a', 'b/c.txt': 'c' });
    const { cache, reads } = await open({ key: content });
    const is = { ok: true, slug: { directory: join(directory, 'one', 'app'), entries: expect.any(Number) } };
    expect(await Promise.all([cache.get(slug('one')), cache.get(slug('one'))])).toEqual([is, is]);
    expect(await cache.get(slug('one'))).toEqual(is);
    expect(reads()).toBe(1);
    const later = await open({});
    expect(await later.cache.get(slug('one', checksum(content)))).toEqual(is);
    expect(later.reads()).toBe(0);
    expect(readdirSync(join(directory, 'one', 'app')).sort()).toEqual(['a.txt', 'b']);
  });

  test.each(['', '..', 'a/b', '.x', 'a b'])('%j is none', async (id) => {
    const { cache } = await open({});
    expect(await cache.get(slug(id))).toEqual({ ok: false, reason: 'not a slug id', retry: false });
  });

  test('whose archive is missing is refused for good, and asked for again', async () => {
    const { cache, reads } = await open({});
    const is = { ok: false, reason: 'the slug archive is missing', retry: false };
    expect([await cache.get(slug('one')), await cache.get(slug('one'))]).toEqual([is, is]);
    expect([reads(), readdirSync(directory)]).toEqual([2, []]);
  });

  test('that is not the one that was made, or no archive, is refused in plain words and leaves nothing', async () => {
    const content = await slugArchive({ a: 'a' });
    const { cache } = await open({ key: content });
    const wrong = `SHA256:${'0'.repeat(64)}`;
    expect(await cache.get(slug('one', wrong))).toEqual({
      ok: false,
      reason: `Checksum does match expected value. Expected: ${wrong} Actual: ${checksum(content)}`,
      retry: false,
    });
    const bad = await open({ key: Buffer.from('no archive') });
    expect(await bad.cache.get(slug('two'))).toEqual({
      ok: false,
      reason: expect.stringMatching(/^slug archive is corrupt: not a readable gzip/),
      retry: false,
    });
    expect(readdirSync(directory)).toEqual([]);
  });

  test('that cannot be read is worth another try, and a full disk is told as such', async () => {
    const failing = async (error: Error) => {
      const cache = new SlugCache(directory, {
        get: async () => {
          throw error;
        },
      } as unknown as Blobs);
      return cache.get(slug('one'));
    };
    expect(await failing(new Error('out of reach'))).toEqual({
      ...{ ok: false, reason: 'the slug cannot be read: out of reach', retry: true },
    });
    for (const code of ['ENOSPC', 'EDQUOT']) {
      const place = basename(join(directory, '..'));
      expect(await failing(Object.assign(new Error('full'), { code }))).toEqual({
        ...{ ok: false, reason: `disk full: free space in ${place}`, retry: true },
      });
    }
  });

  test('half of which was unpacked when the platform died is gone at the next start', async () => {
    mkdirSync(join(directory, '.half', 'app'), { recursive: true });
    keep('whole', 1, 0);
    await open({});
    expect(readdirSync(directory)).toEqual(['whole']);
  });
});
