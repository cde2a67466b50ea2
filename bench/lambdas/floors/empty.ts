/** Only answers. */
export const handler = async () => ({ statusCode: 401, body: '{"id":"unauthorized"}' });
