import { randomBytes, randomUUID } from 'node:crypto';
import { CreateBucketCommand, ListMultipartUploadsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { S3Blobs } from '../../../adapters/aws/s3-blobs.ts';
import { PART_BYTES } from '../../../adapters/aws/s3-upload.ts';
import { HmacSigner } from '../../../adapters/hmac-signer.ts';
import { systemClock } from '../../../adapters/system.ts';
import { BlobTooLarge } from '../../../core/build/blob-error.ts';
import { blobsContract } from '../blobs.contract.ts';
import { clientOf } from './client-of.ts';
import { emulators } from './emulators.ts';

const signer = new HmacSigner(randomBytes(32));

async function open(endpoint: string) {
  const options = { ...clientOf(endpoint), forcePathStyle: true, requestChecksumCalculation: 'WHEN_REQUIRED' } as const;
  const client = new S3Client(options);
  const bucket = `blobs-${randomUUID()}`;
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  return {
    blobs: new S3Blobs({ client, bucket, signer, clock: systemClock }),
    stored: async () => {
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
      return [...Contents, ...Uploads].map(({ Key }) => Key ?? '');
    },
    close: async () => client.destroy(),
  };
}

async function collect(content: AsyncIterable<Uint8Array> | undefined): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content ?? []) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* chunksOf(content: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < content.byteLength; start += 1_000_003) yield content.subarray(start, start + 1_000_003);
}

describe.each([
  { name: 'MiniStack', endpoint: emulators.ministack },
  { name: 'moto', endpoint: emulators.moto },
])('$name', ({ name, endpoint }) => {
  blobsContract(`S3 on ${name}`, () => open(endpoint));

  describe('in parts', () => {
    const content = randomBytes(3 * PART_BYTES + 12_345);

    test('gives back what takes more than one', async () => {
      const { blobs, stored } = await open(endpoint);
      expect(await blobs.put('slugs/a', chunksOf(content), content.length)).toMatchObject({
        sizeBytes: content.length,
      });
      expect((await collect(await blobs.get('slugs/a'))).equals(content)).toBe(true);
      expect(await stored()).toEqual(['slugs/a']);
    });

    test('leaves none behind when it is too much or breaks off', async () => {
      const { blobs, stored } = await open(endpoint);
      await expect(blobs.put('slugs/a', chunksOf(content), content.length - 1)).rejects.toThrow(BlobTooLarge);
      async function* broken(): AsyncGenerator<Uint8Array> {
        yield content;
        throw new Error('connection lost');
      }
      await expect(blobs.put('slugs/a', broken(), content.length)).rejects.toThrow('connection lost');
      expect(await stored()).toEqual([]);
    });
  });

  test('its signed URLs take and give the content', async () => {
    const { blobs } = await open(endpoint);
    const expiresAtMs = Date.now() + 60_000;
    const url = await blobs.signedUrl('PUT', 'sources/a', expiresAtMs);
    expect((await fetch(url, { method: 'PUT', body: 'archive' })).status).toBe(200);
    const given = await fetch(await blobs.signedUrl('GET', 'sources/a', expiresAtMs));
    expect({ status: given.status, text: await given.text() }).toEqual({ status: 200, text: 'archive' });
  });
});

test('a client that would sign an empty body is refused', async () => {
  const client = new S3Client(clientOf(emulators.moto));
  const blobs = new S3Blobs({ client, bucket: 'blobs', signer, clock: systemClock });
  await expect(blobs.signedUrl('PUT', 'sources/a', Date.now() + 60_000)).rejects.toThrow('WHEN_REQUIRED');
});
