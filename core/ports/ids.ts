export interface Ids {
  uuid(): string;
  /** Greater than every number before it in this process: orders what happens in one millisecond. */
  sequence(): number;
  /** `bytes` random bytes as hexadecimal. */
  secret(bytes: number): string;
  sha256(text: string): string;
}
