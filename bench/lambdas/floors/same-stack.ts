/** An empty handler on the API's stack: the framework, and one request to the table with AWS's SDK. */
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { Hono } from 'hono';
import { handle } from 'hono/aws-lambda';

const client = new DynamoDBClient();
const api = new Hono();
api.get('/account', async (context) => {
  await client.send(new GetItemCommand({ TableName: 'items', Key: { partition: { S: 'x' }, sort: { S: 'x' } } }));
  return context.json({ id: 'unauthorized' }, 401);
});

export const handler = handle(api);
