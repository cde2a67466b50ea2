import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

const BYTES_MIN = 32;

/** What the platform's own URLs and tokens are signed with. The secret's text as it is, which the deploy has generated. */
export async function readSigningKey(client: SecretsManagerClient, secretArn: string): Promise<Uint8Array> {
  const { SecretString, SecretBinary } = await client.send(new GetSecretValueCommand({ SecretId: secretArn }));
  const key = SecretBinary ?? Buffer.from(SecretString ?? '');
  if (key.byteLength < BYTES_MIN) throw new Error(`the signing secret has fewer than ${BYTES_MIN} bytes`);
  return key;
}
