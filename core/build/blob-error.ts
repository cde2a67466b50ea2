/** `Blobs.put` was given more than its `maxBytes`; nothing was stored. */
export class BlobTooLarge extends Error {
  override readonly name = 'BlobTooLarge';
  readonly maxBytes: number;

  constructor(maxBytes: number) {
    super(`the content has more than ${maxBytes} bytes`);
    this.maxBytes = maxBytes;
  }
}

/** The storage of blobs is full; nothing was stored. */
export class BlobStorageFull extends Error {
  override readonly name = 'BlobStorageFull';
}
