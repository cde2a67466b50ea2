/** Signs what our URLs contain. */
export interface Signer {
  /** URL-safe text that `verify` accepts until `expiresAtMs`. `purpose` keeps one kind of URL from being used as another. */
  sign(purpose: string, payload: string, expiresAtMs: number): string;
  /** The payload, or undefined when forged, expired or for another purpose. Constant-time compare. */
  verify(purpose: string, token: string, nowMs: number): string | undefined;
}
