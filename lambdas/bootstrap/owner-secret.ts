import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { BootstrapParts } from './handler.ts';

/** The secret that the deploy created without a value. */
export function ownerSecret(client: SecretsManagerClient, SecretId: string): BootstrapParts['secret'] {
  return {
    async read() {
      try {
        return (await client.send(new GetSecretValueCommand({ SecretId }))).SecretString;
      } catch (error) {
        // Secrets Manager throws this both for a missing secret and for one without a value.
        if (error instanceof ResourceNotFoundException) return undefined;
        throw error;
      }
    },
    async write(token) {
      await client.send(new PutSecretValueCommand({ SecretId, SecretString: token }));
    },
  };
}
