import { KMSClient } from '@aws-sdk/client-kms';
import { KmsConfigVault } from '../../../adapters/aws/kms-config-vault.ts';
import { MINUTE_MS } from '../../../core/time.ts';
import { AwsError, AwsServer } from './aws-server.ts';

const CONTEXT = { 'dynoform:stage': 'small' };

let aws: AwsServer;
let client: KMSClient;
let nowMs: number;
let vault: KmsConfigVault;
let reader: KmsConfigVault;
let sealedBefore: string;

const open = () =>
  new KmsConfigVault({ client, keyArn: 'the-key', encryptionContext: CONTEXT, clock: { nowMs: () => nowMs } });

beforeEach(async () => {
  aws = await AwsServer.open();
  client = new KMSClient(aws.client);
  nowMs = 1_000_000;
  let keys = 0;
  // KMS's sealing is not under test: a data key is its own number, 32 times.
  aws.answers.GenerateDataKey = () => {
    keys += 1;
    return {
      Plaintext: Buffer.alloc(32, keys).toString('base64'),
      CiphertextBlob: Buffer.from([keys]).toString('base64'),
    };
  };
  aws.answers.Decrypt = ({ CiphertextBlob }: { CiphertextBlob: string }) => ({
    Plaintext: Buffer.alloc(32, Buffer.from(CiphertextBlob, 'base64')[0]).toString('base64'),
  });
  vault = open();
});
afterEach(() => {
  client.destroy();
  aws.close();
});

const count = (operation: string) => aws.inputs(operation).length;

test('KMS is asked under the context of the installation, to seal and to open', async () => {
  const sealed = await vault.seal({ A: '1' }, 'app');
  expect(await open().open(sealed, 'app')).toEqual({ A: '1' });
  expect(aws.inputs('GenerateDataKey')).toEqual([{ KeyId: 'the-key', KeySpec: 'AES_256', EncryptionContext: CONTEXT }]);
  expect(aws.inputs('Decrypt')).toEqual([
    { KeyId: 'the-key', CiphertextBlob: expect.any(String), EncryptionContext: CONTEXT },
  ]);
});

test.each([
  {
    name: 'seal',
    act: () => vault.seal({ A: '1' }, 'app'),
    operation: 'GenerateDataKey',
  },
  {
    name: 'open',
    act: async () => reader.open(sealedBefore, 'app'),
    operation: 'Decrypt',
  },
])(
  'a moment in which KMS does not answer fails one call to $name, and not those after it',
  async ({ act, operation }) => {
    sealedBefore = await open().seal({ A: '1' }, 'app');
    reader = open();
    const answer = aws.answers[operation];
    aws.answers[operation] = () => {
      throw new AwsError('KMSInvalidStateException', 'not now');
    };
    await expect(act()).rejects.toThrow(/not now|does not open/);
    if (answer !== undefined) aws.answers[operation] = answer;
    expect(await act()).toBeDefined();
  },
);

test('a data key seals for five minutes, and no longer', async () => {
  await vault.seal({}, 'app');
  nowMs += 5 * MINUTE_MS - 1;
  await vault.seal({}, 'app');
  expect(count('GenerateDataKey')).toBe(1);
  nowMs += 1;
  await vault.seal({}, 'app');
  expect(count('GenerateDataKey')).toBe(2);
});

test('a data key seals a thousand times, and no more', async () => {
  for (let n = 0; n < 1_000; n++) await vault.seal({}, 'app');
  expect(count('GenerateDataKey')).toBe(1);
  await vault.seal({}, 'app');
  expect(count('GenerateDataKey')).toBe(2);
});

test('an opened key is held for five minutes, and no longer: one that is disabled in KMS opens nothing after that', async () => {
  const sealed = await vault.seal({ A: '1' }, 'app');
  const reader = open();
  for (const ms of [0, 5 * MINUTE_MS - 1]) {
    nowMs = 1_000_000 + ms;
    await reader.open(sealed, 'app');
  }
  expect(count('Decrypt')).toBe(1);
  nowMs += 1;
  await reader.open(sealed, 'app');
  expect(count('Decrypt')).toBe(2);
});

test('many that open at the same moment ask once', async () => {
  const sealed = await vault.seal({ A: '1' }, 'app');
  const reader = open();
  await Promise.all(Array.from({ length: 20 }, () => reader.open(sealed, 'app')));
  expect(count('Decrypt')).toBe(1);
});

test('each of two keys opens what it has sealed', async () => {
  const first = await vault.seal({ A: '1' }, 'app');
  nowMs += 5 * MINUTE_MS;
  const second = await vault.seal({ A: '2' }, 'app');
  const reader = open();
  expect([await reader.open(first, 'app'), await reader.open(second, 'app')]).toEqual([{ A: '1' }, { A: '2' }]);
  expect(count('Decrypt')).toBe(2);
});

test('what was sealed for one place is not opened at another', async () => {
  const sealed = await vault.seal({ A: '1' }, 'app-a');
  await expect(vault.open(sealed, 'app-b')).rejects.toThrow('of another place, or damaged');
});

test('a data key of another length is not taken: the config is told to be unreadable, and whose it is', async () => {
  const sealed = await vault.seal({ A: '1' }, 'app');
  aws.answers.Decrypt = () => ({ Plaintext: Buffer.alloc(16).toString('base64') });
  await expect(open().open(sealed, 'app')).rejects.toThrow(
    'KMS does not open the data key of the sealed config of app',
  );
});
