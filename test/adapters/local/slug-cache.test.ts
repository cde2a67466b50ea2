import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SlugCache } from '../../../adapters/local/dynos/slug-cache.ts';
import { blobsOf, checksum, slugArchive } from '../process-runtime/slug-archive.ts';

const GIB = 1024 ** 3;
const HOUR_MS = 3_600_000;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'slug-cache-test-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** A slug that is in the cache already, as large as it says, and was last started so long ago. */
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
  const slug = { id: 'new', blobKey: 'slugs/new', checksum: checksum(content) };
  expect(await cache.get(slug)).toMatchObject({ ok: true });
  const there = () => readdirSync(directory).sort();
  for (let tries = 0; there().length > stay.length + 1 && tries < 500; tries += 1) await sleep(10);
  // And nothing more of it goes afterwards.
  await sleep(50);
  expect(there()).toEqual([...stay, 'new'].sort());
});

test('a slug that was given up is extracted again when its app starts again', async () => {
  const content = await slugArchive({ 'a.txt': 'a' });
  const blobs = new Map(['old', 'new'].map((id) => [`slugs/${id}`, content]));
  const cache = new SlugCache(directory, blobsOf(blobs));
  await cache.open();
  const slug = (id: string) => ({ id, blobKey: `slugs/${id}`, checksum: checksum(content) });
  await cache.get(slug('old'));
  // Its use is noted behind the answer: it must not come after what follows.
  await sleep(20);
  keep('old', 11 * GIB, 24 * HOUR_MS);
  await cache.get(slug('new'));
  for (let tries = 0; existsSync(join(directory, 'old')) && tries < 500; tries += 1) await sleep(10);
  const again = await cache.get(slug('old'));
  expect(again).toMatchObject({ ok: true, slug: { directory: join(directory, 'old', 'app') } });
  expect(readdirSync(join(directory, 'old', 'app'))).toEqual(['a.txt']);
});
