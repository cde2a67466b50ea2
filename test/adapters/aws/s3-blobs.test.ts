import { createHash } from 'node:crypto';
import { S3Client } from '@aws-sdk/client-s3';
import { S3Blobs } from '../../../adapters/aws/s3-blobs.ts';
import { PART_BYTES } from '../../../adapters/aws/s3-upload.ts';
import { HmacSigner } from '../../../adapters/hmac-signer.ts';
import { BlobTooLarge } from '../../../core/build/blob-error.ts';
import { AwsError, AwsServer } from './aws-server.ts';

const NOW_MS = 1_800_000_000_000;
const DAY_SECONDS = 86_400;
const KEY = 'slugs/a';

let aws: AwsServer;
let client: S3Client;
let blobs: S3Blobs;

beforeEach(async () => {
  aws = await AwsServer.open();
  client = new S3Client({ ...aws.client, requestChecksumCalculation: 'WHEN_REQUIRED' });
  const signer = new HmacSigner(Buffer.alloc(32, 1));
  blobs = new S3Blobs({ client, bucket: 'bucket', signer, clock: { nowMs: () => NOW_MS } });
});
afterEach(() => {
  client.destroy();
  aws.close();
});

const operations = () => aws.calls.map(({ operation }) => operation);

async function* pieces(...sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (const size of sizes) yield Buffer.alloc(size, 97);
}

test('a small blob is one request, and what was put is told: its size and its sum', async () => {
  const told = await blobs.put(KEY, pieces(2, 3), 5);
  expect(told).toEqual({ sizeBytes: 5, sha256: createHash('sha256').update('aaaaa').digest('hex') });
  expect(operations()).toEqual(['PutObject']);
});

test('one byte more than is allowed is refused, and nothing is stored', async () => {
  await expect(blobs.put(KEY, pieces(3, 3), 5)).rejects.toThrow(BlobTooLarge);
  expect(operations()).toEqual([]);
});

test('a large one goes in parts, which are completed in their order, and the rest is one of them', async () => {
  await blobs.put(KEY, pieces(PART_BYTES, PART_BYTES, 10), 3 * PART_BYTES);
  expect(operations().sort()).toEqual([
    'CompleteMultipartUpload',
    'CreateMultipartUpload',
    'UploadPart',
    'UploadPart',
    'UploadPart',
  ]);
  const [{ body }] = aws.inputs('CompleteMultipartUpload');
  expect(body.match(/<PartNumber>\d/g)).toEqual(['<PartNumber>1', '<PartNumber>2', '<PartNumber>3']);
});

test('one that ends with a whole part has no empty one behind it', async () => {
  await blobs.put(KEY, pieces(PART_BYTES), PART_BYTES);
  expect(operations()).toEqual(['CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload']);
});

test.each([
  { what: 'a part that S3 refuses', fails: 'UploadPart' },
  { what: 'an end that S3 refuses', fails: 'CompleteMultipartUpload' },
])('$what aborts the upload: nobody pays for half a blob', async ({ fails }) => {
  aws.answers[fails] = () => {
    throw new AwsError('InternalError', 'We encountered an internal error.', {}, 500);
  };
  await expect(blobs.put(KEY, pieces(PART_BYTES, 5), 2 * PART_BYTES)).rejects.toThrow('internal error');
  expect(operations().at(-1)).toBe('AbortMultipartUpload');
});

test('one that turns out too large after its first part is aborted', async () => {
  await expect(blobs.put(KEY, pieces(PART_BYTES, 5), PART_BYTES + 4)).rejects.toThrow(BlobTooLarge);
  expect(operations().at(-1)).toBe('AbortMultipartUpload');
});

test.each([
  { code: 'NoSuchKey', status: 404, missing: true },
  // S3 answers this for a missing object too if the caller may not list the bucket: it proves nothing.
  { code: 'AccessDenied', status: 403, missing: false },
])('$status is a blob that is missing: $missing', async ({ code, status, missing }) => {
  for (const operation of ['GetObject', 'HeadObject']) {
    aws.answers[operation] = () => {
      throw new AwsError(code, 'no', {}, status);
    };
  }
  if (missing) expect([await blobs.get(KEY), await blobs.size(KEY)]).toEqual([undefined, undefined]);
  else {
    const refused = { $metadata: { httpStatusCode: 403 } };
    await expect(blobs.get(KEY)).rejects.toMatchObject(refused);
    await expect(blobs.size(KEY)).rejects.toMatchObject(refused);
  }
});

test.each([
  { what: 'is good as long as it was asked to', inMs: 60_000, seconds: 60 },
  { what: 'is never good for longer', inMs: 60_999, seconds: 60 },
  { what: 'that is over is good for the one second that AWS asks for', inMs: -1, seconds: 1 },
  { what: 'is good for a week at most', inMs: 30 * DAY_SECONDS * 1_000, seconds: 7 * DAY_SECONDS },
])('a URL $what', async ({ inMs, seconds }) => {
  const url = new URL(await blobs.signedUrl('GET', KEY, NOW_MS + inMs));
  expect(url.searchParams.get('X-Amz-Expires')).toBe(String(seconds));
  expect(url.searchParams.get('X-Amz-Date')).toBe('20270115T080000Z');
});

test('a URL to read is known again as ours, of that blob, until it is over', async () => {
  const url = await blobs.signedUrl('GET', KEY, NOW_MS + 60_000);
  expect(await blobs.keyOfUrl(url, NOW_MS)).toEqual({ key: KEY });
  expect(await blobs.keyOfUrl(url, NOW_MS + 60_001)).toEqual({ key: undefined });
  expect(await blobs.keyOfUrl(url.replace(KEY, 'slugs/b'), NOW_MS)).toEqual({ key: undefined });
  expect(await blobs.keyOfUrl('https://example.com/slugs/a', NOW_MS)).toBeUndefined();
  expect(await blobs.keyOfUrl(await blobs.signedUrl('PUT', KEY, NOW_MS + 60_000), NOW_MS)).toEqual({ key: undefined });
});
