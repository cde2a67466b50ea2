import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { ConfigVault } from '../../core/ports/config-vault.ts';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const PREFIX = 'v1.';

/** Sealed text: `v1.` and base64url of nonce, AES-256-GCM ciphertext and tag. The context is authenticated, not stored. */
export class LocalConfigVault implements ConfigVault {
  readonly #key: Uint8Array;

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  async seal(plain: Readonly<Record<string, string>>, context: string): Promise<string> {
    // 96 random bits: far from a repeat below 2^32 seals under one key, NIST's limit for random nonces.
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#key, nonce).setAAD(Buffer.from(PREFIX + context));
    const parts = [nonce, cipher.update(JSON.stringify(plain), 'utf8'), cipher.final(), cipher.getAuthTag()];
    return PREFIX + Buffer.concat(parts).toString('base64url');
  }

  async open(sealed: string, context: string): Promise<Readonly<Record<string, string>>> {
    const bytes = Buffer.from(sealed.slice(PREFIX.length), 'base64url');
    if (!sealed.startsWith(PREFIX) || bytes.length < NONCE_BYTES + TAG_BYTES) {
      throw new Error(`sealed config of ${context} has an unknown format`);
    }
    const decipher = createDecipheriv(CIPHER, this.#key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
      .setAAD(Buffer.from(PREFIX + context))
      .setAuthTag(bytes.subarray(-TAG_BYTES));
    const plain = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
    try {
      decipher.final();
    } catch {
      throw new Error(`sealed config of ${context} cannot be opened: another key file, another place, or damaged`);
    }
    return JSON.parse(plain.toString('utf8')) as Record<string, string>;
  }
}
