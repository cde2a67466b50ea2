import { openDynamoStore } from '../../../adapters/aws/dynamo-store.ts';
import { systemIds, systemRandom } from '../../../adapters/system.ts';
import { storeContract } from '../store.contract.ts';
import { emulators } from './emulators.ts';
import { createTable } from './table.ts';

describe.each([
  { name: 'DynamoDB Local', endpoint: emulators.dynamodbLocal },
  { name: 'moto', endpoint: emulators.moto },
])('$name', ({ name, endpoint }) => {
  storeContract(`DynamoDB on ${name}`, async () => {
    const table = await createTable(endpoint);
    const store = openDynamoStore({ client: table.client, table: table.name, ids: systemIds, random: systemRandom });
    return { store, close: () => table.drop() };
  });
});
