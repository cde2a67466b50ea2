/** Nothing but an answer. */
export const handler = async () => ({ statusCode: 401, body: '{"id":"unauthorized"}' });
