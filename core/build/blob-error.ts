/** `Blobs.put` was given more than its `maxBytes`; nothing was kept. */
export class BlobTooLarge extends Error {
  override readonly name = 'BlobTooLarge';
  readonly maxBytes: number;

  constructor(maxBytes: number) {
    super(`the content has more than ${maxBytes} bytes`);
    this.maxBytes = maxBytes;
  }
}

/** The place where blobs are kept is full; nothing was kept. */
export class BlobStorageFull extends Error {
  override readonly name = 'BlobStorageFull';
}
