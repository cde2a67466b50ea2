import { CreateKeyCommand, DisableKeyCommand, EnableKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { KmsConfigVault } from '../../../adapters/aws/kms-config-vault.ts';
import { MINUTE_MS } from '../../../core/time.ts';
import { configVaultContract } from '../config-vault.contract.ts';
import { clientOf } from './client-of.ts';
import { emulators } from './emulators.ts';
import { type FaultyProxy, openFaultyProxy } from './faulty-proxy.ts';

const STAGE = { stage: 'test' };
const endpoint = emulators.ministack;
const direct = new KMSClient(clientOf(endpoint));
let nowMs = 1_000_000;
const clock = { nowMs: () => nowMs };

let keyArn: string;
let otherKeyArn: string;
let proxy: FaultyProxy;
let client: KMSClient;

async function createKey(): Promise<string> {
  return (await direct.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? '';
}

beforeAll(async () => {
  keyArn = await createKey();
  otherKeyArn = await createKey();
});
beforeEach(async () => {
  proxy = await openFaultyProxy(endpoint);
  client = new KMSClient(clientOf(proxy.endpoint));
});
afterEach(async () => {
  client.destroy();
  await proxy.close();
});
afterAll(() => direct.destroy());

const vaultOf = (encryptionContext: Readonly<Record<string, string>> = STAGE, key = keyArn) =>
  new KmsConfigVault({ client, keyArn: key, encryptionContext, clock });

configVaultContract('KMS on MiniStack', () => {
  // The keys are made after the suite is declared.
  const of = (key: () => string) => ({
    seal: (plain: Readonly<Record<string, string>>, context: string) =>
      new KmsConfigVault({ client: direct, keyArn: key(), encryptionContext: STAGE, clock }).seal(plain, context),
    open: (sealed: string, context: string) =>
      new KmsConfigVault({ client: direct, keyArn: key(), encryptionContext: STAGE, clock }).open(sealed, context),
  });
  return { vault: of(() => keyArn), otherKey: of(() => otherKeyArn) };
});

test('another installation with the same key cannot open it', async () => {
  const sealed = await vaultOf().seal({ A: '1' }, 'app#1');
  await expect(vaultOf({ stage: 'other' }).open(sealed, 'app#1')).rejects.toThrow('KMS does not open');
  await expect(vaultOf({}).open(sealed, 'app#1')).rejects.toThrow('KMS does not open');
  expect(await vaultOf().open(sealed, 'app#1')).toEqual({ A: '1' });
});

test('one data key serves many, for five minutes', async () => {
  const vault = vaultOf();
  const sealed = await Promise.all(Array.from({ length: 20 }, (_, i) => vault.seal({ A: String(i) }, 'app#1')));
  expect(proxy.calls).toEqual(['GenerateDataKey']);
  nowMs += 5 * MINUTE_MS - 1;
  await vault.seal({}, 'app#1');
  expect(proxy.calls.length).toBe(1);
  nowMs += 1;
  await vault.seal({}, 'app#1');
  expect(proxy.calls.length).toBe(2);
  for (const one of sealed) await vault.open(one, 'app#1');
  await Promise.all(sealed.map((one) => vault.open(one, 'app#1')));
  expect(proxy.calls).toEqual(['GenerateDataKey', 'GenerateDataKey', 'Decrypt']);
});

test('a data key serves at most 1,000 times', async () => {
  const vault = vaultOf();
  for (let i = 0; i < 1_001; i++) await vault.seal({}, 'app#1');
  expect(proxy.calls).toEqual(['GenerateDataKey', 'GenerateDataKey']);
});

test('a key that is disabled opens nothing five minutes later, and again when it is enabled', async () => {
  const vault = vaultOf();
  const sealed = await vault.seal({ A: '1' }, 'app#1');
  await vault.open(sealed, 'app#1');
  await direct.send(new DisableKeyCommand({ KeyId: keyArn }));
  expect(await vault.open(sealed, 'app#1')).toEqual({ A: '1' });
  nowMs += 5 * MINUTE_MS;
  await expect(vault.open(sealed, 'app#1')).rejects.toThrow('KMS does not open');
  await expect(vault.seal({}, 'app#1')).rejects.toMatchObject({ name: 'DisabledException' });
  await direct.send(new EnableKeyCommand({ KeyId: keyArn }));
  expect(await vault.open(sealed, 'app#1')).toEqual({ A: '1' });
  await vault.seal({}, 'app#1');
});

test('throttling and lost answers of KMS are waited out', async () => {
  const vault = vaultOf();
  const throttled = { status: 400, type: 'ThrottlingException' };
  proxy.inject(throttled, 'lost-answer');
  const sealed = await vault.seal({ A: '1' }, 'app#1');
  proxy.inject('lost-answer', throttled);
  expect(await vault.open(sealed, 'app#1')).toEqual({ A: '1' });
});
