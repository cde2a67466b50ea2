import { type Failure, invalid } from '../failure.ts';
import { err, ok, type Result } from '../result.ts';

/** Key types that OpenSSH can still make. DSA is refused: OpenSSH itself no longer accepts it. */
const ALGORITHMS: readonly string[] = [
  'ssh-rsa',
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
];
/** An RSA key of 16,384 bits takes 2,800 characters. */
const LENGTH_MAX = 8192;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

export interface SshPublicKey {
  readonly algorithm: string;
  readonly base64: string;
  /** Often `user@host`; may be empty. */
  readonly comment: string;
}

export function parseSshPublicKey(text: string): Result<SshPublicKey, Failure> {
  const line = text.trim();
  if (line.includes('PRIVATE KEY')) {
    return err(
      invalid('This is a private key. Keep it secret, and send the public key, whose file name ends in .pub.'),
    );
  }
  const [algorithm = '', base64 = '', ...comment] = line.split(/[ \t]+/);
  const wellFormed = line.length <= LENGTH_MAX && !/[\r\n]/.test(line) && ALGORITHMS.includes(algorithm);
  if (!wellFormed || !namesItself(algorithm, base64)) {
    return err(
      invalid('Invalid public key. Send one line of an OpenSSH public key file: `ssh-ed25519 AAAA... comment`.'),
    );
  }
  return ok({ algorithm, base64, comment: comment.join(' ') });
}

/** Whether the key's bytes begin with the length and the name of its algorithm, as they must. */
function namesItself(algorithm: string, base64: string): boolean {
  if (!BASE64.test(base64) || base64.length % 4 !== 0) return false;
  const bytes = atob(base64);
  const prefix = `\0\0\0${String.fromCharCode(algorithm.length)}${algorithm}`;
  return bytes.startsWith(prefix) && bytes.length > prefix.length + 16;
}
