/** Sends the table one request, which checking a token requires, with Node's own client and unsigned. */
const { request } = process.getBuiltinModule('node:http');

const ask = () =>
  new Promise<void>((resolve, reject) => {
    const asked = request(process.env.AWS_ENDPOINT_URL ?? '', { method: 'POST' }, (response) =>
      response.on('end', resolve).resume(),
    );
    asked.on('error', reject).end('{}');
  });

export const handler = async () => {
  await ask();
  return { statusCode: 401, body: '{"id":"unauthorized"}' };
};
