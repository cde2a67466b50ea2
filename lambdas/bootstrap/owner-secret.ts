import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { BootstrapParts } from './handler.ts';

/** The secret that the deploy made without a value. */
export function ownerSecret(client: SecretsManagerClient, SecretId: string): BootstrapParts['secret'] {
  return {
    async read() {
      try {
        return (await client.send(new GetSecretValueCommand({ SecretId }))).SecretString;
      } catch (error) {
        // That it has no value yet is told in the same way as that there is no such secret.
        if (error instanceof ResourceNotFoundException) return undefined;
        throw error;
      }
    },
    async write(token) {
      await client.send(new PutSecretValueCommand({ SecretId, SecretString: token }));
    },
  };
}
