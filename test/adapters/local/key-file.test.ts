import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KeyFileRefused, openKeyFile } from '../../../adapters/local/key-file.ts';

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'dynoform-key-'));
  path = join(directory, 'key');
});
afterEach(() => rmSync(directory, { recursive: true }));

test('makes a key once, for the owner only, and leaves nothing else behind', () => {
  const made = openKeyFile(path);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(directory)).toEqual(['key']);
  expect(openKeyFile(path)).toEqual(made);
});

test('gives each use a key of its own, none of which is in the file', () => {
  const { vault, signer } = openKeyFile(path);
  expect(vault).toHaveLength(32);
  expect(signer).toHaveLength(32);
  expect(vault).not.toEqual(signer);
  for (const key of [vault, signer]) {
    expect(readFileSync(path, 'utf8')).not.toContain(Buffer.from(key).toString('base64url'));
  }
});

test('two places have different keys', () => {
  expect(openKeyFile(path).vault).not.toEqual(openKeyFile(join(directory, 'other')).vault);
});

test.each([{ mode: 0o640 }, { mode: 0o604 }, { mode: 0o620 }, { mode: 0o777 }])(
  'refuses a key that others can reach, and says what to do (mode $mode)',
  ({ mode }) => {
    openKeyFile(path);
    chmodSync(path, mode);
    expect(() => openKeyFile(path)).toThrow(KeyFileRefused);
    expect(() => openKeyFile(path)).toThrow(expect.objectContaining({ name: 'KeyFileRefused' }));
    expect(() => openKeyFile(path)).toThrow(`chmod 600 ${path}`);
  },
);

test.each([
  { name: 'empty', content: '' },
  { name: 'cut', content: 'dynoform-key-v1 c2hvcnQ\n' },
  { name: 'something else', content: '-----BEGIN PRIVATE KEY-----' },
])('never replaces a damaged key: $name', ({ content }) => {
  writeFileSync(path, content, { mode: 0o600 });
  expect(() => openKeyFile(path)).toThrow(/damaged: restore it from a backup/);
  expect(readFileSync(path, 'utf8')).toBe(content);
});
