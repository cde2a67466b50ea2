import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { KMSClient } from '@aws-sdk/client-kms';
import type { Clock } from '../../core/ports/clock.ts';
import type { ConfigVault } from '../../core/ports/config-vault.ts';
import { type DataKey, KmsDataKeys } from './kms-data-keys.ts';

const CIPHER = 'aes-256-gcm';
const PREFIX = 'k1.';
const LENGTH_BYTES = 2;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export interface KmsConfigVaultOptions {
  readonly client: KMSClient;
  readonly keyArn: string;
  /** Identifies this installation; KMS opens no data key under another one, and logs it with each use. */
  readonly encryptionContext: Readonly<Record<string, string>>;
  readonly clock: Clock;
}

/**
 * Envelopes: `k1.` and base64url of the length of the sealed data key, that key, nonce, AES-256-GCM ciphertext and tag. One
 * data key serves many envelopes, so each envelope's place is bound by its own authentication, not by KMS's context.
 */
export class KmsConfigVault implements ConfigVault {
  readonly #keys: KmsDataKeys;

  constructor(options: KmsConfigVaultOptions) {
    this.#keys = new KmsDataKeys(options);
  }

  async seal(plain: Readonly<Record<string, string>>, context: string): Promise<string> {
    const key = await this.#keys.toSeal();
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, key.plain, nonce).setAAD(authenticated(key, context));
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt16BE(key.sealed.byteLength);
    const text = [cipher.update(JSON.stringify(plain), 'utf8'), cipher.final()];
    return PREFIX + Buffer.concat([length, key.sealed, nonce, ...text, cipher.getAuthTag()]).toString('base64url');
  }

  async open(sealed: string, context: string): Promise<Readonly<Record<string, string>>> {
    const bytes = Buffer.from(sealed.slice(PREFIX.length), 'base64url');
    const keyEnd = bytes.length < LENGTH_BYTES ? 0 : LENGTH_BYTES + bytes.readUInt16BE();
    const nonceEnd = keyEnd + NONCE_BYTES;
    if (!sealed.startsWith(PREFIX) || keyEnd <= LENGTH_BYTES || bytes.length < nonceEnd + TAG_BYTES) {
      throw new Error(`sealed config of ${context} has an unknown format`);
    }
    const key = await this.#keys.toOpen(bytes.subarray(LENGTH_BYTES, keyEnd), context);
    const decipher = createDecipheriv(CIPHER, key.plain, bytes.subarray(keyEnd, nonceEnd), { authTagLength: TAG_BYTES })
      .setAAD(authenticated(key, context))
      .setAuthTag(bytes.subarray(-TAG_BYTES));
    const plain = decipher.update(bytes.subarray(nonceEnd, -TAG_BYTES));
    try {
      decipher.final();
    } catch {
      throw new Error(`sealed config of ${context} cannot be opened: of another place, or damaged`);
    }
    return JSON.parse(plain.toString('utf8')) as Record<string, string>;
  }
}

function authenticated(key: DataKey, context: string): Buffer {
  return Buffer.concat([Buffer.from(`${PREFIX}${key.sealed.byteLength}.`), key.sealed, Buffer.from(context)]);
}
