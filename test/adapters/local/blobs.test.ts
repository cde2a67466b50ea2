import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HmacSigner } from '../../../adapters/hmac-signer.ts';
import { openLocalBlobs } from '../../../adapters/local/blobs.ts';
import { BlobStorageFull, BlobTooLarge } from '../../../core/build/blob-error.ts';

const signer = new HmacSigner(Buffer.alloc(32, 7));
const apiUrl = 'http://localhost:5000';
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'dynoform-blobs-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

async function* megabytes(count: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < count; i++) yield Buffer.alloc(1_000_000, i);
}

test('what a killed platform left half-written is removed at start', async () => {
  mkdirSync(join(directory, '.incoming'));
  writeFileSync(join(directory, '.incoming', 'half'), 'x');
  await openLocalBlobs({ directory, apiUrl, signer });
  expect(readdirSync(join(directory, '.incoming'))).toEqual([]);
});

test('files are for the owner only', async () => {
  const blobs = await openLocalBlobs({ directory, apiUrl, signer });
  await blobs.put('slugs/a', megabytes(1), 1e6);
  expect(statSync(join(directory, 'slugs/a')).mode & 0o777).toBe(0o600);
  expect(statSync(join(directory, 'slugs')).mode & 0o777).toBe(0o700);
});

test('a signed URL carries the key for one method', async () => {
  const blobs = await openLocalBlobs({ directory, apiUrl, signer });
  const url = await blobs.signedUrl('PUT', 'sources/1', 1_000);
  expect(url.startsWith('http://localhost:5000/blobs/')).toBe(true);
  const token = url.slice(url.lastIndexOf('/') + 1);
  expect(signer.verify('blob-PUT', token, 999)).toBe('sources/1');
  expect(signer.verify('blob-GET', token, 999)).toBeUndefined();
});

/** Mounts a file system of 4 MB at a new path. Needs root. */
function mountSmallDisk(): string {
  const path = mkdtempSync(join(tmpdir(), 'dynoform-small-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', path], { stdio: 'ignore' });
    return path;
  } catch (error) {
    rmSync(path, { recursive: true });
    throw error;
  }
}

function removeSmallDisk(path: string): void {
  execFileSync('umount', [path]);
  rmSync(path, { recursive: true });
}

function mayMount(): boolean {
  try {
    removeSmallDisk(mountSmallDisk());
    return true;
  } catch {
    return false;
  }
}

const testOnFullDisk = mayMount() ? test : test.skip;

testOnFullDisk(
  'a full disk is a clear error and leaves nothing behind (skipped where no tmpfs may be mounted)',
  async () => {
    const small = mountSmallDisk();
    try {
      const blobs = await openLocalBlobs({ directory: small, apiUrl, signer });
      await blobs.put('slugs/before', megabytes(1), 1e9);
      const failure = await blobs.put('slugs/a', megabytes(10), 1e9).catch((error: Error) => error);
      expect(failure).toBeInstanceOf(BlobStorageFull);
      expect(failure).toMatchObject({ message: `no space left in ${small}`, cause: { code: 'ENOSPC' } });
      expect(readdirSync(join(small, '.incoming'))).toEqual([]);
      expect(await blobs.get('slugs/a')).toBeUndefined();
      expect(await blobs.size('slugs/before')).toBe(1_000_000);
      await blobs.put('slugs/after', megabytes(1), 1e9);
    } finally {
      removeSmallDisk(small);
    }
  },
);

test('a directory is no blob, and what cannot be looked at is an error', async () => {
  const blobs = await openLocalBlobs({ directory, apiUrl, signer });
  await blobs.put('slugs/a', megabytes(1), 1e6);
  expect([await blobs.size('slugs'), await blobs.get('slugs')]).toEqual([undefined, undefined]);
  expect([await blobs.size('slugs/a/b'), await blobs.get('none')]).toEqual([undefined, undefined]);
  await expect(blobs.put('slugs/a/b', megabytes(1), 1e6)).rejects.toThrow('EEXIST');
  expect(readdirSync(join(directory, '.incoming'))).toEqual([]);
  await blobs.remove('slugs/a');
  await blobs.remove('slugs/a');
  expect(await blobs.size('slugs/a')).toBeUndefined();
});

test('a blob is told by its size and its sum, and is one byte too large or is not', async () => {
  const blobs = await openLocalBlobs({ directory, apiUrl, signer });
  const content = () => megabytes(2);
  const sha256 = createHash('sha256')
    .update(Buffer.alloc(1_000_000, 0))
    .update(Buffer.alloc(1_000_000, 1))
    .digest('hex');
  expect(await blobs.put('a', content(), 2_000_000)).toEqual({ sizeBytes: 2_000_000, sha256 });
  await expect(blobs.put('b', content(), 1_999_999)).rejects.toThrow(BlobTooLarge);
  expect(readdirSync(directory).sort()).toEqual(['.incoming', 'a']);
});

test('the key of a URL is told for reading, while it is good', async () => {
  const blobs = await openLocalBlobs({ directory, apiUrl, signer });
  const url = await blobs.signedUrl('GET', 'slugs/a', 1_000);
  expect(await blobs.keyOfUrl(url, 999)).toEqual({ key: 'slugs/a' });
  expect(await blobs.keyOfUrl(url, 1_000)).toEqual({ key: undefined });
  expect(await blobs.keyOfUrl(await blobs.signedUrl('PUT', 'slugs/a', 1_000), 999)).toEqual({ key: undefined });
  expect(await blobs.keyOfUrl(`x${url}`, 999)).toBeUndefined();
  expect(await blobs.keyOfUrl('http://localhost:5000/other/x', 999)).toBeUndefined();
  await expect(blobs.signedUrl('GET', '../a', 1)).rejects.toThrow('not a blob key: "../a"');
});
