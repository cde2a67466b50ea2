import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

const BYTES_MIN = 32;

/** The key that signs the platform's own URLs and tokens: the text of the secret that the deploy generated. */
export async function readSigningKey(client: SecretsManagerClient, secretArn: string): Promise<Uint8Array> {
  const { SecretString, SecretBinary } = await client.send(new GetSecretValueCommand({ SecretId: secretArn }));
  const key = SecretBinary ?? Buffer.from(SecretString ?? '');
  if (key.byteLength < BYTES_MIN) throw new Error(`the signing secret has fewer than ${BYTES_MIN} bytes`);
  return key;
}
