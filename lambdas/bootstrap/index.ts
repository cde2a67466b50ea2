import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { openDynamoStore } from '../../adapters/aws/dynamo-store.ts';
import { readEnvironment } from '../../adapters/aws/environment.ts';
import { systemClock as clock, systemIds as ids, systemRandom as random } from '../../adapters/system.ts';
import { createHandler } from './handler.ts';
import { ownerSecret } from './owner-secret.ts';

const { table, ownerSecretArn } = readEnvironment(process.env, 'bootstrap');

export const handler = createHandler({
  platform: { store: openDynamoStore({ client: new DynamoDBClient(), table, ids, random }), clock, ids },
  secret: ownerSecret(new SecretsManagerClient(), ownerSecretArn),
});
