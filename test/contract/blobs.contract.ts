import { createHash, randomBytes } from 'node:crypto';
import { BlobTooLarge } from '../../core/build/blob-error.ts';
import type { Blobs } from '../../core/ports/blobs.ts';

export interface OpenBlobs {
  readonly blobs: Blobs;
  /** Everything that takes space, by any name. */
  stored(): Promise<readonly string[]>;
  close(): Promise<void>;
}

async function* chunksOf(content: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < content.byteLength; start += size) yield content.subarray(start, start + size);
}

async function collect(content: AsyncIterable<Uint8Array> | undefined): Promise<Buffer | undefined> {
  if (content === undefined) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export function blobsContract(name: string, open: () => Promise<OpenBlobs>): void {
  describe(`${name}: blobs contract`, () => {
    let opened: OpenBlobs;
    let blobs: Blobs;

    beforeEach(async () => {
      opened = await open();
      blobs = opened.blobs;
    });
    afterEach(() => opened.close());

    test.each([{ bytes: 0 }, { bytes: 1 }, { bytes: 65_536 }, { bytes: 1_500_001 }])(
      'gives back $bytes bytes, with their size and hash',
      async ({ bytes }) => {
        const content = randomBytes(bytes);
        const put = await blobs.put('slugs/abc', chunksOf(content, 10_007), bytes);
        expect(put).toEqual({ sizeBytes: bytes, sha256: createHash('sha256').update(content).digest('hex') });
        expect(await blobs.size('slugs/abc')).toBe(bytes);
        expect((await collect(await blobs.get('slugs/abc')))?.equals(content)).toBe(true);
      },
    );

    test('one that is not there', async () => {
      expect(await blobs.get('slugs/none')).toBeUndefined();
      expect(await blobs.size('slugs/none')).toBeUndefined();
      await blobs.remove('slugs/none');
    });

    test('a later put replaces, a remove removes, neighbors stay', async () => {
      await blobs.put('sources/a', chunksOf(Buffer.from('first'), 2), 100);
      await blobs.put('sources/b', chunksOf(Buffer.from('neighbor'), 2), 100);
      await blobs.put('sources/a', chunksOf(Buffer.from('second!'), 2), 100);
      expect(String(await collect(await blobs.get('sources/a')))).toBe('second!');
      await blobs.remove('sources/a');
      expect(await blobs.get('sources/a')).toBeUndefined();
      expect(String(await collect(await blobs.get('sources/b')))).toBe('neighbor');
    });

    test('too much throws, leaves nothing behind and the old content in place', async () => {
      await blobs.put('sources/a', chunksOf(Buffer.from('old'), 10), 3);
      const before = await opened.stored();
      await expect(blobs.put('sources/a', chunksOf(randomBytes(101), 10), 100)).rejects.toThrow(BlobTooLarge);
      await expect(blobs.put('sources/new', chunksOf(randomBytes(101), 10), 100)).rejects.toThrow(BlobTooLarge);
      expect(await opened.stored()).toEqual(before);
      expect(String(await collect(await blobs.get('sources/a')))).toBe('old');
    });

    test('a source that breaks off leaves nothing behind', async () => {
      const before = await opened.stored();
      async function* broken(): AsyncGenerator<Uint8Array> {
        yield Buffer.from('half');
        throw new Error('connection lost');
      }
      await expect(blobs.put('sources/a', broken(), 100)).rejects.toThrow('connection lost');
      expect(await blobs.get('sources/a')).toBeUndefined();
      expect(await opened.stored()).toEqual(before);
    });

    test('concurrent puts to one key: one of them wins as a whole', async () => {
      const contents = Array.from({ length: 8 }, (_, i) => Buffer.alloc(50_000, i));
      await Promise.all(contents.map((content) => blobs.put('slugs/same', chunksOf(content, 1_000), 50_000)));
      const found = await collect(await blobs.get('slugs/same'));
      expect(contents.some((content) => found?.equals(content))).toBe(true);
    });

    test('a reader keeps what it began to read while it is replaced', async () => {
      const content = randomBytes(1_000_000);
      await blobs.put('slugs/a', chunksOf(content, 65_536), 1_000_000);
      const chunks: Uint8Array[] = [];
      for await (const chunk of (await blobs.get('slugs/a')) ?? []) {
        if (chunks.length === 0) await blobs.put('slugs/a', chunksOf(Buffer.alloc(1_000_000), 65_536), 1_000_000);
        chunks.push(chunk);
      }
      expect(Buffer.concat(chunks).equals(content)).toBe(true);
    });

    describe('a URL of its own', () => {
      const nowMs = Date.now();
      const expiresAtMs = nowMs + 60_000;

      test('is known by the blob that it gives, until it expires', async () => {
        const url = await blobs.signedUrl('GET', 'sources/a', expiresAtMs);
        expect(await blobs.keyOfUrl(url, nowMs)).toEqual({ key: 'sources/a' });
        expect(await blobs.keyOfUrl(url, expiresAtMs - 1)).toEqual({ key: 'sources/a' });
        expect(await blobs.keyOfUrl(url, expiresAtMs)).toEqual({ key: undefined });
      });

      test('to PUT gives nothing', async () => {
        const url = await blobs.signedUrl('PUT', 'sources/a', expiresAtMs);
        expect(await blobs.keyOfUrl(url, nowMs)).toEqual({ key: undefined });
      });

      test('gives no other blob, whichever character of it is changed', async () => {
        const url = await blobs.signedUrl('GET', 'sources/a', expiresAtMs);
        const other = await blobs.signedUrl('GET', 'sources/b', expiresAtMs);
        for (let at = 0; at < url.length; at++) {
          for (const character of new Set([url[at] === 'b' ? 'c' : 'b', other[at] ?? 'b'])) {
            const changed = await blobs.keyOfUrl(url.slice(0, at) + character + url.slice(at + 1), nowMs);
            expect([undefined, 'sources/a']).toContain(changed?.key);
          }
        }
      });

      test.each(['https://example.com/x', 'https://example.com/sources/a', 'sources/a', ''])(
        'is not %j',
        async (text) => {
          expect(await blobs.keyOfUrl(text, nowMs)).toBeUndefined();
        },
      );
    });

    test.each([
      '',
      '.',
      '..',
      '../escape',
      'slugs/../../escape',
      'slugs/..',
      '/etc/passwd',
      'slugs//a',
      'slugs/',
      '.incoming/a',
      'slugs/.hidden',
      'slugs/a\0b',
      'slugs/a b',
      'slugs\\..\\a',
      'slugs/%2e%2e',
      `slugs/${'a'.repeat(600)}`,
    ])('refuses the key %j', async (key) => {
      await expect(blobs.put(key, chunksOf(Buffer.from('x'), 1), 1)).rejects.toThrow('not a blob key');
      await expect(blobs.get(key)).rejects.toThrow('not a blob key');
      await expect(blobs.size(key)).rejects.toThrow('not a blob key');
      await expect(blobs.remove(key)).rejects.toThrow('not a blob key');
      await expect(blobs.signedUrl('GET', key, 1)).rejects.toThrow('not a blob key');
    });
  });
}
