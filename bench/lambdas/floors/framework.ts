/** A framework that reads a request and answers it, without any work in between. */
import { Hono } from 'hono';
import { handle } from 'hono/aws-lambda';

const api = new Hono();
api.get('/account', (context) => context.json({ id: 'unauthorized' }, 401));

export const handler = handle(api);
