export interface Blobs {
  put(
    key: string,
    content: AsyncIterable<Uint8Array>,
    maxBytes: number,
  ): Promise<{ readonly sizeBytes: number; readonly sha256: string }>;
  /** Undefined: no such blob. */
  get(key: string): Promise<AsyncIterable<Uint8Array> | undefined>;
  size(key: string): Promise<number | undefined>;
  remove(key: string): Promise<void>;
  /** A URL that carries its own permission for one key, one method, until `expiresAtMs`. */
  signedUrl(method: 'GET' | 'PUT', key: string, expiresAtMs: number): Promise<string>;
  /**
   * Which blob one of our own `GET` URLs returns; no key: expired, changed, or for another method. Undefined: not our URL. Without
   * a request: fetching such a URL would use the platform's own rights.
   */
  keyOfUrl(url: string, nowMs: number): Promise<{ readonly key: string | undefined } | undefined>;
}
