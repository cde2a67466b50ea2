import { randomBytes } from 'node:crypto';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { readSigningKey } from '../../../adapters/aws/signing-key.ts';
import { clientOf } from './client-of.ts';
import { emulators } from './emulators.ts';

describe.each([
  { name: 'MiniStack', endpoint: emulators.ministack },
  { name: 'moto', endpoint: emulators.moto },
])('$name', ({ endpoint }) => {
  const client = new SecretsManagerClient(clientOf(endpoint));
  afterAll(() => client.destroy());

  const create = async (secret: { SecretString?: string; SecretBinary?: Uint8Array }) => {
    const Name = `signing-${randomBytes(8).toString('hex')}`;
    return (await client.send(new CreateSecretCommand({ Name, ...secret }))).ARN ?? '';
  };

  test('gives the generated text, the same each time', async () => {
    const arn = await create({ SecretString: `${'x'.repeat(31)}"` });
    expect(Buffer.from(await readSigningKey(client, arn)).toString()).toBe(`${'x'.repeat(31)}"`);
  });

  test('gives bytes', async () => {
    const key = randomBytes(64);
    expect(Buffer.from(await readSigningKey(client, await create({ SecretBinary: key })))).toEqual(key);
  });

  test('refuses one that is too short, and one that is not there', async () => {
    await expect(readSigningKey(client, await create({ SecretString: 'x'.repeat(31) }))).rejects.toThrow('32 bytes');
    const none = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:none';
    await expect(readSigningKey(client, none)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});
