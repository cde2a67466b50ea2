import { DecryptCommand, GenerateDataKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import type { Clock } from '../../core/ports/clock.ts';
import { MINUTE_MS } from '../../core/time.ts';

/** How long a data key stays in memory: after that, a key that is disabled in KMS opens nothing. */
const KEY_MS_MAX = 5 * MINUTE_MS;
/** Far below 2^32, NIST's limit for random nonces under one key. */
const SEALS_PER_KEY_MAX = 1_000;
const OPENED_MAX = 1_000;
const KEY_BYTES = 32;

export interface DataKey {
  readonly plain: Uint8Array;
  /** Only KMS can open it. */
  readonly sealed: Uint8Array;
}

interface Held {
  readonly key: Promise<DataKey>;
  readonly untilMs: number;
}

export interface KmsDataKeysOptions {
  readonly client: KMSClient;
  readonly keyArn: string;
  readonly encryptionContext: Readonly<Record<string, string>>;
  readonly clock: Clock;
}

/** Caches data keys of one KMS key for a while, so that not every read of config vars calls KMS. */
export class KmsDataKeys {
  readonly #options: KmsDataKeysOptions;
  #sealing: (Held & { uses: number }) | undefined;
  readonly #opened = new Map<string, Held>();

  constructor(options: KmsDataKeysOptions) {
    this.#options = options;
  }

  async toSeal(): Promise<DataKey> {
    const nowMs = this.#options.clock.nowMs();
    if (this.#sealing === undefined || this.#sealing.untilMs <= nowMs || this.#sealing.uses >= SEALS_PER_KEY_MAX) {
      this.#sealing = { key: this.#generate(), untilMs: nowMs + KEY_MS_MAX, uses: 0 };
    }
    const held = this.#sealing;
    held.uses += 1;
    try {
      return await held.key;
    } catch (error) {
      if (this.#sealing === held) this.#sealing = undefined;
      throw error;
    }
  }

  async toOpen(sealed: Uint8Array, context: string): Promise<DataKey> {
    const id = Buffer.from(sealed).toString('base64');
    const nowMs = this.#options.clock.nowMs();
    let held = this.#opened.get(id);
    if (held === undefined || held.untilMs <= nowMs) {
      held = { key: this.#decrypt(sealed, context), untilMs: nowMs + KEY_MS_MAX };
      // As the newest: a map keeps its entries in order of insertion.
      this.#opened.delete(id);
      this.#opened.set(id, held);
      const [oldest] = this.#opened.keys();
      if (this.#opened.size > OPENED_MAX && oldest !== undefined) this.#opened.delete(oldest);
    }
    try {
      return await held.key;
    } catch (error) {
      if (this.#opened.get(id) === held) this.#opened.delete(id);
      throw error;
    }
  }

  async #generate(): Promise<DataKey> {
    const { client, keyArn, encryptionContext } = this.#options;
    const { Plaintext, CiphertextBlob } = await client.send(
      new GenerateDataKeyCommand({ KeyId: keyArn, KeySpec: 'AES_256', EncryptionContext: encryptionContext }),
    );
    if (Plaintext === undefined || CiphertextBlob === undefined) throw new Error('KMS has given no data key');
    return { plain: Plaintext, sealed: CiphertextBlob };
  }

  async #decrypt(sealed: Uint8Array, context: string): Promise<DataKey> {
    const { client, keyArn, encryptionContext } = this.#options;
    const command = new DecryptCommand({
      KeyId: keyArn,
      CiphertextBlob: sealed,
      EncryptionContext: encryptionContext,
    });
    try {
      const { Plaintext } = await client.send(command);
      if (Plaintext?.byteLength !== KEY_BYTES) throw new Error('KMS has given no data key of 256 bits');
      return { plain: Plaintext, sealed };
    } catch (cause) {
      throw new Error(`KMS does not open the data key of the sealed config of ${context}`, { cause });
    }
  }
}
