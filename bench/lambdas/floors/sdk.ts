/** Sends the table one request with AWS's SDK. */
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';

const client = new DynamoDBClient();

export const handler = async () => {
  await client.send(new GetItemCommand({ TableName: 'items', Key: { partition: { S: 'x' }, sort: { S: 'x' } } }));
  return { statusCode: 401, body: '{"id":"unauthorized"}' };
};
