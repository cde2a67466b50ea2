import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { parseSshPublicKey } from '../../../core/account/ssh-key.ts';

const field = (bytes: Uint8Array) => Buffer.concat([Buffer.from([0, 0, bytes.length >> 8, bytes.length & 255]), bytes]);
const ed25519 = Buffer.concat([field(Buffer.from('ssh-ed25519')), field(Buffer.alloc(32, 7))]).toString('base64');
const { publicKey: rsa } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const modulus = Buffer.from(rsa.export({ format: 'jwk' }).n ?? '', 'base64url');
const rsaText = Buffer.concat([
  field(Buffer.from('ssh-rsa')),
  field(Buffer.from([1, 0, 1])),
  field(Buffer.concat([Buffer.from([0]), modulus])),
]).toString('base64');

const shifted = Buffer.concat([Buffer.from([0]), field(Buffer.from('ssh-ed25519')), Buffer.alloc(35, 7)]).toString(
  'base64',
);
const line = (length: number) => `ssh-ed25519 ${ed25519} ${'x'.repeat(length - 13 - ed25519.length)}`;

/** Key types that OpenSSH makes today; the bytes of a key begin with the same name. */
test.each([
  'ssh-rsa',
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
])('%s is an algorithm', (algorithm) => {
  const key = (more: number) =>
    Buffer.concat([field(Buffer.from(algorithm)), Buffer.alloc(more, 7)]).toString('base64');
  const base64 = key(17);
  expect(parseSshPublicKey(`${algorithm} ${base64} me`)).toEqual({
    ok: true,
    value: { algorithm, base64, comment: 'me' },
  });
  // Sixteen bytes are not a key of any type.
  expect(parseSshPublicKey(`${algorithm} ${key(16)} me`).ok).toBe(false);
});

test.each([
  { name: 'an Ed25519 key', text: `ssh-ed25519 ${ed25519} me@laptop`, comment: 'me@laptop' },
  { name: 'an RSA key', text: `ssh-rsa ${rsaText} me@laptop`, comment: 'me@laptop' },
  { name: 'a key without a comment', text: `ssh-ed25519 ${ed25519}`, comment: '' },
  { name: 'a comment of several words', text: `ssh-ed25519 ${ed25519} my old laptop`, comment: 'my old laptop' },
  { name: 'tabs and several spaces', text: `ssh-ed25519\t ${ed25519}  my\told  laptop`, comment: 'my old laptop' },
  { name: 'a line of 8,192 characters', text: line(8_192), comment: expect.stringMatching(/^x+$/) },
  { name: 'a newline at the end', text: `ssh-ed25519 ${ed25519} x\n`, comment: 'x' },
])('$name is a key', ({ text, comment }) => {
  expect(parseSshPublicKey(text)).toMatchObject({ ok: true, value: { comment } });
});

test.each([
  { name: 'nothing', text: '' },
  { name: 'a word', text: 'ssh-ed25519' },
  { name: 'DSA', text: `ssh-dss ${ed25519}` },
  { name: 'an algorithm that the bytes do not name', text: `ssh-rsa ${ed25519}` },
  { name: 'broken base64', text: `ssh-ed25519 ${ed25519.slice(1)}` },
  { name: 'a key cut short', text: `ssh-ed25519 ${ed25519.slice(0, 24)}` },
  { name: 'two keys', text: `ssh-ed25519 ${ed25519}\nssh-ed25519 ${ed25519}` },
  { name: 'authorized_keys options', text: `command="sh" ssh-ed25519 ${ed25519}` },
  { name: 'one character too many', text: line(8_193) },
  { name: 'a carriage return within', text: `ssh-ed25519 ${ed25519} a\rb` },
  { name: 'base64 behind something else', text: `ssh-ed25519 !${ed25519.slice(1)}` },
  { name: 'base64 with something behind it', text: `ssh-ed25519 ${ed25519}!!!!` },
  { name: 'the name of the algorithm further behind', text: `ssh-ed25519 ${shifted}` },
  { name: '100 KB', text: `ssh-ed25519 ${ed25519} ${'x'.repeat(100_000)}` },
])('$name is no key', ({ text }) => {
  expect(parseSshPublicKey(text)).toEqual({
    ok: false,
    error: {
      id: 'invalid_params',
      message: 'Invalid public key. Send one line of an OpenSSH public key file: `ssh-ed25519 AAAA... comment`.',
    },
  });
});

test('a private key is refused with a warning', () => {
  const text = '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----';
  expect(parseSshPublicKey(text)).toEqual({
    ok: false,
    error: {
      id: 'invalid_params',
      message: 'This is a private key. Keep it secret, and send the public key, whose file name ends in .pub.',
    },
  });
});

test('no text makes it throw', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.base64String().map((text) => `ssh-rsa ${text}`),
      ),
      (text) => {
        expect(typeof parseSshPublicKey(text).ok).toBe('boolean');
      },
    ),
  );
});
