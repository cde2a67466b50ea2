export interface Ids {
  uuid(): string;
  /** `bytes` random bytes as hexadecimal. */
  secret(bytes: number): string;
  sha256(text: string): string;
}
