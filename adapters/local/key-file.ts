import { hkdfSync, randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const KEY_BYTES = 32;
const HEADER = 'dynoform-key-v1';

/** The key file cannot be used; the message says what to do. */
export class KeyFileRefused extends Error {
  override readonly name = 'KeyFileRefused';
}

/** Separate keys for separate uses, so that a leak in one use opens nothing of another. */
export interface PlatformKeys {
  readonly vault: Uint8Array;
  readonly signer: Uint8Array;
  /** Tells this key from others and reveals nothing of it: the database keeps the id of its key. */
  readonly id: string;
}

/** Reads the platform's key file, or creates it. Throws `KeyFileRefused`. */
export function openKeyFile(path: string): PlatformKeys {
  let text = read(path);
  if (text === undefined) {
    create(path);
    text = read(path);
  }
  const [header, encoded] = (text ?? '').trim().split(' ');
  const key = Buffer.from(encoded ?? '', 'base64url');
  if (header !== HEADER || key.length !== KEY_BYTES) {
    throw new KeyFileRefused(
      `the key file ${path} is damaged: restore it from a backup; without it the config vars of every app are lost`,
    );
  }
  return {
    vault: derive(key, 'config-vault'),
    signer: derive(key, 'signer'),
    id: Buffer.from(derive(key, 'key id')).toString('base64url'),
  };
}

function read(path: string): string | undefined {
  try {
    const mode = statSync(path).mode & 0o777;
    if ((mode & 0o077) !== 0) {
      throw new KeyFileRefused(
        `the key file ${path} can be read by other users (mode ${mode.toString(8)}): run \`chmod 600 ${path}\`, and consider its key known to them`,
      );
    }
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The file appears complete or not at all: a kill in between must not leave a key file that the next start refuses. */
function create(path: string): void {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  const descriptor = openSync(draft, 'wx', 0o600);
  try {
    writeFileSync(descriptor, `${HEADER} ${randomBytes(KEY_BYTES).toString('base64url')}\n`);
    fsyncSync(descriptor);
    // Unlike a rename, a link never replaces a key that another start made meanwhile.
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    closeSync(descriptor);
    unlinkSync(draft);
  }
  const directory = openSync(dirname(path), 'r');
  fsyncSync(directory);
  closeSync(directory);
}

function derive(key: Uint8Array, use: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, '', `dynoform ${use} v1`, KEY_BYTES));
}
