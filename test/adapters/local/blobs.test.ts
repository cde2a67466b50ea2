import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HmacSigner } from '../../../adapters/hmac-signer.ts';
import { openLocalBlobs } from '../../../adapters/local/blobs.ts';
import { BlobStorageFull } from '../../../core/build/blob-error.ts';

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

const fullDisk = mountSmallDisk();
const testOnFullDisk = fullDisk === undefined ? test.skip : test;

testOnFullDisk(
  'a full disk is a clear error and leaves nothing behind (skipped where no tmpfs may be mounted)',
  async () => {
    const small = fullDisk ?? '';
    try {
      const blobs = await openLocalBlobs({ directory: small, apiUrl, signer });
      await blobs.put('slugs/before', megabytes(1), 1e9);
      await expect(blobs.put('slugs/a', megabytes(10), 1e9)).rejects.toThrow(BlobStorageFull);
      expect(readdirSync(join(small, '.incoming'))).toEqual([]);
      expect(await blobs.get('slugs/a')).toBeUndefined();
      expect(await blobs.size('slugs/before')).toBe(1_000_000);
      await blobs.put('slugs/after', megabytes(1), 1e9);
    } finally {
      execFileSync('umount', [small]);
      rmSync(small, { recursive: true });
    }
  },
);

function mountSmallDisk(): string | undefined {
  const path = mkdtempSync(join(tmpdir(), 'dynoform-small-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', path], { stdio: 'ignore' });
    return path;
  } catch {
    rmSync(path, { recursive: true });
    return undefined;
  }
}
